//! Who may come in and what they may do: signing in with a wallet, the secrets that stand for it
//! afterwards, scopes, and the roles and kinds of key that bring them.

pub mod secret;
pub mod sign_in;

mod scope;

pub use scope::{KeyKind, Role, Scope};
