//! A secret that is shown once, in an answer, and in nothing else.

use serde::Serialize;
use std::fmt;

/// A token. It can be written into an answer, but not into a log.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
