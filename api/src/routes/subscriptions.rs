//! Wallets' agreements to plans.

use crate::{
    conditional::Versioned,
    error::Error,
    extract::{Filters, Flag, List, Listed, Paging, Param, PathParam, parameters},
    openapi::{ItemRefusals, Refusals},
    state::ApiState,
    wire::{Hex, Key, Listing, U64},
};
use axum::{Json, extract};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use tessera_client::types::accounts::SubscriptionState;
use tessera_store::{read, subscription::SubscriptionRow};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
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
        /// Only subscriptions in this state.
        state: State,
        /// Also accounts that are gone; false unless given.
        include_closed: Flag,
    }
}

impl Listed for SubscriptionFilters {
    const RESOURCE: &'static str = "subscriptions";
    type Key = tessera_store::Key;
}

/// Where a subscription stands, by name.
#[derive(Clone, Copy)]
pub(crate) struct State(SubscriptionState);

impl State {
    fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).filter_map(Self::from_code)
    }

    fn from_code(code: u8) -> Option<Self> {
        SubscriptionState::from_code(code).map(Self)
    }

    fn name(self) -> &'static str {
        match self.0 {
            SubscriptionState::Trial => "trial",
            SubscriptionState::Active => "active",
            SubscriptionState::PastDue => "past_due",
            SubscriptionState::Cancelled => "cancelled",
            SubscriptionState::Lapsed => "lapsed",
        }
    }
}

impl Param for State {
    const RULE: &'static str = "one of trial, active, past_due, cancelled, lapsed";

    fn parse(text: &str) -> Option<Self> {
        Self::all().find(|state| state.name() == text)
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl PartialSchema for State {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Self::all().map(Self::name)))
            .description(Some(
                "Charged when due (active), ended by the wallet with paid time left (cancelled). \
                 Reserved: trial, past_due, lapsed.",
            ))
            .examples(["active"])
            .into()
    }
}

impl ToSchema for State {
    fn name() -> Cow<'static, str> {
        "SubscriptionState".into()
    }
}

/// A wallet's agreement to a plan, on the terms that it signed.
#[derive(Serialize, ToSchema)]
pub(super) struct Subscription {
    /// The account.
    address: Key,
    /// The plan.
    plan: Key,
    /// Who pays.
    wallet: Key,
    /// Where it stands.
    state: State,
    /// Locked price of a period, in the mint's smallest unit.
    price: U64,
    /// When the wallet last signed terms, Unix seconds.
    #[schema(example = 1_767_225_600)]
    subscribed_at: i64,
    /// From when the next period can be charged, Unix seconds.
    #[schema(example = 1_769_817_600)]
    next_due: i64,
    /// Until when service is paid, Unix seconds.
    #[schema(example = 1_769_817_600)]
    paid_through: i64,
    /// Periods paid since the wallet last signed terms.
    #[schema(example = 1)]
    periods_paid: i64,
    /// Periods after the first that may be collected on these terms.
    #[schema(example = 12)]
    approved_periods: i64,
    /// Failed collections since the last paid period; reserved.
    #[schema(example = 0)]
    attempts: i16,
    /// Commission of each referral level at the signature, nearest first, basis points.
    #[schema(example = json!([1000, 300, 100]))]
    commission_bps: Vec<i32>,
    /// Commission ledgers of the three referral levels, nearest first; null is none.
    ledgers: [Option<Key>; 3],
    /// Generation of the token delegate at the signature.
    #[schema(example = 1)]
    authority_generation: i64,
    /// Who paid for the account and is refunded when it closes.
    rent_payer: Key,
    /// SHA-256 chain over the account's receipts.
    receipt_head: Hex,
    /// Number of receipts.
    receipt_seq: U64,
    /// Slot at which the account was read.
    #[schema(example = 361_000_000)]
    slot: i64,
    /// Whether the account is gone; the rest is then its last reading.
    closed: bool,
}

impl TryFrom<SubscriptionRow> for Subscription {
    type Error = Error;

    fn try_from(row: SubscriptionRow) -> Result<Self, Error> {
        let state = u8::try_from(row.state)
            .ok()
            .and_then(State::from_code)
            .ok_or(Error::Impossible("subscription state"))?;
        Ok(Self {
            address: row.address.into(),
            plan: row.plan.into(),
            wallet: row.wallet.into(),
            state,
            price: row.price.into(),
            subscribed_at: row.subscribed_at,
            next_due: row.next_due,
            paid_through: row.paid_through,
            periods_paid: row.periods_paid,
            approved_periods: row.approved_periods,
            attempts: row.attempts,
            commission_bps: row.commission_bps,
            ledgers: [row.ledger_1, row.ledger_2, row.ledger_3].map(|key| key.map(Key::from)),
            authority_generation: row.authority_generation,
            rent_payer: row.rent_payer.into(),
            receipt_head: row.receipt_head.into(),
            receipt_seq: row.receipt_seq.into(),
            slot: row.slot,
            closed: row.closed,
        })
    }
}

/// List subscriptions.
///
/// By address, a page at a time.
#[utoipa::path(get, operation_id = "list_subscriptions", path = "/v1/subscriptions", tag = "accounts", params(SubscriptionFilters, Paging),
    responses((status = 200, description = "A page of subscriptions.", body = Listing<Subscription>), Refusals))]
async fn list(
    extract::State(api): extract::State<ApiState>,
    list: List<SubscriptionFilters>,
) -> Result<Json<Listing<Subscription>>, Error> {
    let filter = read::subscriptions::SubscriptionFilter {
        org: list.filters.org.map(Key::into),
        plan: list.filters.plan.map(Key::into),
        wallet: list.filters.wallet.map(Key::into),
        state: list.filters.state.map(|state| state.0 as i16),
        include_closed: list.filters.include_closed.unwrap_or_default().0,
    };
    let rows =
        read::subscriptions::list(&mut *api.connection().await?, &filter, list.page()).await?;
    list.answer(rows, |row| row.address, Subscription::try_from)
}

/// Get a subscription.
#[utoipa::path(get, operation_id = "get_subscription", path = "/v1/subscriptions/{address}", tag = "accounts",
    params(("address" = Key, Path, description = "The subscription.")),
    responses((status = 200, description = "The subscription, even when its account is gone.", body = Subscription), ItemRefusals))]
async fn get(
    extract::State(api): extract::State<ApiState>,
    PathParam(address): PathParam<Key>,
    Filters(()): Filters<()>,
) -> Result<Versioned<Subscription>, Error> {
    let row = read::subscriptions::get(&mut *api.connection().await?, address.into())
        .await?
        .ok_or(Error::Absent {
            resource: "subscription",
            address,
        })?;
    Ok(Versioned {
        slot: row.slot,
        body: row.try_into()?,
    })
}
