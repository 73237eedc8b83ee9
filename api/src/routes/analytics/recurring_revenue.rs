//! Monthly recurring revenue and what moved it, from the receipts on the chain.

use crate::{
    auth::Read,
    error::Error,
    extract::{Filters, Param, parameters},
    http::unit_of_work::Reader,
    openapi::EngineRefusals,
    state::ApiState,
    wire::{Conversion, Key, Moment, Month},
};
use axum::{Json, extract::State};
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;
use std::collections::BTreeSet;
use tessera_domain::{
    analytics::recurring_revenue::{self, Movement, dollar_series, monthly_series},
    time::Timestamp,
};
use tessera_store::{
    Key as StoredKey, PgConnection,
    access::organisation,
    analytics::{exchange_rate, receipts},
    mirror::chain_feed,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(series))
}

/// How many months are asked for.
pub(crate) struct MonthCount(u8);

impl MonthCount {
    const DEFAULT: Self = Self(12);
    const MAX: u8 = 120;
}

impl Param for MonthCount {
    const RULE: &'static str = "must be a whole number from 1 to 120";

    fn parse(text: &str) -> Option<Self> {
        let count = text.parse().ok()?;
        (1..=Self::MAX).contains(&count).then_some(Self(count))
    }
}

impl PartialSchema for MonthCount {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(Self::MAX))
            .default(Some(Self::DEFAULT.0.into()))
            .examples([6])
            .into()
    }
}

parameters! {
    /// Which months.
    struct SeriesFilters {
        /// The first month; unless given, such that the present month is the last.
        from: Month,
        /// How many months.
        months: MonthCount,
    }
}

/// Recurring revenue by mint and month.
#[derive(Serialize, ToSchema)]
struct RecurringRevenue {
    /// Up to when payments are known: where the mirror stands, by the network's clock.
    known_until: Moment,
    /// Each mint that the organisation's plans take, by address.
    mints: Vec<MintSeries>,
    /// All mints together.
    in_dollars: DollarSeries,
}

/// Recurring revenue in all mints, converted by the rates in force at the end of the last month, the
/// same in every month, so that no rate moves it.
#[derive(Serialize, ToSchema)]
struct DollarSeries {
    /// Month by month, amounts in millionths of a US dollar; null when a mint that was paid in has no
    /// rate.
    #[schema(required)]
    months: Option<Vec<MonthOfMint>>,
    /// How mints became dollars.
    #[serde(flatten)]
    conversion: Conversion,
}

/// Recurring revenue in a mint.
#[derive(Serialize, ToSchema)]
struct MintSeries {
    /// The mint.
    mint: Key,
    /// Its decimals.
    #[schema(example = 6)]
    decimals: u8,
    /// Month by month; each closing is the next opening. Months that have not begun are left out.
    months: Vec<MonthOfMint>,
}

/// What moved recurring revenue in a month.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "month": "2026-01", "complete": true,
    "opening": "90000000", "new": "30000000", "expansion": "5000000", "reactivation": "10000000",
    "contraction": "2000000", "churn": "13000000", "closing": "120000000",
    "wallets": { "opening": 9, "new": 3, "expansion": 1, "reactivation": 1, "contraction": 1,
        "churn": 1, "closing": 12 },
    "growth": 0.3333, "growth_interval": [0.05, 0.62]
}))]
struct MonthOfMint {
    /// The month.
    month: Month,
    /// Whether it is over; one that runs on is shown up to `known_until`.
    #[schema(example = true)]
    complete: bool,
    /// Amounts in the mint's smallest unit, or in millionths of a dollar, a month, and how many wallets
    /// are behind each.
    /// `opening + new + expansion + reactivation - contraction - churn = closing`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    movement: Movement,
    /// `(closing - opening) / opening`; null when the opening is 0.
    #[schema(required, example = 0.3333)]
    growth: Option<f64>,
    /// 95% interval of the growth, wallets being independent of each other; null when the opening
    /// is 0 or fewer than two wallets had revenue at either end.
    #[schema(required, example = json!([0.05, 0.62]))]
    growth_interval: Option<[f64; 2]>,
}

/// Report recurring revenue.
///
/// From payments on the chain: a subscription counts from a payment until the time that it paid for
/// ends, with its amount a month: a twelfth of a year's, 365.25 / 12 / 7 times a week's. The customer
/// is the wallet, whatever it pays in. Who cancels and signs another subscription within the
/// organisation's grace changed plans: an expansion or a contraction in the month in which the new one
/// is first paid for. A renewal that is late across a month's end is churn in the one month and
/// reactivation in the next.
#[utoipa::path(get, operation_id = "get_recurring_revenue", path = "/v1/recurring-revenue", tag = "analytics", security(("bearer" = [])),
    params(SeriesFilters),
    responses((status = 200, description = "Month by month.", body = RecurringRevenue), EngineRefusals))]
async fn series(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    Filters(SeriesFilters { from, months }): Filters<SeriesFilters>,
) -> Result<Json<RecurringRevenue>, Error> {
    let known_until = known_until(&mut reader, api.now()).await?;
    let MonthCount(count) = months.unwrap_or(MonthCount::DEFAULT);
    let first = match from {
        Some(Month(first)) => first,
        None => first_of(count, known_until),
    };
    let mints = receipts::mints(&mut reader).await?;
    let grace = organisation::current(&mut reader)
        .await?
        .plan_change_grace();
    let wallets = receipts::by_wallet(&mut reader, known_until, grace).await?;
    let series = monthly_series(&wallets, first, count.into(), known_until);
    let end = series
        .last()
        .and_then(|(month, _)| month.period_before(known_until))
        .map_or(known_until, |period| period.to());
    let rates = exchange_rate::in_force(&mut reader, end).await?;
    let worth = receipts::worth(&mints, &rates);
    let paid_in: BTreeSet<_> = wallets.iter().flat_map(|it| it.mints_before(end)).collect();
    let paid_in: Vec<String> = paid_in
        .into_iter()
        .map(|mint| StoredKey(*mint).to_string())
        .collect();
    let months = dollar_series(&wallets, first, count.into(), known_until, &worth);
    let shown = |month, movement| MonthOfMint::new(month, movement, known_until);
    let in_dollars = DollarSeries {
        months: months.map(|months| months.into_iter().map(|it| shown(it.0, it.1)).collect()),
        conversion: rates.conversion(paid_in.iter().map(String::as_str)).into(),
    };
    let mints = mints
        .into_iter()
        .map(|mint| MintSeries {
            mint: mint.address.into(),
            decimals: mint.decimals,
            months: series
                .iter()
                .map(|(month, movements)| shown(*month, movements.of(&mint.address.0)))
                .collect(),
        })
        .collect();
    Ok(Json(RecurringRevenue {
        known_until: known_until.into(),
        mints,
        in_dollars,
    }))
}

impl MonthOfMint {
    fn new(month: recurring_revenue::Month, movement: Movement, known_until: Timestamp) -> Self {
        Self {
            month: Month(month),
            complete: month.is_over(known_until),
            growth: movement.growth().and_then(|growth| growth.to_f64()),
            growth_interval: movement.growth_interval(),
            movement,
        }
    }
}

/// The first of `count` months of which the last holds `moment`.
fn first_of(count: u8, moment: Timestamp) -> recurring_revenue::Month {
    let mut first = recurring_revenue::Month::containing(moment);
    for _ in 1..count {
        first = first.previous().unwrap_or(first);
    }
    first
}

/// Up to when payments are known: where the mirror stands, by the network's clock; now, when no
/// mirror was ever written.
pub(super) async fn known_until(
    conn: &mut PgConnection,
    now: Timestamp,
) -> Result<Timestamp, Error> {
    let tip = chain_feed::tip(conn).await?;
    Ok(tip
        .filter(|tip| tip.at > 0)
        .map_or(now, |tip| Timestamp::from_secs(tip.at)))
}
