//! The router, apart from the socket that serves it.

use crate::{
    auth::authenticate,
    document,
    http::{across_origins, conditional, drain, metrics, render, unit_of_work::unit_of_work},
    state::ApiState,
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
};
use std::time::Duration;
use tower_http::{
    catch_panic::CatchPanicLayer, decompression::RequestDecompressionLayer,
    limit::RequestBodyLimitLayer, timeout::TimeoutLayer,
};

/// All routes of the API.
pub fn app(state: ApiState) -> Router {
    let (timeout, max_body) = (state.config.request_timeout, state.config.max_body_bytes);
    let (routes, _) = document::router().split_for_parts();
    let routes = routes
        .layer(from_fn_with_state(state.clone(), unit_of_work))
        .layer(from_fn_with_state(state.clone(), authenticate))
        // What is read is limited again after unpacking: a few packed bytes can be a great many.
        .layer(DefaultBodyLimit::max(max_body))
        .layer(RequestDecompressionLayer::new());
    guarded(routes, timeout, max_body).with_state(state)
}

/// Routes behind everything that each request passes. Layers wrap what stands above them: a request
/// meets the last one first.
fn guarded<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    timeout: Duration,
    max_body: usize,
) -> Router<S> {
    routes
        .layer(RequestBodyLimitLayer::new(max_body))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            timeout,
        ))
        .layer(CatchPanicLayer::custom(render::panicked))
        .layer(from_fn(conditional::revalidate))
        .layer(from_fn(render::render))
        .layer(from_fn(across_origins::across_origins))
        .layer(from_fn(metrics::measure))
        .layer(from_fn(drain::drain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{
        body::{Body, to_bytes},
        extract::Request,
        routing::get,
    };
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_panic_is_a_problem_without_its_message() -> Result<(), Box<dyn std::error::Error>> {
        async fn panics() {
            panic!("a secret");
        }
        let routes: Router = Router::new().route("/panics", get(panics));
        let response = guarded(routes, Duration::from_secs(1), 0)
            .oneshot(Request::get("/panics").body(Body::empty())?)
            .await?;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = to_bytes(response.into_body(), usize::MAX).await?;
        let body = String::from_utf8(body.to_vec())?;
        assert!(body.contains("\"instance\":\"/panics\""), "{body}");
        assert!(!body.contains("secret"), "{body}");
        Ok(())
    }
}
