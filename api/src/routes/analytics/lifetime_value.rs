//! Customers' lifetime value: what they can be expected to buy.

use crate::{
    auth::Read,
    error::Error,
    extract::{Body, Checks},
    http::unit_of_work::Querier,
    openapi::EngineRefusals,
    query::{Unit, compute, just_after},
    schema,
    state::ApiState,
    wire::{Conversion, Id, Key, Moment},
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
};
use tessera_domain::refusal::Refusal;
use tessera_domain::{
    analytics::{
        lifetime_value::{
            BgNbd, Customer, Estimate, FitOptions, FitReport, GammaGamma, Horizon, Portfolio,
            Purchase, Setting, observed_until, summarise,
        },
        subscriptions::{SUBSCRIPTION_EVENTS, subscriptions},
        succession::Grace,
    },
    event::Event,
    exchange::{Worth, dollar_micros},
    time::Timestamp,
};
use tessera_store::analytics::histories::{EventStore, Question};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Customers listed one by one, by default.
const CUSTOMERS: usize = 10;
/// Most customers that a request may ask for.
const MAX_CUSTOMERS: usize = 100;
/// A day, the length of a period unless given.
const DAY_SECS: u32 = 86_400;
/// From an hour to a year.
const PERIOD_SECS: std::ops::RangeInclusive<u32> = 3_600..=31_622_400;
/// Twelve months of 30 days.
const YEAR: Horizon = Horizon {
    steps: 12,
    periods_per_step: 30.0,
    discount_rate_per_step: 0.01,
};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(lifetime_value))
}

/// Whose value, and how far ahead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LifetimeValueQuery {
    /// Only payments in this mint. Without it, what was paid in several is converted to dollars.
    mint: Option<Key>,
    /// Length of a period, from an hour to 366 days: payments of one period are one purchase. A
    /// day, unless given.
    #[schema(minimum = 3600, maximum = 31_622_400, example = 86_400)]
    period_secs: Option<u32>,
    /// A moment in the last period that is observed; now by the network's clock, unless given.
    observation_end: Option<Moment>,
    /// How far ahead; 12 steps of 30 periods at 0.01, unless given.
    #[schema(value_type = Option<schema::Horizon>)]
    horizon: Option<Horizon>,
    /// Keeps the parameters of small samples small; 0, which is none, unless given.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1, example = 0.0)]
    penalizer: f64,
    /// How many customers to list one by one, from 1 to 100; 10 unless given.
    #[schema(minimum = 1, maximum = 100, example = 10)]
    customers: Option<usize>,
}

/// Customers' lifetime value. Amounts are in the mint's smallest unit, or in millionths of a dollar where
/// payments are in several mints.
#[derive(Serialize, ToSchema)]
struct LifetimeValue {
    /// The mint of all amounts; null when nothing was paid, and when it was paid in several.
    #[schema(example = "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    mint: Option<String>,
    /// The currency of all amounts: the mint, or `USD` when there are several; null when nothing was
    /// paid.
    #[schema(example = "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    currency: Option<String>,
    /// How several mints became dollars. When one has no exchange rate, amounts are not known: `spend`
    /// has no parameters, and all values are null.
    #[serde(flatten)]
    conversion: Conversion,
    /// End of the observation.
    observation_end: Moment,
    /// Length of a period, seconds.
    #[schema(example = 86_400)]
    period_secs: u32,
    /// How far ahead the estimates reach.
    #[schema(value_type = schema::Horizon)]
    horizon: Horizon,
    /// BG/NBD: how often customers buy, and whether they still are customers. Subscriptions break
    /// its assumptions, as `warnings` says. `parameters` are null when nobody paid twice.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "parameters": { "r": 0.24, "alpha": 4.41,
        "a": 0.79, "b": 2.43 }, "log_likelihood": -9582.4, "iterations": 412, "converged": true,
        "customers": 2357, "repeat_customers": 946, "warnings": [{ "kind": "contractual_setting" }] }))]
    purchases: FitReport<BgNbd>,
    /// Gamma-Gamma: how much they spend; `v` is in the mint's smallest unit.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "parameters": { "p": 6.25, "q": 3.74,
        "v": 15_447_000.0 }, "log_likelihood": -15_000.2, "iterations": 300, "converged": true,
        "customers": 946, "repeat_customers": 946, "warnings": [] }))]
    spend: FitReport<GammaGamma>,
    /// Repeat purchases of a new customer within the horizon; null when nothing could be fitted.
    #[schema(required, example = 1.2)]
    new_customer_purchases: Option<f64>,
    /// Over all customers.
    totals: Totals,
    /// Those with the highest value; none when nothing could be fitted.
    top_customers: Vec<CustomerValue>,
    /// Those least likely to be customers still.
    likely_lost: Vec<CustomerValue>,
}

/// Sums over all customers.
#[derive(Serialize, ToSchema)]
struct Totals {
    /// People who paid.
    #[schema(example = 2357)]
    customers: usize,
    /// Purchases that are expected of them within the horizon; null when nothing could be fitted.
    #[schema(example = 1800.5)]
    expected_purchases: Option<f64>,
    /// Discounted spend that is expected within the horizon, rounded, as a decimal string; null
    /// when nothing could be fitted.
    #[schema(example = "63000000000")]
    value: Option<String>,
    /// People whose value is not known and not in the sum.
    #[schema(example = 0)]
    without_value: usize,
}

/// What is expected of a customer.
#[derive(Serialize, ToSchema)]
struct CustomerValue {
    /// The customer.
    person: Id,
    /// Periods with a payment after the first such period.
    #[schema(example = 6)]
    frequency: u32,
    /// Periods from the first payment to the last.
    #[schema(example = 180.0)]
    recency: f64,
    /// Periods from the first payment to the end of the observation.
    #[schema(example = 200.0)]
    age: f64,
    /// Mean of what was paid in those periods, rounded, as a decimal string; null when there are
    /// none.
    #[schema(example = "25000000")]
    mean_spend: Option<String>,
    /// Probability that they will ever pay again.
    #[schema(example = 0.97)]
    probability_alive: f64,
    /// Purchases that are expected within the horizon.
    #[schema(example = 9.4)]
    expected_purchases: f64,
    /// Discounted spend that is expected within the horizon, rounded, as a decimal string; null
    /// when it is infinite or could not be fitted.
    #[schema(example = "221000000")]
    value: Option<String>,
}

impl From<&Estimate> for CustomerValue {
    fn from(estimate: &Estimate) -> Self {
        let summary = &estimate.summary;
        Self {
            person: estimate.person.into(),
            frequency: summary.frequency,
            recency: summary.recency,
            age: summary.age,
            mean_spend: summary.mean_spend_micros.and_then(units),
            probability_alive: estimate.probability_alive,
            expected_purchases: estimate.expected_purchases,
            value: estimate.value_micros.and_then(units),
        }
    }
}

/// Estimate customers' lifetime value.
///
/// A purchase is what a customer paid in one period for all their subscriptions, net of refunds.
/// BG/NBD and Gamma-Gamma are fitted to everybody who paid. Too little data is not an error: what
/// cannot be fitted is null, and `warnings` says why.
#[utoipa::path(post, operation_id = "query_lifetime_value", path = "/v1/query/lifetime-value", tag = "analytics", security(("bearer" = [])),
    request_body = LifetimeValueQuery,
    responses((status = 200, description = "Fits and estimates.", body = LifetimeValue), EngineRefusals))]
async fn lifetime_value(
    State(api): State<ApiState>,
    querier: Querier<Read>,
    Body(query): Body<LifetimeValueQuery>,
) -> Result<Json<LifetimeValue>, Error> {
    let clocks = querier.clocks(&api).await?;
    let observation_end = query.observation_end.map_or(clocks.network, |end| end.0);
    let period_secs = query.period_secs.unwrap_or(DAY_SECS);
    let horizon = query.horizon.unwrap_or(YEAR);
    let shown = query.customers.unwrap_or(CUSTOMERS);
    let mut checks = Checks::default();
    checks.past("observation_end", query.observation_end, clocks.event_log);
    let rule = "must be a whole number from 3600 to 31622400";
    checks.that("period_secs", rule, PERIOD_SECS.contains(&period_secs));
    let rule = "must be a whole number from 1 to 100";
    checks.that("customers", rule, (1..=MAX_CUSTOMERS).contains(&shown));
    let rule = "must be a number from 0 to 1";
    checks.that("penalizer", rule, (0.0..=1.0).contains(&query.penalizer));
    checks.finish()?;
    horizon
        .validate()
        .map_err(|error| Refusal::from(error).within("horizon"))?;
    let period = NonZeroU32::new(period_secs).unwrap_or(NonZeroU32::MIN);
    let mut asked = Asked {
        mint: query.mint.map(|mint| mint.to_string()),
        grace: querier.organisation(&api).await?.plan_change_grace(),
        period,
        observation_end,
        worth: None,
    };
    let mut found = asked.of_everybody(&api, &querier).await?;
    let mut unit = Unit::of(asked.mint.as_ref(), &found.mints);
    if unit.is_dollars() {
        let exchange = querier.exchange(&api, just_after(observation_end)).await?;
        unit.conversion = exchange.conversion(&found.mints);
        if unit.conversion.is_complete() {
            // The mints are known from here on. Sums over several mints cannot be taken apart, so
            // everybody is read once more.
            asked.worth = Some(exchange.worth);
            found = asked.of_everybody(&api, &querier).await?;
        } else {
            for customer in &mut found.customers {
                customer.summary.mean_spend_micros = None;
            }
        }
    }
    let customers = found.customers;
    let options = FitOptions {
        setting: Setting::Contractual,
        penalizer: query.penalizer,
    };
    let count = customers.len();
    let horizon_periods = f64::from(horizon.steps) * horizon.periods_per_step;
    let portfolio = compute(move || Portfolio::fit(&customers, &options, &horizon))
        .await?
        .map_err(Refusal::from)?;
    Ok(Json(LifetimeValue {
        mint: unit.mint,
        currency: unit.currency,
        conversion: unit.conversion.into(),
        observation_end: observation_end.into(),
        period_secs,
        horizon,
        new_customer_purchases: portfolio.purchases.parameters.as_ref().and_then(|model| {
            model
                .expected_purchases_of_new_customer(horizon_periods)
                .ok()
        }),
        totals: totals(count, &portfolio.estimates),
        top_customers: by(&portfolio.estimates, shown, |a, b| {
            let value = |it: &Estimate| it.value_micros.unwrap_or(0.0);
            let purchases = || b.expected_purchases.total_cmp(&a.expected_purchases);
            value(b).total_cmp(&value(a)).then_with(purchases)
        }),
        likely_lost: by(&portfolio.estimates, shown, |a, b| {
            a.probability_alive.total_cmp(&b.probability_alive)
        }),
        purchases: portfolio.purchases,
        spend: portfolio.spend,
    }))
}

/// Which payments are purchases.
struct Asked {
    mint: Option<String>,
    grace: Grace,
    period: NonZeroU32,
    observation_end: Timestamp,
    /// What mints are worth, for amounts in millionths of a dollar; none for the smallest unit of one.
    worth: Option<BTreeMap<String, Worth>>,
}

/// What was found of everybody.
#[derive(Default)]
struct Found {
    mints: BTreeSet<String>,
    customers: Vec<Customer>,
}

impl Asked {
    async fn of_everybody(&self, api: &ApiState, querier: &Querier<Read>) -> Result<Found, Error> {
        let mut found = Found::default();
        let mut each = |person: Uuid, events: &[Event]| self.add(&mut found, person, events);
        let events = Question {
            names: SUBSCRIPTION_EVENTS.map(str::to_owned).into(),
            from: None,
            until: Some(observed_until(self.period, self.observation_end)),
        };
        let store = &api.pools.questions;
        store
            .histories(querier.caller.organisation, &events, &mut each)
            .await?;
        Ok(found)
    }

    fn add(&self, found: &mut Found, person: Uuid, events: &[Event]) {
        let mut purchases = Vec::new();
        let bought = subscriptions(events, self.grace);
        for payment in bought.into_iter().flat_map(|it| it.payments) {
            if self.mint.as_ref().is_some_and(|it| *it != payment.mint) {
                continue;
            }
            let amount_micros = match &self.worth {
                Some(worth) => dollar_micros(worth, &payment.mint, payment.amount),
                None => payment.amount,
            };
            purchases.push(Purchase {
                at: payment.at,
                amount_micros,
            });
            found.mints.insert(payment.mint);
        }
        let summary = summarise(&purchases, self.period, self.observation_end);
        let customer = summary.map(|summary| Customer { person, summary });
        found.customers.extend(customer);
    }
}

/// The first `count` estimates in an order; equal ones are ordered by person.
fn by(
    estimates: &[Estimate],
    count: usize,
    order: impl Fn(&Estimate, &Estimate) -> std::cmp::Ordering,
) -> Vec<CustomerValue> {
    let mut sorted: Vec<&Estimate> = estimates.iter().collect();
    sorted.sort_by(|a, b| order(a, b).then_with(|| a.person.cmp(&b.person)));
    sorted.into_iter().take(count).map(Into::into).collect()
}

fn totals(customers: usize, estimates: &[Estimate]) -> Totals {
    let purchases = estimates.iter().map(|it| it.expected_purchases).sum();
    let values: Vec<f64> = estimates.iter().filter_map(|it| it.value_micros).collect();
    Totals {
        customers,
        expected_purchases: (!estimates.is_empty()).then_some(purchases),
        value: (!values.is_empty())
            .then(|| values.iter().sum())
            .and_then(units),
        without_value: customers - values.len(),
    }
}

/// An estimate of money in whole units.
fn units(amount: f64) -> Option<String> {
    amount.is_finite().then(|| format!("{amount:.0}"))
}
