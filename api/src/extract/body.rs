//! JSON bodies. A body that does not fit names the field and the rule.

use crate::error::Error;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{StatusCode, header},
    response::IntoResponse,
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
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection: BytesRejection| {
            if is_too_large(rejection) {
                Error::BodyTooLarge
            } else {
                // A compressed body that does not unpack, or a connection that ended.
                Error::refused("body", "complete, and packed as Content-Encoding says")
            }
        })
}

/// Whether a limit cut the body off: the one on unpacked bytes, or the one on sent bytes, whose
/// error the unpacking layer wraps.
fn is_too_large(rejection: BytesRejection) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(&rejection);
    while let Some(error) = cause {
        if error.to_string() == "length limit exceeded" {
            return true;
        }
        cause = error.source();
    }
    rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE
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
