//! Wallets' agreements to plans.

mod state;

use crate::{
    error::Error,
    extract::{Filters, Flag, List, Listed, Paging, PathParam, parameters},
    http::conditional::Hashed,
    openapi::{ItemRefusals, Refusals},
    state::ApiState,
    wire::{Header, Key, Listing, Schedule, Shown, U64, header, schedule, unless_never},
};
use axum::{Json, extract};
use serde::Serialize;
use state::{State, Status};
use tessera_client::types::{accounts::Plan, events::Settlement};
use tessera_store::mirror::query;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
}

parameters! {
    /// Narrows the list of subscriptions.
    struct SubscriptionFilters {
        /// Only subscriptions to plans of this org.
        org: Key,
        /// Only subscriptions to this plan.
        plan: Key,
        /// Only subscriptions that this wallet pays.
        wallet: Key,
        /// Only subscriptions in this state; `past_due` and `lapsed` also by status.
        state: State,
        /// Only subscriptions with this status.
        status: Status,
        /// Also closed accounts; false unless given.
        include_closed: Flag,
    }
}

impl Listed for SubscriptionFilters {
    const RESOURCE: &'static str = "subscriptions";
    type Key = tessera_store::Key;
}

/// A wallet's agreement to a plan, on the terms that it signed.
#[derive(Serialize, ToSchema)]
pub(super) struct Subscription {
    /// The account.
    address: Key,
    #[serde(flatten)]
    header: Header,
    /// The plan that it is under.
    plan: Key,
    /// The plan that it was opened under, which is part of its address.
    first_plan: Key,
    /// Who pays.
    wallet: Key,
    /// Token account that pays.
    payer_token: Key,
    /// The state that the account records.
    state: State,
    /// The status now, by the network's clock.
    status: Status,
    /// Signed price of a period, in the mint's smallest unit.
    price: U64,
    #[serde(flatten)]
    schedule: Schedule,
    /// Day of the month that periods begin on, from 1; 0 when they are counted in seconds.
    #[schema(example = 0)]
    anchor_day: i16,
    /// How long the commission of its charges is held, seconds.
    #[schema(example = 604_800)]
    hold_secs: i64,
    /// Commission of each referral level, nearest first, basis points.
    #[schema(example = json!([1000, 300, 100]))]
    commission_bps: Vec<i32>,
    /// Extra points of each loyalty tier, basis points.
    #[schema(example = json!([2500, 0, 0, 0]))]
    boosts_bps: Vec<i32>,
    /// Discount of each loyalty tier, basis points.
    #[schema(example = json!([0, 0, 0, 0]))]
    discounts_bps: Vec<i32>,
    /// Periods after the first that may be collected on these terms.
    #[schema(example = 12)]
    approved_periods: i64,
    /// Periods paid since the wallet last signed terms, the first included.
    #[schema(example = 1)]
    periods_paid: i64,
    /// Receipt that these terms were signed in: what a cancellation names.
    agreement_seq: U64,
    /// Generation of the token delegate at the signature.
    authority_generation: U64,
    /// Whether the wallet consents to a permanent delegate of the mint.
    permanent_delegate: bool,
    /// Whether the org states what a period costs, up to the price.
    metered: bool,
    /// Highest nonce of a quote that was used here; 0 before the first.
    quote_nonce: U64,
    /// Latest deadline of a quote that was used here, Unix seconds; null is never.
    #[schema(required, example = 1_767_226_500)]
    quote_deadline: Option<i64>,
    /// When the wallet last signed terms, Unix seconds.
    #[schema(example = 1_767_225_600)]
    subscribed_at: i64,
    /// Start of the period that was charged last, Unix seconds.
    #[schema(example = 1_767_225_600)]
    period_start: i64,
    /// Until when service is paid, Unix seconds.
    #[schema(example = 1_769_817_600)]
    paid_through: i64,
    /// From when the next period can be charged, Unix seconds.
    #[schema(example = 1_769_817_600)]
    next_due: i64,
    /// No charge before this time, Unix seconds; null is never.
    #[schema(required, example = 0)]
    paused_until: Option<i64>,
    /// What the last charge took, in the mint's smallest unit.
    period_debit: U64,
    /// The part of it that was refunded.
    period_refunded: U64,
    /// What an earlier plan's unused time was worth in it, on top of the debit.
    period_credit: U64,
    /// Points that the last charge gave.
    period_points: U64,
    /// Whether the vault was frozen at the last charge, so that the merchant got the commission.
    period_vault_frozen: bool,
    /// Commission ledgers of the three referral levels, nearest first; null is none.
    ledgers: [Option<Key>; 3],
    /// Plan that follows at the end of the period.
    #[schema(required)]
    pending_plan: Option<Key>,
    /// Price of a period under it; null without one.
    #[schema(required)]
    pending_price: Option<U64>,
    /// Periods after its first that may be collected; null without one.
    #[schema(required, example = 12)]
    pending_periods: Option<i64>,
    /// Slot at which the account was read.
    #[schema(example = 361_000_000)]
    slot: i64,
    /// Whether the account is closed; the rest is then as last read.
    closed: bool,
}

impl Subscription {
    /// With its finality.
    pub(super) fn shown(
        found: query::subscriptions::Subscription,
        final_slot: i64,
    ) -> Result<Shown<Self>, Error> {
        let slot = found.row.slot;
        Ok(Shown::new(slot, Self::try_from(found)?, final_slot))
    }
}

impl TryFrom<query::subscriptions::Subscription> for Subscription {
    type Error = Error;

    fn try_from(found: query::subscriptions::Subscription) -> Result<Self, Error> {
        let row = found.row;
        let state = u8::try_from(row.state)
            .ok()
            .and_then(State::from_code)
            .ok_or(Error::internal("subscription state"))?;
        Ok(Self {
            address: row.address.into(),
            header: header!(row),
            plan: row.plan.into(),
            first_plan: row.first_plan.into(),
            wallet: row.wallet.into(),
            payer_token: row.payer_token.into(),
            state,
            status: Status(found.status),
            price: row.price.into(),
            schedule: schedule!(row),
            anchor_day: row.anchor_day,
            hold_secs: row.hold_secs,
            commission_bps: row.commission_bps,
            boosts_bps: row.boosts_bps,
            discounts_bps: row.discounts_bps,
            approved_periods: row.approved_periods,
            periods_paid: row.periods_paid,
            agreement_seq: row.agreement_seq.into(),
            authority_generation: row.authority_generation.into(),
            permanent_delegate: row.consents & i16::from(Plan::PERMANENT_DELEGATE) != 0,
            metered: row.consents & i16::from(Plan::METERED) != 0,
            quote_nonce: row.quote_nonce.into(),
            quote_deadline: unless_never(row.quote_deadline),
            subscribed_at: row.subscribed_at,
            period_start: row.period_start,
            paid_through: row.paid_through,
            next_due: row.next_due,
            paused_until: unless_never(row.paused_until),
            period_debit: row.period_debit.into(),
            period_refunded: row.period_refunded.into(),
            period_credit: row.period_credit.into(),
            period_points: row.period_points.into(),
            period_vault_frozen: row.period_flags & i16::from(Settlement::VAULT_FROZEN) != 0,
            ledgers: [row.ledger_1, row.ledger_2, row.ledger_3].map(|key| key.map(Key::from)),
            pending_plan: row.pending_plan.map(Key::from),
            pending_price: row.pending_plan.map(|_| row.pending_price.into()),
            pending_periods: row.pending_plan.map(|_| row.pending_periods),
            slot: row.slot,
            closed: row.closed,
        })
    }
}

/// List subscriptions.
///
/// By address, a page at a time.
#[utoipa::path(get, operation_id = "list_subscriptions", path = "/v1/subscriptions", tag = "mirror", params(SubscriptionFilters, Paging<SubscriptionFilters>),
    responses((status = 200, description = "A page of subscriptions.", body = Listing<Shown<Subscription>>), Refusals))]
async fn list(
    extract::State(api): extract::State<ApiState>,
    list: List<SubscriptionFilters>,
) -> Result<Json<Listing<Shown<Subscription>>>, Error> {
    let filter = query::subscriptions::SubscriptionFilter {
        org: list.filters.org.map(Key::into),
        plan: list.filters.plan.map(Key::into),
        wallet: list.filters.wallet.map(Key::into),
        state: list.filters.state.map(|state| state.0 as i16),
        status: list.filters.status.map(|status| status.0),
        include_closed: list.filters.include_closed.unwrap_or_default().0,
    };
    let (mut mirror, final_slot) = api.mirror().await?;
    let looked = query::subscriptions::list(&mut mirror, &filter, list.page()).await?;
    let show = |found| Subscription::shown(found, final_slot);
    list.answer_looked(looked, |found| found.row.address, show)
}

/// Get a subscription.
#[utoipa::path(get, operation_id = "get_subscription", path = "/v1/subscriptions/{address}", tag = "mirror",
    params(("address" = Key, Path, description = "The subscription.")),
    responses((status = 200, description = "The subscription, even when its account is gone.", body = Shown<Subscription>), ItemRefusals))]
async fn get(
    extract::State(api): extract::State<ApiState>,
    PathParam(address): PathParam<Key>,
    Filters(()): Filters<()>,
) -> Result<Hashed<Shown<Subscription>>, Error> {
    let (mut mirror, final_slot) = api.mirror().await?;
    let found = query::subscriptions::get(&mut mirror, address.into())
        .await?
        .ok_or(Error::absent("subscription", address))?;
    // Not by its slot alone: the status changes with the clock.
    Ok(Hashed(Subscription::shown(found, final_slot)?))
}
