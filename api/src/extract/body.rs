//! JSON bodies. A body that does not fit is refused with the field and a plain rule.

mod fault;
mod reader;
mod tree;

use crate::error::Error;
use axum::{
    body::{self, Bytes},
    extract::{FromRequest, Request},
    http::header,
};
use fault::Fault;
use serde::de::DeserializeOwned;
use serde_json::{error::Category, value::RawValue};
use tree::{Members, Tree};

/// Names the whole body in refusals.
pub(crate) const BODY: &str = "body";

/// How a body is declared.
const JSON: &str = "application/json";

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
    declared(request, state, &[JSON]).await
}

/// The bytes of a JSON body that a page sends, which may not say that it is JSON: `text/plain` is what
/// a browser sends to another origin without asking first.
pub(crate) async fn raw_of_page<S: Send + Sync>(
    request: Request,
    state: &S,
) -> Result<Bytes, Error> {
    declared(request, state, &[JSON, "text/plain"]).await
}

async fn declared<S: Send + Sync>(
    request: Request,
    state: &S,
    kinds: &[&str],
) -> Result<Bytes, Error> {
    let is_declared = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            let sent = value.split(';').next().unwrap_or_default().trim();
            kinds.iter().any(|kind| sent.eq_ignore_ascii_case(kind))
        });
    if !is_declared {
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
            let rule = "must be complete, and packed as Content-Encoding says";
            Error::refused(BODY, rule)
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

/// The value in a JSON body, which is an object.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let body: Tree = json(bytes)?;
    if !body.is_object() {
        return Err(Error::refused(BODY, fault::OBJECT));
    }
    reader::read(body).map_err(refused)
}

/// The one item in a JSON body, as it was sent.
pub(crate) fn parse_item(bytes: &[u8]) -> Result<Box<RawValue>, Error> {
    json(bytes)
}

/// A JSON body without the list `field`, and the items of that list, each as it was sent.
pub(crate) fn parse_items<T: DeserializeOwned>(
    bytes: &[u8],
    field: &str,
) -> Result<(T, Vec<Box<RawValue>>), Error> {
    let Members(members): Members<Box<RawValue>> = json(bytes)?;
    let mut list = None;
    let mut rest = Vec::new();
    for (name, value) in members {
        let read = if name == field {
            list = Some(value);
            Tree::Null
        } else {
            json(value.get().as_bytes())?
        };
        rest.push((name, read));
    }
    let rest = reader::read(Tree::Object(Members(rest))).map_err(refused)?;
    let items = list.map_or(Ok(Vec::new()), |list| serde_json::from_str(list.get()));
    let items = items.map_err(|_| Error::refused(field, fault::LIST))?;
    Ok((rest, items))
}

/// The text that the member `name` of a JSON object is, and the object without it; none when there is no
/// such member, or more than one.
pub(crate) fn take_text(bytes: &[u8], name: &str) -> Option<(String, Vec<u8>)> {
    let Members(mut members): Members<Box<RawValue>> = serde_json::from_slice(bytes).ok()?;
    let mut places = members.iter().enumerate().filter(|(_, it)| it.0 == name);
    let (place, (_, value)) = places.next()?;
    if places.next().is_some() {
        return None;
    }
    let text = serde_json::from_str(value.get()).ok()?;
    members.remove(place);
    let left = serde_json::to_vec(&Members(members)).ok()?;
    Some((text, left))
}

fn refused(Fault(mut refusal): Fault) -> Error {
    if refusal.field.is_empty() {
        BODY.clone_into(&mut refusal.field);
    }
    refusal.into()
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|error| {
        let rule = if bytes.trim_ascii().is_empty() {
            "must be a JSON object, such as {}".to_owned()
        } else if error.classify() == Category::Data {
            fault::OBJECT.to_owned()
        } else {
            let (line, column) = (error.line(), error.column());
            format!(
                "must be JSON, nested at most 127 levels deep: line {line}, column {column} breaks that"
            )
        };
        Error::refused(BODY, rule)
    })
}
