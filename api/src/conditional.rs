//! Conditional reads: an account's version is the slot at which it was read, so a caller who has
//! that version is told so instead of being sent it again.

mod hashed;

pub(crate) use hashed::Hashed;

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// A resource with its version.
pub(crate) struct Versioned<T> {
    /// Slot at which it was read.
    pub(crate) slot: i64,
    /// The resource.
    pub(crate) body: T,
}

/// Weak, because equal versions may differ in spelling; of one release, because spelling changes.
impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let tag = format!("W/\"{}-{}\"", env!("CARGO_PKG_VERSION"), self.slot);
        ([(header::ETAG, tag)], Json(self.body)).into_response()
    }
}

/// Answers 304 when the caller already has the version that the handler returns.
pub(crate) async fn revalidate(request: Request, next: Next) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    match (known, response.headers().get(header::ETAG)) {
        (Some(known), Some(tag)) if names(&known, tag) => {
            let headers = HeaderMap::from_iter([(header::ETAG, tag.clone())]);
            (StatusCode::NOT_MODIFIED, headers).into_response()
        }
        _ => response,
    }
}

fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else {
        return false;
    };
    known
        .split(',')
        .map(str::trim)
        .any(|known| known == tag || known == "*")
}
