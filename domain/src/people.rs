//! Identity: identifiers and their digests, which persons may be merged, and how a merge is undone.
//! An identifier is a claim until it is proven; only a proof moves a wallet or an e-mail address to
//! another person.

mod digest;
mod email;
mod forest;
mod identifier;
mod link;
pub mod segment;

pub use digest::{digest, mail_domain_digest};
pub use email::{contains_email, is_mail_domain};
pub use forest::{ForestError, Merge, MergeForest};
pub use identifier::{Identifier, IdentifierError, IdentifierKind, MAX_ID_CHARS};
pub use link::{Link, PersonFacts, Proof, Refusal, decide_link};
