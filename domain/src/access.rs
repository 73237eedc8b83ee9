//! Who may come in: signing in with a wallet, and the secrets that stand for it afterwards.

pub mod secret;
pub mod sign_in;
