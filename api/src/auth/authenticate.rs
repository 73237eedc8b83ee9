//! From a request's `Authorization` to its principal, once and first.

use super::{
    Session, address,
    page::{self, SDK_FEATURES, Sender},
};
use crate::{error::Error, state::ApiState};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::net::Ipv6Addr;
use tessera_domain::access::{
    Role, Scope,
    secret::{Token, TokenKind},
};
use tessera_engine::{Actor, Caller};
use tessera_store::access::{api_key, session};

/// Begin of the paths whose answers are read from the database.
const QUESTIONS: &str = "/v1/";
/// Begins of the paths of links in messages. Everybody who has one may follow it, and providers of mail follow a great
/// many, so they only share what an address may ask.
const LINKS: [&str; 3] = ["/u/", "/l/", "/o/"];
/// Reads from the database, too. What watches the process asks it, so it waits for no stranger.
const READINESS: &str = "/readyz";

/// Looks the caller up and leaves a [`Caller`], a [`Session`] or both with the request. An invalid
/// token is refused even where none is needed. What anybody may do without a right in an organisation
/// is limited by address, and reads happen in one of a few places.
pub(crate) async fn authenticate(
    State(api): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = address::of(&request, &api.config);
    if let Err(error) = identify(&api, &mut request, address).await {
        return error.into_response();
    }
    let path = request.uri().path();
    let asks = path.starts_with(QUESTIONS) || path.starts_with(SDK_FEATURES);
    let ready = path == READINESS;
    let reads = request.method().is_safe();
    let passes = match request.extensions().get::<Caller>() {
        // A page's visitors and an organisation's customers write as often as their token may: many
        // of them share an address.
        Some(caller) => !reads || trusted(caller),
        None => false,
    };
    let is_link = LINKS.iter().any(|it| path.starts_with(it));
    if passes || !asks && !ready && !is_link {
        return next.run(request).await;
    }
    if let Err(error) = api.limiter.address(address) {
        return error.into_response();
    }
    if is_link {
        return next.run(request).await;
    }
    let nobody = request.extensions().get::<Session>().is_none();
    if !reads
        && nobody
        && let Err(error) = api.limiter.write(address)
    {
        return error.into_response();
    }
    if ready || !reads {
        return next.run(request).await;
    }
    match api.limiter.place().await {
        Ok(_place) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Whether an organisation gave the caller a right that is not public. A wallet costs nothing and
/// becomes a customer of any organisation, and a page shows its key, which can only capture.
fn trusted(caller: &Caller) -> bool {
    caller.scopes.iter().any(|scope| *scope != Scope::Capture)
}

async fn identify(api: &ApiState, request: &mut Request, address: Ipv6Addr) -> Result<(), Error> {
    let in_header = request.headers().contains_key(header::AUTHORIZATION);
    let shown = match bearer(request.headers()) {
        Ok(None) => page::key(request, api.config.max_body_bytes).await?,
        Ok(Some(token)) => Some(token.to_owned()),
        Err(error) => {
            api.limiter.guess(address)?;
            return Err(error);
        }
    };
    let Some(shown) = shown else {
        return Ok(());
    };
    let sender = Sender::of(request, &api.config, in_header);
    let token = Token::parse(&shown)
        .map_err(|_| Error::Unauthenticated("this is neither an API key nor a session token"))
        .and_then(|token| sender.may_show(token.kind()).map(|()| token));
    let token = match token {
        Ok(token) => token,
        Err(error) => {
            api.limiter.guess(address)?;
            return Err(error);
        }
    };
    let hash = token.hash();
    // Before the look-up: refused requests wait for none of the few connections.
    api.limiter.token(&hash, address)?;
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
        api.limiter.looked_up(&hash, holder.is_some());
        let holder = holder.ok_or(Error::Unauthenticated("the session has ended or never was"))?;
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
        api.limiter.looked_up(&hash, holder.is_some());
        let holder = holder.ok_or(Error::Unauthenticated(
            "the API key is unknown, revoked or has expired",
        ))?;
        sender.is_listed(holder.capture_origins.as_deref())?;
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
