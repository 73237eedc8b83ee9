//! The way out for mail: the installation's server, and where links in a mail lead back to.

use tessera_mail::Server;

/// The installation's server for mail.
#[derive(Debug)]
pub struct Outgoing {
    /// The server that takes mail.
    pub server: Server,
    /// Where people reach the API, without a slash at the end.
    pub public_url: String,
}

/// Where links of messages lead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Links<'a>(pub(crate) &'a str);

impl Links<'_> {
    /// Where a person chooses what they are sent.
    pub(crate) fn choose(self, token: &str) -> String {
        format!("{}/u/{token}", self.0)
    }

    /// A page, through us.
    pub(crate) fn through(self, token: &str) -> String {
        format!("{}/l/{token}", self.0)
    }

    /// The picture by which it is known that a mail was opened.
    pub(crate) fn opened(self, token: &str) -> String {
        format!("{}/o/{token}.gif", self.0)
    }
}
