//! From a request's `Authorization` to its principal, once and first.

use super::{Session, address};
use crate::{error::Error, state::ApiState};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tessera_domain::access::{
    Role, Scope,
    secret::{Token, TokenKind},
};
use tessera_engine::{Actor, Caller};
use tessera_store::access::{api_key, session};

/// Begin of the paths whose answers are read from the database.
const QUESTIONS: &str = "/v1/";
/// Reads from the database, too. What watches the process asks it, so it waits for no stranger.
const READINESS: &str = "/readyz";

/// Looks the caller up and leaves a [`Caller`], a [`Session`] or both with the request. An invalid
/// token is refused even where none is needed. Who acts for no organisation is limited by address, and
/// reads in one of a few places.
pub(crate) async fn authenticate(
    State(api): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Err(error) = identify(&api, &mut request).await {
        return error.into_response();
    }
    let path = request.uri().path();
    let (asks, ready) = (path.starts_with(QUESTIONS), path == READINESS);
    if request.extensions().get::<Caller>().is_some() || !asks && !ready {
        return next.run(request).await;
    }
    // Nobody, or a wallet for itself, and anybody has as many wallets as they like.
    if let Err(error) = api.limiter.address(address::of(&request, &api.config)) {
        return error.into_response();
    }
    if ready || !request.method().is_safe() {
        return next.run(request).await;
    }
    match api.limiter.place().await {
        Ok(_place) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn identify(api: &ApiState, request: &mut Request) -> Result<(), Error> {
    let Some(token) = bearer(request.headers())? else {
        if request.method().is_safe() {
            return Ok(());
        }
        return api.limiter.stranger();
    };
    let Ok(token) = Token::parse(token) else {
        return refused(api, "this is neither an API key nor a session token");
    };
    let hash = token.hash();
    let now = api.now().into();
    let mut connection = api
        .pools
        .access
        .acquire()
        .await
        .map_err(tessera_store::StoreError::from)?;
    if token.kind() == TokenKind::Session {
        let holder = session::holder(&mut connection, hash, now).await?;
        drop(connection);
        let Some(holder) = holder else {
            return refused(api, "the session has ended or never was");
        };
        api.limiter.caller(&hash)?;
        let wallet = holder.wallet.into();
        request.extensions_mut().insert(Session {
            wallet,
            hash,
            expires_at: holder.expires_at.into(),
        });
        if let (Some(organisation), Some(org)) = (holder.organisation, holder.org) {
            let role = holder.role.as_deref().and_then(Role::parse);
            request.extensions_mut().insert(Caller {
                organisation,
                org,
                actor: Actor::Wallet(holder.wallet),
                scopes: role.map_or_else(Vec::new, |role| role.scopes().to_vec()),
            });
        }
    } else {
        let holder = api_key::holder(&mut connection, hash, now).await?;
        drop(connection);
        let Some(holder) = holder else {
            return refused(api, "the API key is unknown, revoked or has expired");
        };
        api.limiter.caller(&hash)?;
        request.extensions_mut().insert(Caller {
            organisation: holder.organisation,
            org: holder.org,
            actor: Actor::Key(holder.id),
            scopes: holder
                .scopes
                .iter()
                .filter_map(|scope| Scope::parse(scope))
                .collect(),
        });
    }
    Ok(())
}

/// Guesses share the strangers' bucket.
fn refused(api: &ApiState, why: &'static str) -> Result<(), Error> {
    api.limiter.stranger()?;
    Err(Error::Unauthenticated(why))
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(|token| Some(token.trim()))
        .ok_or(Error::Unauthenticated(
            "`Authorization` must be `Bearer` and a token",
        ))
}
