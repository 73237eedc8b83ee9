//! Offers: published while they can really be had, claimed by a code that a customer types, and
//! taken no more often than their stock.

use crate::{Caller, Engine, Error, Result, error::unless_refused};
use chrono::Utc;
use std::time::Duration;
use tessera_domain::{
    code::{TypedCode, only},
    pricing::{MAX_OFFER_CODE_BYTES, Offer, OfferRefusal, PriceBook, Reduction},
    refusal::Refusal,
    time::Timestamp,
};
use tessera_store::{
    PgConnection, StoreError,
    pricing::{
        offer::{self, OfferRow},
        offer_hold::{self, Holder},
        price_book,
    },
    work::{self, Due, Work},
};

/// Time between two judgements of places.
const JUDGING: Duration = Duration::from_secs(60);

/// Publishes an offer, whose code was never used before.
///
/// # Errors
/// [`Error::Refused`] when its urgency is not real or the book in force has nothing that it is for,
/// [`Error::Conflict`] when its code was used, [`Error::Store`].
pub async fn publish(
    conn: &mut PgConnection,
    caller: &Caller,
    now: Timestamp,
    mut offer: Offer,
) -> Result<OfferRow> {
    if let Some(typed) = typed(&offer.code) {
        typed.written().clone_into(&mut offer.code);
    }
    offer.validate(now)?;
    if let Some(book) = price_book::published(conn).await? {
        check_against(&book, &offer)?;
    }
    let actor = caller.actor.to_string();
    if !offer::insert(conn, caller.organisation, &offer, &actor, now.into()).await? {
        return Err(Error::Conflict(format!(
            "the code {} has been used for another offer",
            offer.code
        )));
    }
    Ok(OfferRow {
        offer,
        taken: 0,
        created_by: actor,
        published_at: now.into(),
        withdrawn_at: None,
    })
}

/// Ends an offer for new quotes; those that have it keep their price.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] when several codes read like this one, [`Error::Store`].
pub async fn withdraw(conn: &mut PgConnection, now: Timestamp, code: &str) -> Result<()> {
    let known = meant(conn, "code", code, true).await?;
    let known = known.ok_or_else(|| Error::not_found("offer", code))?;
    if offer::withdraw(conn, &known, now.into()).await? {
        Ok(())
    } else {
        Err(Error::not_found("offer", code))
    }
}

/// The offer of a code, withdrawn or not.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] when several codes read like this one, [`Error::Store`].
pub async fn get(conn: &mut PgConnection, now: Timestamp, code: &str) -> Result<OfferRow> {
    let found = match meant(conn, "code", code, true).await? {
        Some(known) => offer::get(conn, &known, now.into()).await?,
        None => None,
    };
    found.ok_or_else(|| Error::not_found("offer", code))
}

/// The offer as it stands, for an estimate: nothing is locked or taken.
pub(super) async fn look_up(
    conn: &mut PgConnection,
    code: &str,
    now: Timestamp,
) -> Result<OfferRow> {
    let found = match meant(conn, "offer", code, false).await? {
        Some(known) => offer::get(conn, &known, now.into()).await?,
        None => None,
    };
    to_be_had(found)
}

/// The offer as `holder` finds it, its stock locked until the transaction ends.
pub(super) async fn claim(
    conn: &mut PgConnection,
    code: &str,
    holder: &Holder,
    clock: Timestamp,
) -> Result<OfferRow> {
    let found = match meant(conn, "offer", code, false).await? {
        Some(known) => offer::claim(conn, &known, holder, clock.into()).await?,
        None => None,
    };
    to_be_had(found)
}

fn typed(code: &str) -> Option<TypedCode> {
    TypedCode::parse(code, 1, MAX_OFFER_CODE_BYTES)
}

/// The code that is meant, also that of an offer that is `withdrawn` or not. Of several that may be, those
/// that can be had count first; a code that is typed exactly means no other because it was withdrawn.
async fn meant(
    conn: &mut PgConnection,
    field: &str,
    code: &str,
    withdrawn: bool,
) -> Result<Option<String>> {
    let Some(typed) = typed(code) else {
        return Ok(None);
    };
    let mut like = typed.nearest(offer::of_shape(conn, &typed.shape()).await?);
    if like.iter().any(|(_, is_withdrawn)| !is_withdrawn) {
        like.retain(|(_, is_withdrawn)| !is_withdrawn);
    }
    let found = only(field, like)?;
    let found = found.filter(|(_, is_withdrawn)| withdrawn || !is_withdrawn);
    Ok(found.map(|(code, _)| code))
}

/// Refuses a quote whose place another customer has: counted again under the offer's lock, because
/// this clock may be behind the one by which the quote ran out. That the offer was withdrawn
/// meanwhile is no reason.
pub(super) async fn confirm(
    conn: &mut PgConnection,
    code: &str,
    holder: &Holder,
    clock: Timestamp,
) -> Result<()> {
    let held = offer::claim(conn, code, holder, clock.into()).await?;
    let stock = held.as_ref().and_then(|row| row.offer.urgency.stock());
    match (stock, held) {
        (Some(stock), Some(row)) if row.taken >= stock => {
            let refusal = OfferRefusal::SoldOut(stock);
            Err(Error::Conflict(format!("the offer {refusal}")))
        }
        _ => Ok(()),
    }
}

/// Gives back the places of quotes that have run out, of all organisations, and keeps for good
/// those that the chain was paid for.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn judge_holds(engine: &Engine, work: &Work) -> Result<()> {
    let mut transaction = engine.pool.begin().await.map_err(StoreError::from)?;
    let more = offer_hold::judge_all(&mut transaction, Utc::now()).await?;
    let due = if more { Due::Now } else { Due::After(JUDGING) };
    if work::go_on(&mut transaction, work, &work.payload, due).await? {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

fn to_be_had(found: Option<OfferRow>) -> Result<OfferRow> {
    found
        .filter(|row| row.withdrawn_at.is_none())
        .ok_or_else(|| Error::refused("offer", "must be the code of an offer that is published and not withdrawn, as GET /v1/offers lists it"))
}

/// Refuses an offer that could not be had under `book`, though it obeys its own rules.
fn check_against(book: &PriceBook, offer: &Offer) -> Result<()> {
    let mut refusals = Vec::new();
    let known = |segment| book.segments.contains_key(segment);
    if !offer.segments.iter().all(known) {
        let rule = "must be segments of the price book in force";
        refusals.push(Refusal::new("segments", rule));
    }
    if let Reduction::AmountOff { mint, .. } = &offer.reduction
        && *mint != book.currency.mint
    {
        let rule = "must be the mint of the price book in force";
        refusals.push(Refusal::new("reduction.mint", rule));
    }
    unless_refused(refusals)
}
