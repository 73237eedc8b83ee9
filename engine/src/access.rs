//! Organisations, and who may do what in them.

mod api_key;
mod open;
mod role;
mod sign_in;

pub use api_key::{CreatedKey, KeyRequest, admin_key, create_key, insert_key, revoke_key};
pub use open::{DEFAULT_FUNNEL, open, open_for_authority};
pub use role::{grant_role, revoke_role};
pub use sign_in::{OpenedSession, Site, give_nonce, sign_in};
