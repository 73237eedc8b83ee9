//! What is wrong, and the law that it breaks.

use std::fmt;

/// A law that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) law: &'static str,
    pub(crate) detail: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.law, self.detail)
    }
}

/// Fails unless a law holds.
macro_rules! law {
    ($law:literal, $holds:expr, $($detail:tt)*) => {
        if !$holds {
            return Err($crate::failure::Failure { law: $law, detail: format!($($detail)*) });
        }
    };
}
pub(crate) use law;
