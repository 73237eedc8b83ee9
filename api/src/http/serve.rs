//! The API on a socket. Stopping is graceful, but never waits for a stuck client.

use crate::{http::app, state::ApiState};
use std::{io, net::SocketAddr};
use tokio::{net::TcpListener, time::sleep};
use tokio_util::sync::CancellationToken;

/// Answers requests on `listener` until `cancel`, then lets the open ones finish for the configured
/// grace.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    listener: TcpListener,
    state: ApiState,
    cancel: CancellationToken,
) -> io::Result<()> {
    let grace = state.config.shutdown_grace;
    let app = app(state).into_make_service_with_connect_info::<SocketAddr>();
    let server =
        axum::serve(listener, app).with_graceful_shutdown(cancel.clone().cancelled_owned());
    let deadline = async {
        cancel.cancelled().await;
        sleep(grace).await;
    };
    tokio::select! {
        served = async { server.await } => served,
        () = deadline => {
            tracing::warn!("requests were cut off at the end of the grace period");
            Ok(())
        }
    }
}
