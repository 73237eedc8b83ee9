//! The caller, as a handler sees it.

use super::Needs;
use crate::{error::Error, wire::Key};
use axum::{extract::FromRequestParts, http::request::Parts};
use tessera_engine::Caller;

/// Extracts who acts for an organisation, if they have the scope `S`.
pub(crate) async fn caller<S: Needs>(parts: &Parts) -> Result<Caller, Error> {
    let Some(caller) = parts.extensions.get::<Caller>() else {
        return Err(Error::Unauthenticated(
            if parts.extensions.get::<Session>().is_some() {
                "this session acts for no organisation; name one when signing in"
            } else {
                "send an API key or a session token as `Authorization: Bearer …`"
            },
        ));
    };
    S::SCOPE.map_or(Ok(()), |scope| caller.require(scope))?;
    Ok(caller.clone())
}

/// A wallet's session, with or without an organisation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    /// The wallet that signed in.
    pub(crate) wallet: Key,
    /// SHA-256 of the token.
    pub(crate) hash: [u8; 32],
    pub(crate) expires_at: tessera_domain::time::Timestamp,
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let session = parts.extensions.get::<Self>().copied();
        session.ok_or(Error::Unauthenticated("sign in with a wallet first"))
    }
}
