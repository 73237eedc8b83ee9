//! Request metrics, by matched route: an invented path never becomes a label.

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use std::time::Instant;

/// Requests answered, by `route`, `method` and `status`.
const REQUESTS: &str = "http_requests_total";
/// Bounds of the duration histogram's buckets, in seconds, for building the recorder.
pub const DURATION_BUCKETS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0,
];

/// Seconds from request to answer, by `route`.
const DURATION: &str = "http_request_duration_seconds";

/// Counts and times a request.
pub(crate) async fn measure(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = label(request.method());
    let start = Instant::now();
    let response = next.run(request).await;
    metrics::histogram!(DURATION, "route" => route.clone()).record(start.elapsed());
    let status = response.status().as_u16().to_string();
    metrics::counter!(REQUESTS, "route" => route, "method" => method, "status" => status)
        .increment(1);
    response
}

/// Methods are free text on the wire; only the standard ones become labels.
fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
