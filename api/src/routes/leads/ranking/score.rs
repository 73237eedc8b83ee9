//! One person's score at any time, from all that happened to them until then.

use crate::{
    auth::Read,
    error::Error,
    extract::{Filters, PathParam, parameters},
    http::unit_of_work::Reader,
    openapi::EngineItemRefusals,
    routes::leads::scoring_models::in_force,
    state::ApiState,
    wire::{Id, Moment, Version},
};
use axum::{Json, extract::State};
use serde::Serialize;
use tessera_domain::{
    event::Event,
    leads::scoring::{
        Contribution, Explanation, GroupScore, Millipoints, Score, ScoringModel, explain,
        score_as_of,
    },
    time::Timestamp,
};
use tessera_engine::{event_log_now, people};
use tessera_store::{PgConnection, capture::event, read::plan_once};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .routes(routes!(explain_score))
}

parameters! {
    /// Which score is meant.
    struct ScoreFilters {
        /// The score as of this past moment; as of now, unless given.
        at: Moment,
        /// The score under this version of the scoring model, which may be a draft; under the one in force, unless given.
        model: Version,
    }
}

/// A person's score.
#[derive(Serialize, ToSchema)]
struct LeadScore {
    /// The person.
    person: Id,
    /// The model's version.
    #[schema(example = 1)]
    model: i32,
    /// The moment that the score is for.
    at: Moment,
    /// Sum of the groups' points; 0 when that is negative.
    #[schema(value_type = f64, example = 115)]
    total: Millipoints,
    /// In the model's order.
    groups: Vec<LeadGroupScore>,
}

/// What one group adds to a score.
#[derive(Serialize, ToSchema)]
struct LeadGroupScore {
    /// The group's name.
    #[schema(example = "behavior")]
    group: String,
    /// Sum of its contributions.
    #[schema(value_type = f64, example = 65)]
    sum: Millipoints,
    /// Most points that it adds; null for no limit.
    #[schema(required, example = 100)]
    cap: Option<i32>,
    /// Points that it adds.
    #[schema(value_type = f64, example = 65)]
    points: Millipoints,
}

/// A score and everything that it is the sum of.
#[derive(Serialize, ToSchema)]
struct LeadExplanation {
    /// The score.
    #[serde(flatten)]
    score: LeadScore,
    /// In the model's order of rules, the latest event first. Those of a group add up to its sum.
    contributions: Vec<LeadContribution>,
    /// How many values of events until then had no order to those of `less` and `greater` in the rules,
    /// so that they were neither.
    #[schema(example = 0)]
    not_compared: usize,
}

/// What one event gives under one rule.
#[derive(Serialize, ToSchema)]
struct LeadContribution {
    /// The rule.
    #[schema(example = "demo_requested")]
    rule: String,
    /// Its group.
    #[schema(example = "behavior")]
    group: String,
    /// The event.
    event_id: Id,
    /// When it happened.
    event_at: Moment,
    /// Points that the rule gives.
    #[schema(example = 40)]
    points: i32,
    /// Share of them that decay has left, 0 to 1.
    #[schema(example = 1.0)]
    decay_factor: f64,
    /// Points that count.
    #[schema(value_type = f64, example = 40)]
    counted: Millipoints,
}

impl LeadScore {
    fn new(person: Uuid, model: i32, score: Score) -> Self {
        Self {
            person: person.into(),
            model,
            at: score.at.into(),
            total: score.total,
            groups: score.groups.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<GroupScore> for LeadGroupScore {
    fn from(group: GroupScore) -> Self {
        Self {
            group: group.group,
            sum: group.sum,
            cap: group.cap,
            points: group.points,
        }
    }
}

impl From<Contribution> for LeadContribution {
    fn from(contribution: Contribution) -> Self {
        Self {
            rule: contribution.rule,
            group: contribution.group,
            event_id: contribution.event_id.into(),
            event_at: contribution.event_at.into(),
            points: contribution.points,
            decay_factor: contribution.decay_factor,
            counted: contribution.counted,
        }
    }
}

/// The person, the model and the moment of a requested score, and the events that it follows from.
struct Asked {
    person: Uuid,
    version: i32,
    model: ScoringModel,
    events: Vec<Event>,
    at: Timestamp,
}

impl Asked {
    async fn read(
        conn: &mut PgConnection,
        id: Id,
        filters: &ScoreFilters,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let now = event_log_now(conn, now).await?;
        let at = filters.at.map_or(now, |at| at.0);
        if at > now {
            return Err(Error::refused("at", "must not be in the future"));
        }
        let person = people::canonical(conn, id.0).await?.id;
        let (version, model) = in_force(conn, filters.model).await?;
        let events = event::histories(conn, &[person]).await?.remove(&person);
        Ok(Self {
            person,
            version,
            model,
            events: events.unwrap_or_default(),
            at,
        })
    }
}

/// Get a person's score.
///
/// As of any past moment, from what had happened until then, under any version of the model.
#[utoipa::path(get, operation_id = "get_lead_score", path = "/v1/leads/{id}/score", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person."), ScoreFilters),
    responses((status = 200, description = "The score.", body = LeadScore), EngineItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
    Filters(filters): Filters<ScoreFilters>,
) -> Result<Json<LeadScore>, Error> {
    plan_once(&mut reader).await?;
    let asked = Asked::read(&mut reader, id, &filters, api.now()).await?;
    let score = score_as_of(&asked.model, &asked.events, asked.at);
    Ok(Json(LeadScore::new(asked.person, asked.version, score)))
}

/// Explain a person's score.
///
/// Point by point: which event gives how much under which rule.
#[utoipa::path(get, operation_id = "explain_lead_score", path = "/v1/leads/{id}/score/explain", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person."), ScoreFilters),
    responses((status = 200, description = "The score and its parts.", body = LeadExplanation), EngineItemRefusals))]
async fn explain_score(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
    Filters(filters): Filters<ScoreFilters>,
) -> Result<Json<LeadExplanation>, Error> {
    plan_once(&mut reader).await?;
    let asked = Asked::read(&mut reader, id, &filters, api.now()).await?;
    let Explanation {
        score,
        contributions,
        not_compared,
    } = explain(&asked.model, &asked.events, asked.at);
    Ok(Json(LeadExplanation {
        score: LeadScore::new(asked.person, asked.version, score),
        contributions: contributions.into_iter().map(Into::into).collect(),
        not_compared,
    }))
}
