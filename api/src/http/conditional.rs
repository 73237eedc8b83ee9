//! Conditional requests. A reader who already has the current version gets an answer without a
//! body, and a writer can make a change depend on the version that they read. An account, a small
//! answer, and anything that changes with the clock are versioned by their content.

use crate::{error::Error, wire::Hex};
use axum::{
    Json,
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tessera_store::experiments::live::Written;

/// A thing of the sales engine with its version, which grows with every change.
pub(crate) struct Changing<T> {
    pub(crate) version: i32,
    pub(crate) body: T,
}

/// Strong, because If-Match takes no weak ones: equal versions of one release are equal bytes.
fn strong_tag(version: i32) -> String {
    format!("\"{}-{version}\"", env!("CARGO_PKG_VERSION"))
}

impl<T: Serialize> IntoResponse for Changing<T> {
    fn into_response(self) -> Response {
        let tag = strong_tag(self.version);
        ([(header::ETAG, tag)], Json(self.body)).into_response()
    }
}

/// Extracts the versions that the caller is ready to change; any version without If-Match.
pub(crate) struct IfMatch(Option<String>);

impl IfMatch {
    /// Refuses to change `what` in a version that the caller does not mean.
    ///
    /// # Errors
    /// [`Error::Changed`].
    pub(crate) fn require(&self, version: i32, what: &'static str) -> Result<(), Error> {
        match self.0.as_deref() {
            Some(known) if !lists(known, &strong_tag(version)) => Err(Error::Changed(what)),
            _ => Ok(()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let mut values = parts.headers.get_all(header::IF_MATCH).iter().peekable();
        if values.peek().is_none() {
            return Ok(Self(None));
        }
        let texts: Result<Vec<_>, _> = values.map(HeaderValue::to_str).collect();
        match texts {
            Ok(texts) => Ok(Self(Some(texts.join(",")))),
            Err(_) => Err(Error::refused(
                "If-Match",
                "must be the ETag of an answer, or *",
            )),
        }
    }
}

/// A small answer, whose content is its version.
pub(crate) struct Hashed<T>(pub(crate) T);

/// The `ETag` of what has no other version than its content.
pub(crate) fn content_tag(content: &[u8]) -> String {
    let hash: [u8; 32] = Sha256::digest(content).into();
    let (tag, _) = hash.split_at(16);
    format!("\"{}\"", Hex(tag.to_vec()))
}

impl<T: Serialize> IntoResponse for Hashed<T> {
    fn into_response(self) -> Response {
        match written(&self.0) {
            Ok(Written { tag, json }) => tagged(tag, json),
            Err(error) => error.into_response(),
        }
    }
}

/// A small answer and its tag, to be kept for as long as it stays the same.
pub(crate) fn written(answer: &impl Serialize) -> Result<Written, Error> {
    let json = serde_json::to_vec(answer).map_err(|_| Error::internal("answer"))?;
    let tag = content_tag(&json);
    Ok(Written { tag, json })
}

/// JSON under its tag.
pub(crate) fn tagged(tag: String, json: Vec<u8>) -> Response {
    let kind = "application/json".to_owned();
    let headers = [(header::ETAG, tag), (header::CONTENT_TYPE, kind)];
    (headers, json).into_response()
}

/// Answers 304 when the caller already has the version that the handler returns.
pub(crate) async fn revalidate(request: Request, next: Next) -> Response {
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .filter(|_| request.method().is_safe())
        .cloned();
    let response = next.run(request).await;
    match (known, response.headers().get(header::ETAG)) {
        (Some(known), Some(tag)) if names(&known, tag) => {
            let mut headers = HeaderMap::from_iter([(header::ETAG, tag.clone())]);
            let caching = response.headers().get(header::CACHE_CONTROL).cloned();
            headers.extend(caching.map(|caching| (header::CACHE_CONTROL, caching)));
            (StatusCode::NOT_MODIFIED, headers).into_response()
        }
        _ => response,
    }
}

fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else {
        return false;
    };
    lists(known, tag)
}

fn lists(known: &str, tag: &str) -> bool {
    known
        .split(',')
        .map(str::trim)
        .any(|known| known == tag || known == "*")
}
