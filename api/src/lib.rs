//! The public JSON API over the mirror. It only reads.
//!
//! [`app`] is the router, [`serve`] puts it on a socket, [`openapi_json`] describes it. Every
//! answer is JSON, every refusal an RFC 9457 problem, every list a keyset page.

mod app;
mod conditional;
mod error;
mod extract;
mod metrics;
mod openapi;
mod problem;
mod refusal;
mod routes;
mod serve;
mod state;
mod wire;

pub use app::app;
pub use metrics::DURATION_BUCKETS;
pub use openapi::openapi_json;
pub use serve::serve;
pub use state::{ApiConfig, ApiState};
