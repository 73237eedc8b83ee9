//! A mail before it is composed.

/// A mail to send. Every text is checked when it is composed: what could end a header or is too
/// long for one is refused, by field.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Who sends it. The address decides which domain's DMARC policy holds.
    pub from: Mailbox<'a>,
    /// Where answers go, when that is not `from`.
    pub reply_to: Option<&'a str>,
    /// The one who gets it.
    pub to: &'a str,
    /// The subject, in any script.
    pub subject: &'a str,
    /// The body as plain text. Without HTML it is read with one more line end, since mails end with one.
    pub text: &'a str,
    /// The same as HTML.
    pub html: Option<&'a str>,
    /// The Message-ID without angle brackets. Who sends a message again keeps it.
    pub message_id: &'a str,
    /// The Date header, in seconds since 1970.
    pub date_unix_secs: i64,
    /// How the one who gets it stops getting more.
    pub unsubscribe: Option<Unsubscribe<'a>>,
    /// What feedback loops group complaints by: `campaign:customer:kind:sender`.
    pub feedback_id: Option<&'a str>,
    /// Says that no human wrote it, so that no machine answers it (RFC 3834).
    pub auto_submitted: bool,
}

/// An address with the name that readers see.
#[derive(Debug, Clone, Copy)]
pub struct Mailbox<'a> {
    /// The name, in any script.
    pub name: Option<&'a str>,
    /// The address; its domain may be internationalised.
    pub address: &'a str,
}

/// How to unsubscribe without opening the mail (RFC 8058).
#[derive(Debug, Clone, Copy)]
pub struct Unsubscribe<'a> {
    /// Where mailbox providers send `List-Unsubscribe=One-Click`.
    pub https_url: &'a str,
    /// An address whose mails unsubscribe, for mail programs that know no links.
    pub mailto: Option<&'a str>,
}
