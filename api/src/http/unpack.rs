//! Bodies that come packed: unpacked as they are read, whole or not at all.

use crate::error::Error;
use async_compression::tokio::bufread::GzipDecoder;
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::TryStreamExt;
use std::io;
use tokio_util::io::{ReaderStream, StreamReader};

/// Unpacks a request's body, or refuses one that is packed otherwise than with gzip.
pub(crate) async fn unpack(mut request: Request, next: Next) -> Response {
    match codings(request.headers()).as_slice() {
        [] => {}
        [coding] if coding == "gzip" || coding == "x-gzip" => {
            request.headers_mut().remove(header::CONTENT_ENCODING);
            request.headers_mut().remove(header::CONTENT_LENGTH);
            request = request.map(unpacked);
        }
        _ => return Error::NoGzip.into_response(),
    }
    next.run(request).await
}

/// The codings that were applied, in lower case: their names have none (RFC 9110, 8.4.1).
fn codings(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|name| String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect()
}

fn unpacked(body: Body) -> Body {
    let packed = StreamReader::new(body.into_data_stream().map_err(io::Error::other));
    let mut decoder = GzipDecoder::new(packed);
    // A file of gzip is one or more members behind each other (RFC 1952, 2.2), as they are made by what
    // packs in pieces or appends. What is no member is a fault.
    decoder.multiple_members(true);
    Body::from_stream(ReaderStream::new(decoder))
}
