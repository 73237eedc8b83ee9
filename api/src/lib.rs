//! The JSON API: the mirror, which anybody reads, and the sales engine, each organisation's own.
//!
//! [`app`] is the router, [`serve`] puts it on a socket, [`openapi_json`] describes it. Every
//! answer is JSON, every refusal an RFC 9457 problem, every list a keyset page.

mod auth;
mod document;
mod error;
mod extract;
mod http;
mod openapi;
mod problem;
mod query;
mod routes;
mod schema;
mod state;
mod wire;

pub use auth::RateLimit;
pub use document::openapi_json;
pub use http::{DURATION_BUCKETS, app, serve};
pub use state::{ApiConfig, ApiState, Pools};
