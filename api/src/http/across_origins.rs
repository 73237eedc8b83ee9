//! What pages of other origins may ask, as browsers want to hear it beforehand: to send what visitors do,
//! and to download which arms there are.
//!
//! A preflight names no organisation, so it is answered the same for everybody, without a look at the
//! database; which origins an organisation lists is asked with the request itself.

use crate::auth::is_for_pages;
use axum::{
    extract::Request,
    http::{HeaderName, Method, header},
    middleware::Next,
    response::Response,
};
use std::{sync::LazyLock, time::Duration};
use tower::{Layer, ServiceExt};
use tower_http::cors::{Any, CorsLayer};

/// How long a browser may keep the answer to a preflight. Chromium keeps it for two hours at most.
const KEPT: Duration = Duration::from_secs(86_400);
/// Headers that a page may set.
const SENT: [HeaderName; 2] = [header::AUTHORIZATION, header::CONTENT_TYPE];
/// Headers of an answer that a page may read.
const READ: [HeaderName; 1] = [header::RETRY_AFTER];

static LAYER: LazyLock<CorsLayer> = LazyLock::new(|| {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(SENT)
        .expose_headers(READ)
        .max_age(KEPT)
});

/// Answers preflights of the routes that pages send to, and lets pages read the routes' answers.
pub(crate) async fn across_origins(request: Request, next: Next) -> Response {
    if !is_for_pages(request.uri().path()) {
        return next.run(request).await;
    }
    match LAYER.layer(next).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
