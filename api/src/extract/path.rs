//! The value in a path.

use super::Param;
use crate::error::Error;
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

/// Extracts the one path parameter of a route.
pub(crate) struct PathParam<T>(pub(crate) T);

impl<T: Param, S: Send + Sync> FromRequestParts<S> for PathParam<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let refused = |name| Error::refused(name, T::RULE);
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| refused("path"))?;
        let (name, text) = params.iter().next().unwrap_or(("path", ""));
        T::parse(text).map(Self).ok_or_else(|| refused(name))
    }
}
