//! Who a person is: identifiers and their digests, which persons may become one, and how that is
//! taken back. An identifier is a claim until somebody proves it; only a proof moves a wallet or an
//! e-mail address.

mod digest;
mod email;
mod forest;
mod identifier;
mod link;

pub use digest::digest;
pub use email::contains_email;
pub use forest::{ForestError, Merge, MergeForest};
pub use identifier::{Identifier, IdentifierError, IdentifierKind, MAX_ID_CHARS};
pub use link::{Link, PersonFacts, Proof, Refusal, decide_link};
