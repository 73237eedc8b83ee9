//! The caller, as a handler sees it.

use super::{Needs, Scope};
use crate::{error::Error, wire::Key};
use axum::{extract::FromRequestParts, http::request::Parts};
use std::fmt;
use tessera_store::OrganisationId;
use uuid::Uuid;

/// Who acts for an organisation, and what they may do.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    /// The organisation.
    pub(crate) organisation: OrganisationId,
    /// Its on-chain Org.
    pub(crate) org: Key,
    /// Who.
    pub(crate) actor: Actor,
    /// Their rights.
    pub(crate) scopes: Vec<Scope>,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    /// An API key, by its id.
    Key(Uuid),
    /// A wallet that signed in.
    Wallet(Key),
}

/// As it is written into records: `key:<id>` or `wallet:<address>`.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => write!(f, "key:{id}"),
            Self::Wallet(wallet) => write!(f, "wallet:{wallet}"),
        }
    }
}

impl Principal {
    /// Refuses a caller without the scope.
    pub(crate) fn require(&self, scope: Scope) -> Result<(), Error> {
        if self.scopes.contains(&scope) {
            Ok(())
        } else {
            Err(Error::Forbidden(scope))
        }
    }

    /// As [`Principal::require`], by type.
    pub(crate) fn require_type<S: Needs>(&self) -> Result<(), Error> {
        S::SCOPE.map_or(Ok(()), |scope| self.require(scope))
    }
}

/// A wallet's session, with or without an organisation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    /// Who signed in.
    pub(crate) wallet: Key,
    /// SHA-256 of the token.
    pub(crate) hash: [u8; 32],
    /// When it ends.
    pub(crate) expires_at: tessera_domain::time::Timestamp,
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let session = parts.extensions.get::<Self>().copied();
        session.ok_or(Error::Unauthenticated("sign in with a wallet first"))
    }
}

/// Whoever acts for an organisation, whatever their scopes.
impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        if let Some(principal) = parts.extensions.get::<Self>() {
            return Ok(principal.clone());
        }
        Err(Error::Unauthenticated(
            if parts.extensions.get::<Session>().is_some() {
                "this session acts for no organisation; name one when signing in"
            } else {
                "send an API key or a session token as `Authorization: Bearer …`"
            },
        ))
    }
}
