//! Issuing a quote: what is known of the customer comes from the mirror, never from the request.

mod arms;
mod facts;
mod wanted;

pub use wanted::Wanted;

use super::{
    buyer::{currency, period, with_ledger},
    checkout::{Checkout, address},
    offers,
    purchase::{offer_inside, priced},
    record::record,
};
use crate::{Caller, Engine, Error, Result};
use facts::{Facts, Network};
use tessera_client::types::accounts::Plan;
use tessera_domain::{
    pricing::{PriceBreakdown, PricingContext, to_token_units, within_plan},
    time::Timestamp,
};
use tessera_store::{
    Key, PgConnection,
    mirror::plan::PlanRow,
    pricing::{
        offer::OfferRow,
        offer_hold::{self, Holder},
        quote::{self, Quote},
    },
};
use uuid::Uuid;

/// Seconds for which a price is promised unless the request says otherwise.
const DEFAULT_VALID_SECS: u32 = 900;
/// Later periods that a transaction approves unless the request says otherwise.
const DEFAULT_PERIODS: u32 = 12;

/// A quote that was just issued.
#[derive(Debug)]
pub struct Issued {
    /// The quote.
    pub quote: Quote,
    /// What the wallet signs to accept it on chain; none without a wallet and a plan.
    pub transaction: Option<Unsigned>,
}

/// A transaction that takes the customer's signature and no other.
#[derive(Debug)]
pub struct Unsigned {
    /// Its bytes, as they are sent.
    pub bytes: Vec<u8>,
    /// Whether it consents to a permanent delegate of the mint.
    pub permanent_delegate: bool,
    /// Whether it consents that the Org states what a period costs, up to the price.
    pub metered: bool,
    /// Free time before the first charge, seconds.
    pub trial_secs: i64,
    /// The blockhash inside; none when it is zero.
    pub blockhash: Option<Key>,
}

/// Promises a price until a deadline; for a wallet and a plan, signed for the chain.
///
/// # Errors
/// [`Error::Forbidden`] and [`Error::Denied`] when the caller may not have it, [`Error::Refused`],
/// [`Error::Conflict`] when the quote would be useless, [`Error::Store`].
pub async fn issue(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    now: Timestamp,
    mut wanted: Wanted,
) -> Result<Issued> {
    wanted.wallet = wanted.customer(caller)?;
    wanted.check()?;
    let facts = Facts::find(engine, conn, caller, &wanted, now).await?;
    let id = Uuid::now_v7();
    let clock = facts.clock;
    let claimed = claim(conn, &wanted, id, clock).await?;
    let breakdown = price(&facts, &wanted, claimed.as_ref(), now)?;
    let mut quote = promise(&facts, &wanted, id, breakdown, caller, now)?;
    let transaction = sign(engine, conn, facts, &wanted, &mut quote).await?;
    let rules = engine.rules.current(conn, caller.organisation).await?;
    let dealt = arms::deal(
        engine,
        conn,
        &rules,
        caller.organisation,
        &quote,
        (now, clock),
    );
    quote.arms = dealt.await?;
    quote::insert(conn, caller.organisation, &quote).await?;
    offer_hold::hold(conn, caller.organisation, &quote).await?;
    record(engine, conn, &rules, caller, "quote_issued", &quote, now).await?;
    Ok(Issued { quote, transaction })
}

/// The offer that is wanted, as the wallet finds it.
async fn claim(
    conn: &mut PgConnection,
    wanted: &Wanted,
    quote: Uuid,
    clock: Timestamp,
) -> Result<Option<OfferRow>> {
    let Some(code) = &wanted.offer else {
        return Ok(None);
    };
    let holder = Holder::of(wanted.wallet, quote);
    offers::claim(conn, code, &holder, clock).await.map(Some)
}

fn price(
    facts: &Facts,
    wanted: &Wanted,
    claimed: Option<&OfferRow>,
    now: Timestamp,
) -> Result<PriceBreakdown> {
    let context = PricingContext {
        currency: currency(&facts.book, facts.plan.as_ref())?,
        quantity: wanted.quantity,
        period: period(facts.plan.as_ref())?,
        loyalty_tier: facts.buyer.loyalty_tier,
        paid_months: facts.buyer.paid_months,
        flags: wanted.flags.clone(),
        usage: wanted.usage.clone(),
    };
    let (book, segment) = (&facts.book, &wanted.segment);
    priced(book, segment, &context, claimed, now, "plan")
}

/// The quote before it is signed: a price until a deadline.
fn promise(
    facts: &Facts,
    wanted: &Wanted,
    id: Uuid,
    breakdown: PriceBreakdown,
    caller: &Caller,
    now: Timestamp,
) -> Result<Quote> {
    let plan = facts.plan.as_ref();
    let valid_secs = wanted.valid_secs.unwrap_or(DEFAULT_VALID_SECS);
    let deadline = deadline(valid_secs, plan, &breakdown, (now, facts.clock))?;
    let price_units = plan.map(|plan| units(&breakdown, plan)).transpose()?;
    Ok(Quote {
        id,
        wallet: wanted.wallet,
        plan: wanted.plan,
        offer: offer_inside(&breakdown),
        price_units: price_units.map(Into::into),
        breakdown,
        arms: Vec::new(),
        signed: None,
        deadline: deadline.into(),
        created_by: caller.actor.to_string(),
        created_at: now.into(),
        accepted_at: None,
    })
}

/// The last whole second at which the quote is valid: before the offer inside it ends, and before the
/// plan ends or takes nobody any more.
/// Offers run by this machine's clock, `now`, and quotes and plans by `clock`.
fn deadline(
    valid_secs: u32,
    plan: Option<&PlanRow>,
    breakdown: &PriceBreakdown,
    (now, clock): (Timestamp, Timestamp),
) -> Result<Timestamp> {
    let before = |end: Timestamp| Timestamp(end.0.saturating_sub(1)).secs();
    let ahead = clock.0.saturating_sub(now.0);
    let offer_end = breakdown
        .offer_ends_at
        .map(|end| before(Timestamp(end.0.saturating_add(ahead))));
    let plan_end = plan
        .map(|plan| plan.ends_at.min(plan.sunset_at))
        .map(|end| before(Timestamp::from_secs(end)));
    let wanted = clock.plus_secs(valid_secs.into()).secs();
    let last = [offer_end, plan_end]
        .into_iter()
        .flatten()
        .fold(wanted, i64::min);
    if last <= clock.secs() {
        let field = if Some(last) == offer_end {
            "offer"
        } else {
            "plan"
        };
        let rule = "must not end within a second";
        return Err(Error::refused(field, rule));
    }
    Ok(Timestamp::from_secs(last))
}

/// The price in the smallest unit of the plan's mint, within the plan's bounds.
fn units(breakdown: &PriceBreakdown, plan: &PlanRow) -> Result<u64> {
    let units = to_token_units(breakdown.price, breakdown.currency.decimals)?;
    within_plan(units, plan.price_floor.0, plan.price_ceiling.0)?;
    Ok(units)
}

/// Signs a quote that the chain settles; returns the transaction that it is accepted by.
async fn sign(
    engine: &Engine,
    conn: &mut PgConnection,
    facts: Facts,
    wanted: &Wanted,
    quote: &mut Quote,
) -> Result<Option<Unsigned>> {
    let (Some(network), Some(plan), Some(price)) = (facts.network, facts.plan, quote.price_units)
    else {
        return Ok(None);
    };
    let Network {
        wallet,
        cluster_tag,
        blockhash,
    } = network;
    let referral_code = wanted.referral_code.as_deref();
    let standing = facts.buyer.standing(conn, wallet, &plan, referral_code);
    let checkout = Checkout {
        wallet: address(wallet),
        standing: standing.await?,
        cluster_tag,
        price: price.0,
        deadline: quote.deadline.timestamp(),
        nonce: quote::next_nonce(conn, plan.address, wallet).await?,
        plan,
        periods: wanted.periods.unwrap_or(DEFAULT_PERIODS),
    };
    let signed = checkout.sign(&engine.quote_signer(checkout.plan.org));
    quote.signed = Some(signed);
    let with_ledger = with_ledger(conn, &checkout).await?;
    Ok(Some(Unsigned {
        bytes: checkout.transaction(&signed, &with_ledger, blockhash)?,
        permanent_delegate: checkout.consents_to(Plan::PERMANENT_DELEGATE),
        metered: checkout.consents_to(Plan::METERED),
        trial_secs: checkout.trial_secs(),
        blockhash,
    }))
}
