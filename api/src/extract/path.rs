//! The values in a path.

use super::Param;
use crate::error::Error;
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

/// Extracts the one path parameter of a route.
pub(crate) struct PathParam<T>(pub(crate) T);

/// Extracts the two path parameters of a route.
pub(crate) struct PathPair<A, B>(pub(crate) A, pub(crate) B);

impl<T: Param, S: Send + Sync> FromRequestParts<S> for PathParam<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        at(&params(parts, state).await?, 0).map(Self)
    }
}

impl<A: Param, B: Param, S: Send + Sync> FromRequestParts<S> for PathPair<A, B> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let params = params(parts, state).await?;
        Ok(Self(at(&params, 0)?, at(&params, 1)?))
    }
}

async fn params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams, Error> {
    RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| Error::refused("path", "must be UTF-8 once it is unescaped"))
}

fn at<T: Param>(params: &RawPathParams, index: usize) -> Result<T, Error> {
    let (name, text) = params.iter().nth(index).unwrap_or(("path", ""));
    T::parse(text).ok_or_else(|| Error::refused(name, T::RULE))
}
