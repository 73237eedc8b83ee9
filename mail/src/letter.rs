//! A mail as it travels.

use lettre::Address;
use std::fmt;

/// A composed mail with its envelope.
#[derive(Clone)]
pub struct Letter {
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) bytes: Vec<u8>,
}

impl Letter {
    /// Headers and body, with CRLF line ends: what is sent and what is signed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where bounces go.
    #[must_use]
    pub fn envelope_from(&self) -> &str {
        self.from.as_ref()
    }

    /// Where it goes.
    #[must_use]
    pub fn envelope_to(&self) -> &str {
        self.to.as_ref()
    }
}

/// Without addresses and text, which are personal.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
