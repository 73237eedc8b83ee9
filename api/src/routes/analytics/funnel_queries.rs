//! Results of funnels: those of a kept funnel come from its sums, those of any other from the event
//! log, by the same reduction.

mod parameters;

use self::parameters::{PeopleFilters, ResultFilters, Revenue, StepNumber, attempts, of_funnel};
use super::funnels::{FunnelId, FunnelStatus, check_definition, find};
use crate::{
    auth::Read,
    error::Error,
    extract::{Body, Checks, Filters, List, Paging, Param, PathParam},
    http::{
        conditional::Hashed,
        unit_of_work::{Querier, Reader},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Conversion, Currency, Day, Id, Listing, Moment},
};
use axum::{Json, extract::State};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tessera_domain::{
    analytics::funnel::{
        Counting, Entered, FunnelDefinition, FunnelReport, Mode, PersonHits, classify, reduce,
        report,
    },
    event::Event,
};
use tessera_store::analytics::{
    funnel::{self, FunnelPerson},
    histories::{EventStore, Question},
};
use tessera_store::read::plan_once;
use utoipa::{
    ToSchema,
    openapi::{Object, ObjectBuilder, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(results))
        .routes(routes!(people))
        .routes(routes!(ask))
}

/// The assumed revenue of a conversion.
#[derive(Serialize, ToSchema)]
struct RevenueUsed {
    /// The amount, a decimal number; null when a mint has no rate, so that the mean is not known.
    #[schema(value_type = Option<String>, required, example = "120.5")]
    amount: Option<Decimal>,
    /// What the amount is in whole units of: a mint, or `USD` when subscriptions are paid in several;
    /// null when the caller gave the amount.
    #[schema(required)]
    currency: Option<Currency>,
    /// How several mints became dollars.
    #[serde(flatten)]
    conversion: Conversion,
}

/// The results of a kept funnel.
#[derive(Serialize, ToSchema)]
struct FunnelResults {
    /// The funnel.
    id: FunnelId,
    /// The funnel's name.
    #[schema(example = "demo to subscription")]
    name: String,
    /// While it is `building`, events from before its creation are missing.
    #[schema(example = "live")]
    status: FunnelStatus,
    /// The assumed revenue of a conversion; null when none was given and there are no subscriptions.
    #[schema(required)]
    revenue_per_conversion: Option<RevenueUsed>,
    /// The report.
    #[schema(schema_with = report_schema)]
    report: FunnelReport,
}

/// A person behind a funnel's counts.
#[derive(Serialize, ToSchema)]
struct PersonAtStep {
    /// The person.
    person: Id,
    /// The last step that their attempt took, counted from 1.
    #[schema(example = 3)]
    step: i16,
    /// UTC day of its first step.
    entered_on: Day,
    /// Its breakdown value.
    #[schema(required, example = "organic")]
    breakdown: Option<String>,
}

impl From<FunnelPerson> for PersonAtStep {
    fn from(row: FunnelPerson) -> Self {
        Self {
            person: row.person.into(),
            step: row.level,
            entered_on: Day(NaiveDate::from_epoch_days(row.day).unwrap_or_default()),
            breakdown: Some(row.breakdown).filter(|value| !value.is_empty()),
        }
    }
}

/// A funnel to compute from the event log.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FunnelQuestion {
    /// The definition, in the form of a kept funnel's.
    #[schema(value_type = schema::FunnelDefinition)]
    definition: FunnelDefinition,
    /// Only attempts whose first step was at this moment or later.
    from: Option<Moment>,
    /// Only attempts whose first step was before this moment; later steps may follow within the window.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-02-28T12:00:00Z")]
    until: Option<Moment>,
    /// The revenue of a conversion, in any unit, by which the bottleneck is valued.
    revenue_per_conversion: Option<Revenue>,
}

/// The results from the event log.
#[derive(Serialize, ToSchema)]
struct FunnelAnswer {
    /// The report, in the form of a kept funnel's.
    #[schema(schema_with = report_schema)]
    report: FunnelReport,
}

/// The schema of a report.
fn report_schema() -> Object {
    let share = |of: u64, all: u64, rate: f64, interval: [f64; 2]| json!({ "numerator": of, "denominator": all, "rate": rate, "interval": interval });
    let quantile = |secs: f64, from: f64, below: f64| json!({ "secs": secs, "at_least_secs": from, "below_secs": below });
    let example = json!({
        "steps": [
            { "name": "demo", "persons": 400, "conversion_from_previous": null,
              "conversion_from_first": share(400, 400, 1.0, [0.990_488, 1.0]),
              "time_from_previous": null },
            { "name": "subscription", "persons": 100,
              "conversion_from_previous": share(100, 400, 0.25, [0.210_038, 0.294_711]),
              "conversion_from_first": share(100, 400, 0.25, [0.210_038, 0.294_711]),
              "time_from_previous": { "mean_secs": 90_061.5,
                  "median": quantile(80_500.0, 65_536.0, 81_920.0),
                  "p90": quantile(170_000.0, 163_840.0, 196_608.0) } }
        ],
        "bottleneck": { "step": 2, "lost_persons": 300, "lost_revenue": "36150.0" },
        "groups": [],
        "not_compared": 0
    });
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(
            "The persons at a step are all who took it. Conversions come with a 95 % Wilson interval, \
             times with mean, median and 90th percentile in seconds; the bottleneck is the step \
             whose loss costs the most. `groups` has the same for each breakdown value. \
             `not_compared` counts values of events in the range that have no order to those that \
             the definition compares them with, such as a text where it has a number.",
        ))
        .examples([example])
        .build()
}

/// Get a funnel's results.
///
/// They come from sums that every event updates, so the cost does not grow with the number of
/// events.
#[utoipa::path(get, operation_id = "get_funnel_results", path = "/v1/funnels/{id}/results", tag = "analytics", security(("bearer" = [])),
    params(("id" = FunnelId, Path, description = "The funnel's number."), ResultFilters),
    responses((status = 200, description = "Steps, conversions, times and the bottleneck.", body = FunnelResults), EngineItemRefusals))]
async fn results(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(id): PathParam<FunnelId>,
    Filters(filters): Filters<ResultFilters>,
) -> Result<Hashed<FunnelResults>, Error> {
    let wanted = attempts(filters.from, filters.through, filters.breakdown.as_ref())?;
    if filters.from.is_none() && filters.through.is_none() {
        plan_once(&mut reader).await?;
    }
    let funnel = find(&mut reader, id).await?;
    let wanted = of_funnel(wanted, &funnel.definition);
    let counts = funnel::counts(&mut reader, funnel.id, &wanted).await?;
    let revenue = match filters.revenue_per_conversion {
        Some(Revenue(amount)) => Some(RevenueUsed {
            amount: Some(amount),
            currency: None,
            conversion: Conversion::default(),
        }),
        None => funnel::mean_price(&mut reader, api.now())
            .await?
            .map(|price| RevenueUsed {
                amount: price.amount,
                currency: Some(price.mint.map_or_else(Currency::dollar, Currency::of_mint)),
                conversion: price.conversion.into(),
            }),
    };
    let amount = revenue.as_ref().and_then(|revenue| revenue.amount);
    Ok(Hashed(FunnelResults {
        id,
        status: FunnelStatus::of(&funnel),
        name: funnel.name,
        revenue_per_conversion: revenue,
        report: report(&funnel.definition, &counts, amount),
    }))
}

/// List the people behind a count.
///
/// By id, a page at a time: everyone whose attempt took the step, exactly as many as the results
/// count there.
#[utoipa::path(get, operation_id = "list_funnel_people", path = "/v1/funnels/{id}/people", tag = "analytics", security(("bearer" = [])),
    params(("id" = FunnelId, Path, description = "The funnel's number."), PeopleFilters, Paging<PeopleFilters>),
    responses((status = 200, description = "A page of people.", body = Listing<PersonAtStep>), EngineItemRefusals))]
async fn people(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<FunnelId>,
    list: List<PeopleFilters>,
) -> Result<Json<Listing<PersonAtStep>>, Error> {
    let filters = &list.filters;
    let wanted = attempts(filters.from, filters.through, filters.breakdown.as_ref())?;
    let funnel = find(&mut reader, id).await?;
    let wanted = of_funnel(wanted, &funnel.definition);
    let StepNumber(step) = filters.step.unwrap_or(StepNumber(1));
    let mut checks = Checks::default();
    let exists = usize::try_from(step).is_ok_and(|step| step <= funnel.definition.steps.len());
    checks.that("step", StepNumber::RULE, exists);
    checks.finish()?;
    let rows = funnel::people(&mut reader, funnel.id, step, &wanted, list.page()).await?;
    list.answer(rows, |row| row.person, |row| Ok(row.into()))
}

/// Compute any funnel.
///
/// It reads the events that matter to the definition from the event log, so the cost grows with
/// their number. A kept funnel with the same definition has the same results.
#[utoipa::path(post, operation_id = "query_funnel", path = "/v1/query/funnel", tag = "analytics", security(("bearer" = [])),
    request_body = FunnelQuestion,
    responses((status = 200, description = "Steps, conversions, times and the bottleneck.", body = FunnelAnswer), EngineRefusals))]
async fn ask(
    State(api): State<ApiState>,
    querier: Querier<Read>,
    Body(mut question): Body<FunnelQuestion>,
) -> Result<Json<FunnelAnswer>, Error> {
    let mut checks = Checks::default();
    check_definition(&mut checks, &question.definition);
    let backwards =
        matches!((question.from, question.until), (Some(from), Some(until)) if until <= from);
    checks.that("until", "must be later than from", !backwards);
    checks.finish()?;
    let rules = querier.rules(&api).await?;
    let named = question.definition.canonicalise(&rules.registry);
    named.map_err(|refusal| refusal.within("definition"))?;
    let definition = &question.definition;
    let entered = Entered {
        from: question.from.map_or(Entered::ANY.from, |moment| moment.0),
        until: question.until.map_or(Entered::ANY.until, |moment| moment.0),
    };
    let names = definition.event_names().into_iter();
    let wanted = Question {
        names: names.map(str::to_owned).collect(),
        // A strict history may end long before an attempt.
        from: question
            .from
            .filter(|_| definition.mode != Mode::Strict)
            .map(|moment| moment.0),
        until: question
            .until
            .map(|moment| moment.0.plus_secs(definition.window_secs.into())),
    };
    let mut counting = Counting::default();
    loop {
        let mut each = |_: Uuid, events: &[Event]| {
            let hits: PersonHits = events
                .iter()
                .filter_map(|event| classify(definition, event))
                .collect();
            let attempt = reduce(definition, &hits, entered);
            counting.add(attempt.as_ref(), &hits, entered);
        };
        api.pools
            .questions
            .histories(querier.caller.organisation, &wanted, &mut each)
            .await?;
        if !counting.needs_another_pass() {
            break;
        }
    }
    let revenue = question.revenue_per_conversion.map(|revenue| revenue.0);
    Ok(Json(FunnelAnswer {
        report: report(definition, &counting.finish(), revenue),
    }))
}
