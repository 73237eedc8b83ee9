//! Answers without a version of their own: their content is their version.

use crate::{error::Error, wire::Hex};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// A small answer, tagged with the first half of its SHA-256.
pub(crate) struct Hashed<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Hashed<T> {
    fn into_response(self) -> Response {
        let Ok(json) = serde_json::to_vec(&self.0) else {
            return Error::Impossible("answer").into_response();
        };
        let hash: [u8; 32] = Sha256::digest(&json).into();
        let (tag, _) = hash.split_at(16);
        let headers = [
            (header::ETAG, format!("\"{}\"", Hex(tag.to_vec()))),
            (header::CONTENT_TYPE, "application/json".to_owned()),
        ];
        (headers, json).into_response()
    }
}
