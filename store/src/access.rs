//! Organisations, and the API keys, sessions and roles that act for them.

pub mod api_key;
pub mod idempotency;
pub mod organisation;
pub mod role;
pub mod session;
