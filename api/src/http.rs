//! What every request passes on its way to a handler and back.

pub(crate) mod across_origins;
pub(crate) mod app;
pub(crate) mod conditional;
pub(crate) mod drain;
pub(crate) mod metrics;
pub(crate) mod render;
pub(crate) mod serve;
pub(crate) mod unit_of_work;
pub(crate) mod unpack;

pub use app::app;
pub use metrics::DURATION_BUCKETS;
pub use serve::serve;
