//! The router, apart from the socket that serves it.

use crate::{
    auth::authenticate,
    document,
    http::{
        across_origins, conditional, drain, metrics, render, unit_of_work::unit_of_work,
        unpack::unpack,
    },
    routes,
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
    catch_panic::CatchPanicLayer,
    limit::RequestBodyLimitLayer,
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
};

/// How long nothing may come of a body that is read as it comes.
const SILENCE: Duration = Duration::from_secs(30);

/// All routes of the API.
pub fn app(state: ApiState) -> Router {
    let (timeout, max_body) = (state.config.request_timeout, state.config.max_body_bytes);
    let (routes, _) = document::router().split_for_parts();
    let routes = routes
        .layer(from_fn_with_state(state.clone(), unit_of_work))
        .layer(from_fn_with_state(state.clone(), authenticate))
        // What is read is limited again after unpacking: a few packed bytes can be a great many.
        .layer(DefaultBodyLimit::max(max_body))
        .layer(from_fn(unpack));
    let streams = streamed(&state);
    guarded(routes, timeout, max_body)
        .merge(streams)
        .with_state(state)
}

/// Routes whose bodies are read as they come: what they hold of one is bounded, and it may take as long as
/// it comes.
fn streamed(state: &ApiState) -> Router<ApiState> {
    let (streams, _) = routes::streams().split_for_parts();
    let streams = streams
        .layer(from_fn_with_state(state.clone(), authenticate))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(unpack));
    passed(streams.layer(RequestBodyTimeoutLayer::new(SILENCE)))
}

/// Routes whose requests are limited in length and time, behind what every request passes. Layers wrap what stands above them: a request
/// meets the last one first.
fn guarded<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    timeout: Duration,
    max_body: usize,
) -> Router<S> {
    passed(routes.layer(RequestBodyLimitLayer::new(max_body)).layer(
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, timeout),
    ))
}

/// Routes behind what every request passes, whatever its limits are.
fn passed<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
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
