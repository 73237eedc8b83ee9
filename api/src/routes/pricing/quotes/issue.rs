//! Issuing a quote: what is known of the customer comes from the mirror, never from the request.

use super::{
    QuoteBody,
    buyer::{Buyer, check_metered, check_org, currency, open_plan, with_ledger},
    record::record,
};
use crate::{
    auth::Anyone,
    checkout::{Checkout, address, encode},
    error::Error,
    extract::{Body, Checks, Param},
    http::unit_of_work::Writer,
    openapi::EngineRefusals,
    pricing::{book_in_force, no_offer, offer_inside, priced, to_be_had},
    routes::capture::referral_links::Code,
    state::ApiState,
    wire::Key,
};
use axum::{Json, extract::State, http::StatusCode};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tessera_client::types::accounts::Plan;
use tessera_domain::{
    access::Scope,
    pricing::{
        Flag, PriceBreakdown, PricingContext, Usage, is_offer_code, to_token_units, within_plan,
    },
    time::Timestamp,
};
use tessera_engine::{Actor, Caller, network_now};
use tessera_store::{
    PgConnection,
    mirror::plan::PlanRow,
    pricing::{
        offer::{self, Claimant, OfferRow},
        quote::{self, Quote},
    },
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// How long a price is promised unless the request says otherwise.
const DEFAULT_VALID_SECS: u32 = 900;
/// Later periods that a transaction approves unless the request says otherwise.
const DEFAULT_PERIODS: u32 = 12;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(issue))
}

/// What a quote is wanted for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewQuote {
    /// A segment of the price book in force.
    #[schema(example = "individual")]
    segment: String,
    /// A plan of the Org; its floor and ceiling bound the price.
    plan: Option<Key>,
    /// Who is to have the quote; a customer's own unless given.
    wallet: Option<Key>,
    /// Units: 1 to 1,000,000.
    #[schema(example = 1)]
    quantity: u64,
    /// What the sales team has established: `enterprise_contract`, `hardware_integration`. Not for
    /// customers.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["enterprise_contract"]))]
    flags: BTreeSet<Flag>,
    /// Use of the segment's metered part: units, or the amount of each transaction. Not for
    /// customers.
    #[schema(value_type = Option<BTreeMap<String, Value>>, example = json!({ "units": "1500" }))]
    usage: Option<Usage>,
    /// Code of an offer; a place of its stock is kept until the quote expires.
    #[schema(example = "EARLY-100")]
    offer: Option<String>,
    /// How long the price is promised: 60 to 3,600 seconds, and not longer than the offer lasts.
    #[schema(default = 900, minimum = 60, maximum = 3_600, example = 900)]
    valid_secs: Option<u32>,
    /// Later periods that the transaction approves: 1 to 120. For a wallet and a plan.
    #[schema(default = 12, minimum = 1, maximum = 120, example = 12)]
    periods: Option<u32>,
    /// Code of who referred the wallet, which must not be a member yet. For a wallet and a plan.
    #[schema(pattern = "^[A-Z0-9_-]{3,16}$", example = "FRIEND-7")]
    referral_code: Option<String>,
}

/// A quote that was just issued.
#[derive(Serialize, ToSchema)]
struct Issued {
    /// The quote.
    #[serde(flatten)]
    quote: QuoteBody,
    /// The transaction that accepts it on chain, in base64, for the wallet alone to sign: it
    /// registers a wallet that is no member, opens ledgers that its referrers lack, and subscribes
    /// with the quote. Null without a wallet and a plan.
    #[schema(
        required,
        example = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
    )]
    transaction: Option<String>,
    /// Whether the transaction consents to a permanent delegate of the mint, who can seize its tokens;
    /// say so to the customer.
    permanent_delegate: bool,
    /// Whether the transaction consents that the Org states what a period costs, up to the price; say so
    /// to the customer.
    metered: bool,
    /// Free time before the first charge, seconds: that of the plan, for a wallet that had none yet.
    #[schema(example = 0)]
    trial_secs: i64,
    /// The blockhash inside; null when it is zero and whoever signs has to replace it.
    #[schema(required)]
    blockhash: Option<Key>,
}

impl NewQuote {
    fn check(&self, wallet: Option<Key>) -> Result<(), Error> {
        let mut checks = Checks::default();
        if wallet.is_none() || self.plan.is_none() {
            let rule = "absent without a wallet and a plan";
            checks.that("periods", rule, self.periods.is_none());
            checks.that("referral_code", rule, self.referral_code.is_none());
        }
        checks.that(
            "valid_secs",
            "an integer from 60 to 3600",
            self.valid_secs.is_none_or(|it| (60..=3_600).contains(&it)),
        );
        checks.that(
            "periods",
            "an integer from 1 to 120",
            self.periods.is_none_or(|it| (1..=120).contains(&it)),
        );
        checks.that(
            "referral_code",
            Code::RULE,
            self.referral_code
                .as_ref()
                .is_none_or(|text| Code::parse(text).is_some()),
        );
        checks.finish()
    }

    /// Whom the quote is for, unless the caller may not have it.
    fn customer(&self, principal: &Caller) -> Result<Option<Key>, Error> {
        let own = match principal.actor {
            _ if principal.scopes.contains(&Scope::Sell) => return Ok(self.wallet),
            Actor::Key(_) => return Err(Error::forbidden(Scope::Sell)),
            Actor::Wallet(own) => own.into(),
        };
        let refused = |why: &str| Err(Error::denied(why.to_owned()));
        if self.wallet.is_some_and(|wallet| wallet != own) {
            return refused("a customer gets quotes for the wallet that is signed in only");
        }
        if !self.flags.is_empty() || self.usage.is_some() {
            return refused("`flags` and `usage` are for the sales team to establish");
        }
        Ok(Some(own))
    }
}

/// Issue a quote.
///
/// Loyalty tier and paid periods are read from the chain's mirror. For a wallet and a plan, the
/// answer holds the unsigned transaction; the chain takes it from that wallet, at that price, until
/// that moment. A customer who is signed in gets quotes for the own wallet.
#[utoipa::path(post, operation_id = "issue_quote", path = "/v1/quotes", tag = "pricing", security(("bearer" = [])),
    request_body = NewQuote,
    responses((status = 201, description = "The quote.", body = Issued), EngineRefusals))]
async fn issue(
    State(api): State<ApiState>,
    mut writer: Writer<Anyone>,
    Body(new): Body<NewQuote>,
) -> Result<(StatusCode, Json<Issued>), Error> {
    let wallet = new.customer(&writer.caller)?;
    new.check(wallet)?;
    let (organisation, org) = (writer.caller.organisation, Key::from(writer.caller.org));
    let now = api.now();
    // A quote that the chain judges runs by the network's clock, whatever this machine's shows.
    let clock = match (new.plan, wallet) {
        (Some(_), Some(_)) => network_now(&mut writer, api.now()).await?,
        _ => now,
    };
    let book = book_in_force(&mut writer).await?;
    check_metered(&writer.caller, &book, &new.segment)?;
    let buyer = Buyer::find(&mut writer, org, wallet).await?;
    let plan = match new.plan {
        Some(plan) => Some(open_plan(&mut writer, org, plan, clock).await?),
        None => None,
    };
    // Before anything is locked: it asks the network.
    let (cluster_tag, blockhash) = match (&plan, wallet) {
        (Some(_), Some(_)) => {
            let row = check_org(&api, &mut writer, org).await?;
            // None when there is no network to ask: a wallet puts its own in anyway.
            let blockhash = match &api.engine.blockhashes {
                Some(blockhashes) => blockhashes.latest().await,
                None => None,
            };
            (row.cluster_tag, blockhash)
        }
        _ => Default::default(),
    };

    let is_customer = !writer.caller.scopes.contains(&Scope::Sell);
    if new.offer.is_some() && is_customer {
        api.limiter.offer_code(organisation)?;
    }
    let claimed = claim(&mut writer, new.offer.as_deref(), wallet, clock).await?;
    let context = PricingContext {
        currency: currency(&book, plan.as_ref())?,
        quantity: new.quantity,
        loyalty_tier: buyer.loyalty_tier,
        paid_periods: buyer.paid_periods,
        flags: new.flags,
        usage: new.usage,
    };
    let breakdown = priced(&book, &new.segment, &context, claimed.as_ref(), now)?;
    let valid_secs = new.valid_secs.unwrap_or(DEFAULT_VALID_SECS);
    let deadline = deadline(valid_secs, plan.as_ref(), &breakdown, (now, clock))?;
    let price_units = match &plan {
        Some(plan) => Some(units(&breakdown, plan)?),
        None => None,
    };
    let mut quote = Quote {
        id: Uuid::now_v7(),
        wallet: wallet.map(Into::into),
        plan: new.plan.map(Into::into),
        offer: offer_inside(&breakdown),
        price_units: price_units.map(Into::into),
        breakdown,
        signed: None,
        deadline: deadline.into(),
        created_by: writer.caller.actor.to_string(),
        created_at: now.into(),
        accepted_at: None,
    };
    let mut transaction = None;
    let (mut permanent_delegate, mut metered, mut trial_secs) = (false, false, 0);
    if let (Some(plan), Some(wallet), Some(price)) = (plan, wallet, price_units) {
        let referral_code = new.referral_code.as_deref();
        let checkout = Checkout {
            wallet: address(wallet.into()),
            standing: buyer
                .standing(&mut writer, wallet, &plan, referral_code)
                .await?,
            cluster_tag,
            price,
            deadline: deadline.secs(),
            nonce: quote::next_nonce(&mut writer, plan.address, wallet.into()).await?,
            plan,
            periods: new.periods.unwrap_or(DEFAULT_PERIODS),
        };
        let signed = checkout.sign(&api.quote_signer(org));
        quote.signed = Some(signed);
        permanent_delegate = checkout.consents_to(Plan::PERMANENT_DELEGATE);
        metered = checkout.consents_to(Plan::METERED);
        if checkout.has_trial() {
            trial_secs = checkout.plan.trial_secs;
        }
        let with_ledger = with_ledger(&mut writer, &checkout).await?;
        let unsigned = checkout.transaction(&signed, &with_ledger, blockhash.as_ref())?;
        transaction = Some(BASE64_STANDARD.encode(encode(&unsigned)?));
    }
    quote::insert(&mut writer, organisation, &quote).await?;
    record(&api, &mut writer, "quote_issued", &quote, now).await?;
    let issued = Issued {
        quote: QuoteBody::new(quote, org),
        transaction,
        permanent_delegate,
        metered,
        trial_secs,
        blockhash: blockhash.map(|hash| tessera_store::Key(hash.to_bytes()).into()),
    };
    Ok((StatusCode::CREATED, Json(issued)))
}

/// The offer of `code` as the wallet finds it, its stock locked.
async fn claim(
    conn: &mut PgConnection,
    code: Option<&str>,
    wallet: Option<Key>,
    now: Timestamp,
) -> Result<Option<OfferRow>, Error> {
    let Some(code) = code else {
        return Ok(None);
    };
    if !is_offer_code(code) {
        return Err(no_offer());
    }
    let claimant = Claimant {
        wallet: wallet.map(Into::into),
        quote: None,
    };
    let found = offer::claim(conn, code, claimant, now.into()).await?;
    to_be_had(found).map(Some)
}

/// The last whole second at which the quote is good: before the offer inside it and the plan end.
/// Offers run by this machine's clock, `now`, and quotes and plans by `clock`.
fn deadline(
    valid_secs: u32,
    plan: Option<&PlanRow>,
    breakdown: &PriceBreakdown,
    (now, clock): (Timestamp, Timestamp),
) -> Result<Timestamp, Error> {
    let before = |end: Timestamp| Timestamp(end.0.saturating_sub(1)).secs();
    let ahead = clock.0.saturating_sub(now.0);
    let offer_end = breakdown
        .offer_ends_at
        .map(|end| before(Timestamp(end.0.saturating_add(ahead))));
    let plan_end = plan.map(|plan| before(Timestamp::from_secs(plan.ends_at)));
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
        let rule = "one that does not end within a second";
        return Err(Error::refused(field, rule));
    }
    Ok(Timestamp::from_secs(last))
}

/// The price in the smallest unit of the plan's mint, within the plan's bounds.
fn units(breakdown: &PriceBreakdown, plan: &PlanRow) -> Result<u64, Error> {
    let units = to_token_units(breakdown.price, breakdown.currency.decimals)?;
    within_plan(units, plan.price_floor.0, plan.price_ceiling.0)?;
    Ok(units)
}
