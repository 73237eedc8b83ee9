//! The boundary that every answer passes: refusals leave as problems, wherever they come from (a
//! handler, the router, a limit, a panic), and our own failures are logged here, once.

use crate::{
    error::Error,
    problem::{self, Problem},
};
use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{any::Any, sync::Arc};
use tessera_engine::Error as EngineError;

/// Rewrites error responses into problems.
pub(crate) async fn render(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let error = response.extensions_mut().remove::<Arc<Error>>();
    if status.is_server_error() {
        match error.as_deref() {
            // Readiness is polled, and the answer itself says why; so does that there is no place, which a
            // client that takes all of them could have logged without end.
            Some(Error::NotReady(_) | Error::Engine(EngineError::Busy { .. })) => {}
            Some(error) => {
                let error: &(dyn std::error::Error + 'static) = error;
                tracing::error!(error, %method, path, "request failed");
            }
            None => tracing::error!(%status, %method, path, "request failed"),
        }
    }
    let mut problem = error.map_or_else(
        || Problem::of(status, problem::detail(status)),
        |error| error.problem(),
    );
    problem.instance = Some(path);
    answer(response, problem)
}

/// The problem as the body of `refused`, whose other headers (`Allow`, say) stay.
fn answer(refused: Response, problem: Problem) -> Response {
    let (mut parts, _) = refused.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(problem::MEDIA_TYPE),
    );
    Response::from_parts(parts, Json(problem).into_response().into_body())
}

/// Turns a panic into an error, so that it is logged and answered like any other.
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast::<String>()
        .map(|message| *message)
        .or_else(|panic| {
            panic
                .downcast::<&str>()
                .map(|message| (*message).to_owned())
        })
        .unwrap_or_else(|_| "no message".to_owned());
    Error::Panic(message).into_response()
}
