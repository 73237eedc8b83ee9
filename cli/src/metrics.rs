//! A port for Prometheus, for processes that serve nothing else.

use anyhow::Result;
use axum::{Router, routing::get};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Answers `GET /metrics` until cancelled.
///
/// # Errors
/// When the listener fails.
pub(crate) async fn serve(
    listener: TcpListener,
    metrics: PrometheusHandle,
    cancel: CancellationToken,
) -> Result<()> {
    let routes = Router::new().route("/metrics", get(async move || metrics.render()));
    axum::serve(listener, routes)
        .with_graceful_shutdown(cancel.cancelled_owned())
        .await?;
    Ok(())
}
