//! The JSON API: the mirror, which anybody reads, and the sales engine, each organisation's own.
//!
//! [`app`] is the router, [`serve`] puts it on a socket, [`openapi_json`] describes it. Every
//! answer is JSON, every refusal an RFC 9457 problem, every list a keyset page.

mod app;
mod ask;
mod auth;
mod capture;
mod chain;
mod checkout;
mod conditional;
mod error;
mod extract;
mod live;
mod metrics;
mod openapi;
mod pricing;
mod problem;
mod refusal;
mod routes;
mod serve;
mod state;
mod wire;
mod work;

pub use app::app;
pub use auth::RateLimit;
pub use chain::{Chain, Unreachable};
pub use metrics::DURATION_BUCKETS;
pub use openapi::openapi_json;
pub use serve::serve;
pub use state::{ApiConfig, ApiState, Engine};
