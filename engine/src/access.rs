//! Organisations: what one begins with.

mod open;

pub use open::{DEFAULT_FUNNEL, admin_key, open};
