//! What goes wrong before anything is sent.
//!
//! Law: no secret stands in an error. What a library says of a key or of credentials is left out.

/// Why a mail is not composed, a key not used or a server not set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A field that breaks a rule.
    #[error("{field}: {rule}")]
    Refused {
        /// The field, such as `from.name`.
        field: &'static str,
        /// What it has to be.
        rule: &'static str,
    },
    /// The key signs nothing, although it could be read.
    #[error("the message cannot be signed with this key")]
    Signing,
    /// No key could be generated.
    #[error("no key could be generated")]
    Generating,
    /// DNS cannot be asked.
    #[error("DNS cannot be asked: {0}")]
    Resolver(String),
}

impl Error {
    pub(crate) const fn refused(field: &'static str, rule: &'static str) -> Self {
        Self::Refused { field, rule }
    }
}
