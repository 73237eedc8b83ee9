//! What becomes of a quote that was issued: read, and accepted before its deadline.

use super::{offers, record::record};
use crate::{Actor, Caller, Engine, Error, Result, network_now};
use tessera_domain::{access::Scope, time::Timestamp};
use tessera_store::{
    PgConnection,
    pricing::{
        offer_hold::{self, Holder},
        quote::{self, Quote},
    },
};
use uuid::Uuid;

/// A quote with every step of its price, when it is the caller's own or they may read others'.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Store`].
pub async fn quote(conn: &mut PgConnection, caller: &Caller, id: Uuid) -> Result<Quote> {
    visible(conn, caller, Scope::Read, id).await
}

/// Accepts a quote for the sales team or for its own wallet. Accepting again changes nothing.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Conflict`] when the quote has run out or
/// another customer has its place of an offer, [`Error::Store`].
pub async fn accept(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    now: Timestamp,
    id: Uuid,
) -> Result<Quote> {
    let found = visible(conn, caller, Scope::Sell, id).await?;
    if found.accepted_at.is_some() {
        return Ok(found);
    }
    // Where the chain settles a quote, accepting it promises nothing; where it does not, a place of
    // an offer is held for good.
    let settled_here = found.signed.is_none();
    if found.offer.is_some() && settled_here {
        caller.require(Scope::Sell)?;
    }
    let clock = if settled_here {
        now
    } else {
        network_now(conn, now).await?
    };
    if let Some(code) = &found.offer {
        let holder = Holder::of(found.wallet, id);
        offers::confirm(conn, code, &holder, clock).await?;
    }
    if !quote::accept(conn, id, now.into(), clock.into()).await? {
        let detail = "the quote's deadline has passed; ask for a new one";
        return Err(Error::Conflict(detail.to_owned()));
    }
    let accepted = quote::get(conn, id).await?.ok_or_else(|| absent(id))?;
    if settled_here {
        offer_hold::keep(conn, caller.organisation, &accepted).await?;
    }
    let rules = engine.rules.current(conn, caller.organisation).await?;
    record(
        engine,
        conn,
        &rules,
        caller,
        "quote_accepted",
        &accepted,
        now,
    )
    .await?;
    Ok(accepted)
}

/// The quote, when it is the caller's own or `scope` lets them see others'. To customers, the
/// quotes of others do not exist.
async fn visible(
    conn: &mut PgConnection,
    caller: &Caller,
    scope: Scope,
    id: Uuid,
) -> Result<Quote> {
    let found = quote::get(conn, id).await?;
    let is_own = found
        .as_ref()
        .and_then(|quote| quote.wallet)
        .is_some_and(|wallet| caller.actor == Actor::Wallet(wallet));
    if !is_own && caller.customer().is_some() {
        return Err(absent(id));
    }
    if !is_own {
        caller.require(scope)?;
    }
    found.ok_or_else(|| absent(id))
}

fn absent(id: Uuid) -> Error {
    Error::not_found("quote", id)
}
