//! What the handlers share.

use crate::error::Error;
use metrics_exporter_prometheus::PrometheusHandle;
use std::time::Duration;
use tessera_store::{
    PgPool,
    read::{self, Connection},
};

/// Limits of the API.
#[derive(Debug, Clone, Copy)]
pub struct ApiConfig {
    /// A request that takes longer is answered with 504.
    pub request_timeout: Duration,
    /// Silence of the indexer after which the API is no longer ready.
    pub stale_after: Duration,
    /// How long open requests may finish after the stop.
    pub shutdown_grace: Duration,
}

/// What the handlers share; cheap to clone.
#[derive(Debug, Clone)]
pub struct ApiState {
    /// The mirror; see [`tessera_store::read::pool`].
    pub pool: PgPool,
    /// Renders the process's metrics.
    pub metrics: PrometheusHandle,
    /// Limits.
    pub config: ApiConfig,
}

impl ApiState {
    /// A connection to the mirror for one query.
    pub(crate) async fn connection(&self) -> Result<Connection, Error> {
        Ok(read::connection(&self.pool).await?)
    }
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(10),
            stale_after: Duration::from_secs(60),
            shutdown_grace: Duration::from_secs(10),
        }
    }
}
