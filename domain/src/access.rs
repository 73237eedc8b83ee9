//! Authentication and authorisation: sign-in by wallet, the secrets used afterwards, scopes, and
//! the roles and kinds of key that grant them.

pub mod secret;
pub mod sign_in;

mod scope;

pub use scope::{KeyKind, Role, Scope};
