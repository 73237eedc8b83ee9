//! Retention: who comes back.

use crate::{
    auth::Read,
    error::Error,
    extract::{Body, Checks},
    http::unit_of_work::Querier,
    openapi::EngineRefusals,
    query::{OTHER, just_after},
    schema,
    state::ApiState,
    wire::Moment,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use tessera_domain::{
    analytics::retention::{
        CohortBy, CohortRow, MAX_PERIODS, Period, PersonActivity, Retention, RetentionDefinition,
    },
    event::Event,
    filter::{self, EventFilter},
    statistics::groups::Groups,
    time::Timestamp,
};
use tessera_store::analytics::histories::{EventStore, Question};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Most cohorts of a table by segment or channel.
const MAX_COHORTS: usize = 200;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(retention))
}

/// Which table.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RetentionQuery {
    /// How people are grouped into cohorts: `signup`, the period of their first act; `segment`,
    /// the one that was stated last; or `channel`, which brought them first.
    #[schema(value_type = String, pattern = "^(signup|segment|channel)$", example = "signup")]
    cohort: CohortBy,
    /// Length of the periods: `day`, `week` (from Monday) or `month`, all in UTC.
    #[schema(value_type = String, pattern = "^(day|week|month)$", example = "week")]
    period: Period,
    /// How many periods are shown, from 1 to 400; period 0 is the one of a person's first act.
    #[schema(minimum = 1, maximum = 400, example = 12)]
    periods: u32,
    /// The events that count as coming back; any act of the person, unless given.
    #[serde(default)]
    #[schema(value_type = schema::EventFilters, required = false)]
    returned_by: Vec<EventFilter>,
    /// Only people whose first act was at or after this moment. For `signup`, those of the last
    /// `periods` periods, unless given.
    from: Option<Moment>,
    /// Only what had happened by this moment is counted; now, by the later of the network's clock and
    /// ours, unless given.
    as_of: Option<Moment>,
}

/// Retention of every cohort.
#[derive(Serialize, ToSchema)]
struct RetentionTable {
    /// The definition of the table.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "period": "week", "periods": 12,
        "as_of": "2026-01-31T12:00:00Z" }))]
    definition: RetentionDefinition,
    /// By label. Of more than 200 segments or channels, those with the most people are shown, and all
    /// others together, last, as `(other)`.
    #[schema(value_type = Vec<Object>, example = json!([{ "cohort": "2026-W03", "size": 40,
        "cells": [{ "numerator": 40, "denominator": 40, "rate": 1.0, "interval": [0.9124, 1.0] },
            { "numerator": 10, "denominator": 40, "rate": 0.25, "interval": [0.1419, 0.4019] },
            null] }]))]
    rows: Vec<CohortRow>,
    /// How many values of events of these people had no order to those of `less` and `greater`, so that
    /// they were neither.
    #[schema(example = 0)]
    not_compared: usize,
}

/// Compute retention.
///
/// For each cohort, the share of its people who came back in the k-th calendar period after that of
/// their first act. What is done to people, such as mail that reaches them or a charge, is no act of
/// theirs, and neither is what a machine did; the event registry says which events are. A cell is
/// null until its period is over for at least one of them: what is not known yet is not 0.
#[utoipa::path(post, operation_id = "query_retention", path = "/v1/query/retention", tag = "analytics", security(("bearer" = [])),
    request_body = RetentionQuery,
    responses((status = 200, description = "The table.", body = RetentionTable), EngineRefusals))]
async fn retention(
    State(api): State<ApiState>,
    querier: Querier<Read>,
    Body(query): Body<RetentionQuery>,
) -> Result<Json<RetentionTable>, Error> {
    let now = querier.clocks(&api).await?.event_log;
    let as_of = query.as_of.map_or(now, |as_of| as_of.0);
    query.check(now, as_of)?;
    let RetentionQuery {
        cohort,
        period,
        periods,
        mut returned_by,
        from,
        ..
    } = query;
    let rules = querier.rules(&api).await?;
    for (index, filter) in returned_by.iter_mut().enumerate() {
        let named = filter.canonicalise(&rules.registry);
        named.map_err(|it| it.within(&format!("returned_by[{index}]")))?;
    }
    let reading = &rules.reading;
    let definition = RetentionDefinition {
        period,
        periods,
        as_of,
    };
    let mut table = Retention::new(definition)?;
    let is_asked = |start: Timestamp| match from {
        Some(from) => start >= from.0,
        None if cohort == CohortBy::Signup => {
            period.index(as_of) - period.index(start) < i64::from(periods)
        }
        None => true,
    };
    let mut groups = Groups::new(table.clone());
    let mut not_compared = 0;
    let mut is_first_pass = true;
    let mut each = |groups: &mut Groups<Retention>, events: &[Event], is_first_pass: bool| {
        let is_act = |event: &&Event| reading.acts.is_act(event);
        let Some(start) = events.iter().find(is_act).map(|event| event.at) else {
            return;
        };
        let label = cohort.label(events, period, reading);
        let Some(label) = label.filter(|_| is_asked(start)) else {
            return;
        };
        if is_first_pass {
            not_compared += filter::not_compared(&returned_by, events);
        }
        let returns = events.iter().filter(|event| {
            if returned_by.is_empty() {
                is_act(event)
            } else {
                returned_by.iter().any(|filter| filter.matches(event))
            }
        });
        let moments = returns.map(|event| event.at);
        let person = PersonActivity::new(label, period, start, moments);
        if cohort == CohortBy::Signup {
            table.add(&person);
        } else {
            groups.add(&person.cohort).add(&person);
        }
    };
    let events = Question {
        until: Some(just_after(as_of)),
        ..Question::default()
    };
    loop {
        let mut each = |_: Uuid, events: &[Event]| each(&mut groups, events, is_first_pass);
        api.pools
            .questions
            .histories(querier.caller.organisation, &events, &mut each)
            .await?;
        if !groups.needs_another_pass() {
            break;
        }
        is_first_pass = false;
    }
    let mut rows = table.table().rows;
    rows.extend(largest(groups)?);
    Ok(Json(RetentionTable {
        definition,
        rows,
        not_compared,
    }))
}

/// The rows of the largest cohorts by label, and one of all others.
fn largest(groups: Groups<Retention>) -> Result<Vec<CohortRow>, Error> {
    let mut failed = None;
    let top = groups.top(MAX_COHORTS, |sum, more| {
        failed = failed.take().or(sum.merge(more).err());
    });
    if failed.is_some() {
        return Err(Error::internal("cohorts of another table"));
    }
    let mut rows: Vec<CohortRow> = top
        .largest
        .into_iter()
        .flat_map(|(_, cohort)| cohort.table().rows)
        .collect();
    rows.sort_by(|left, right| left.cohort.cmp(&right.cohort));
    if let Some(other) = top.other {
        rows.push(other.sum.together(OTHER));
    }
    Ok(rows)
}

impl RetentionQuery {
    fn check(&self, now: Timestamp, as_of: Timestamp) -> Result<(), Error> {
        let mut checks = Checks::default();
        let rule = "must be a whole number from 1 to 400";
        checks.that("periods", rule, (1..=MAX_PERIODS).contains(&self.periods));
        checks.past("as_of", self.as_of, now);
        checks.filters("returned_by", &self.returned_by);
        if let Some(Moment(from)) = self.from {
            let far = self.period.index(as_of) - self.period.index(from) >= i64::from(MAX_PERIODS);
            let too_far = far && self.cohort == CohortBy::Signup;
            let rule =
                "must not be later than as_of, and for signup less than 400 periods before it";
            checks.that("from", rule, from <= as_of && !too_far);
        }
        checks.finish()
    }
}
