//! How long experiments take, and what other policies would have earned.

use super::format::OfPhase;
use crate::{
    auth::Read,
    error::Error,
    extract::{Body, Filters, PathParam},
    http::unit_of_work::Reader,
    openapi::EngineItemRefusals,
    schema,
    state::ApiState,
    wire::{ExperimentKey, Name, Slug},
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tessera_domain::experiments::{
    planning::{Asked, NotPlanned, PlannedArm},
    policy::{Estimate, Evaluation},
};
use tessera_engine::experiments::planning;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(power))
        .routes(routes!(policy_value))
}

/// A plan.
#[derive(Serialize, ToSchema)]
struct PowerAnswer {
    /// Each metric that decides or explains, and each arm but the base.
    arms: Vec<Planned>,
}

/// The plan of a metric and an arm.
#[derive(Serialize, ToSchema)]
struct Planned {
    /// The metric.
    #[schema(value_type = Name)]
    metric: String,
    /// The arm.
    #[schema(value_type = Slug)]
    arm: String,
    /// The mean that the plan starts from; null where nothing is known, and then of everything else.
    #[schema(required, example = 0.1)]
    baseline: Option<f64>,
    /// The least improvement that the people of the design's method show with the power, negative where
    /// less is better.
    #[schema(required, example = 0.12)]
    detectable: Option<f64>,
    /// The relative effect that is asked for, negative where less is better.
    #[schema(required, example = 0.05)]
    effect: Option<f64>,
    /// People of the base and of the arm whom that takes.
    #[schema(required, example = json!([28000, 28000]))]
    people: Option<[i64; 2]>,
    /// Days until they have come and their windows are over, and no fewer than the decision waits for.
    #[schema(required, example = 112)]
    days: Option<i64>,
    /// The chance to find it with the people of the design's method.
    #[schema(required, example = 0.31)]
    power: Option<f64>,
    /// Why something is missing; null where nothing is.
    #[schema(required, inline, value_type = Option<MissingOfPlan>)]
    reason: Option<NotPlanned>,
}

/// Stands for [`NotPlanned`] in a schema.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "a schema has its choices")]
enum MissingOfPlan {
    /// Nothing is known of the metric: no baseline is stated, and no phase has shown one.
    NoBaseline,
    /// The correction leaves the comparison no alpha while nothing else is found.
    NoAlpha,
    /// No effect is asked for, and the design has none that is worthwhile.
    NoEffect,
    /// The method names no number of people, as a posterior does not.
    NoPeople,
    /// No number of people finds the effect, or no effect is large enough for the people.
    OutOfReach,
}

impl From<PlannedArm> for Planned {
    fn from(planned: PlannedArm) -> Self {
        Self {
            metric: planned.metric,
            arm: planned.arm,
            baseline: planned.baseline,
            detectable: planned.detectable,
            effect: planned.effect,
            people: planned.people,
            days: planned.days,
            power: planned.power,
            reason: planned.reason,
        }
    }
}

/// A policy and the metric that it is judged by.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PolicyQuestion {
    /// A metric of the design, but a ratio or a quantile.
    #[schema(value_type = Name)]
    metric: String,
    /// The chance of each arm; of one that is left out, 0. They add up to 1.
    #[schema(example = json!({ "plain": 0.0, "round": 1.0 }))]
    policy: BTreeMap<String, f64>,
}

/// What a policy would have earned a person, by three estimators.
#[derive(Serialize, ToSchema)]
struct PolicyValue {
    /// How many people the log has.
    #[schema(example = 4_000)]
    people: i64,
    /// As how many people of the policy's own they count.
    #[schema(required, example = 2_100.0)]
    effective_people: Option<f64>,
    /// By inverse propensities: without bias, and uncertain where the policy plays rare arms.
    inverse_propensity: PolicyEstimate,
    /// By inverse propensities, normalised: a little bias, and less uncertain.
    self_normalised: PolicyEstimate,
    /// By the arms' means, corrected by inverse propensities.
    doubly_robust: PolicyEstimate,
}

/// An estimate, in the metric's units.
#[derive(Serialize, ToSchema)]
struct PolicyEstimate {
    /// The estimate; null for lack of people.
    #[schema(required, example = 0.21)]
    value: Option<f64>,
    /// Its standard error.
    #[schema(required, example = 0.01)]
    standard_error: Option<f64>,
    /// Its interval at 95 %.
    #[schema(required, example = json!([0.19, 0.23]))]
    interval: Option<[f64; 2]>,
}

impl From<Estimate> for PolicyEstimate {
    fn from(estimate: Estimate) -> Self {
        Self {
            value: estimate.value,
            standard_error: estimate.standard_error,
            interval: estimate.interval,
        }
    }
}

impl From<Evaluation> for PolicyValue {
    fn from(found: Evaluation) -> Self {
        Self {
            people: found.people,
            effective_people: found.effective_people,
            inverse_propensity: found.inverse_propensity.into(),
            self_normalised: found.self_normalised.into(),
            doubly_robust: found.doubly_robust.into(),
        }
    }
}

/// Plan an experiment.
///
/// For the test that will decide, with its correction: which effect its people show, and how many
/// people and days another effect takes. What is not stated of metrics is what the base of the latest
/// phase has shown.
#[utoipa::path(post, operation_id = "plan_experiment", path = "/v1/experiments/{key}/power", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key.")),
    request_body = schema::PowerQuestion,
    responses((status = 200, description = "The plan.", body = PowerAnswer), EngineItemRefusals))]
async fn power(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(key): PathParam<ExperimentKey>,
    Body(asked): Body<Asked>,
) -> Result<Json<PowerAnswer>, Error> {
    let arms = planning::power(&mut reader, &key.0, &asked, api.now()).await?;
    Ok(Json(PowerAnswer {
        arms: arms.into_iter().map(Into::into).collect(),
    }))
}

/// Ask what another policy would have earned.
///
/// From what people of a phase did under the weights that they were dealt by, which may have moved.
#[utoipa::path(post, operation_id = "value_policy", path = "/v1/experiments/{key}/policy-value", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key."), OfPhase),
    request_body = PolicyQuestion,
    responses((status = 200, description = "The policy's value.", body = PolicyValue), EngineItemRefusals))]
async fn policy_value(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(key): PathParam<ExperimentKey>,
    Filters(filters): Filters<OfPhase>,
    Body(asked): Body<PolicyQuestion>,
) -> Result<Json<PolicyValue>, Error> {
    let phase = filters.number();
    let PolicyQuestion { metric, policy } = asked;
    let conn = &mut reader;
    let found = planning::policy_value(conn, &key.0, phase, &metric, &policy, api.now()).await?;
    Ok(Json(found.into()))
}
