//! JSON bodies. A body that does not fit names the field and the rule.

use crate::error::Error;
use axum::{
    body::{self, Bytes},
    extract::{FromRequest, Request},
    http::header,
};
use serde::de::DeserializeOwned;

/// Extracts a JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        parse(&raw(request, state).await?).map(Self)
    }
}

/// The bytes of a JSON body.
pub(crate) async fn raw<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    let json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            let kind = value.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json")
        });
    if !json {
        return Err(Error::NotJson);
    }
    // It was read before: a request that writes may be handled twice.
    let read = Bytes::from_request(request, state).await;
    read.map_err(|_| Error::internal("body"))
}

/// All of a request's body, of at most `limit` bytes.
pub(crate) async fn read(body: body::Body, limit: usize) -> Result<Bytes, Error> {
    body::to_bytes(body, limit).await.map_err(|error| {
        if is_too_large(&error) {
            Error::BodyTooLarge
        } else {
            // A compressed body that does not unpack, or a connection that ended.
            Error::refused("body", "complete, and packed as Content-Encoding says")
        }
    })
}

/// Whether a limit cut the body off: the one on unpacked bytes, or the one on sent bytes, whose
/// error the unpacking layer wraps.
fn is_too_large(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string() == "length limit exceeded" {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The value in a JSON body.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        // "?" is a place inside something that is not a value.
        let field = if path == "." || path.contains('?') {
            "body"
        } else {
            &path
        };
        Error::refused(field, error.inner().to_string())
    })?;
    json.end()
        .map_err(|error| Error::refused("body", error.to_string()))?;
    Ok(value)
}
