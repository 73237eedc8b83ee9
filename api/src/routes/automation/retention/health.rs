//! Customers' health.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{CursorKey, List, Listed, Paging, PathParam, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    routes::jobs::{self, Job},
    state::ApiState,
    wire::{Id, Listing, Moment},
};
use axum::{Json, http::StatusCode};
use serde::Serialize;
use tessera_domain::{automation::retention::health::Part, leads::scoring::Millipoints};
use tessera_engine::{automation::retention::health, job::JobRequest};
use tessera_store::automation::customer_health::{self, HealthRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, compute))
        .routes(routes!(get))
}

parameters! {
    struct HealthFilters {}
}

/// A score, and the person who has it.
#[derive(Clone, Copy)]
pub(crate) struct HealthKey(i16, Uuid);

impl CursorKey for HealthKey {
    const PATTERN: &'static str = "[0-9a-f]{36}";
    const EXAMPLE: &'static str = "00230197b5a24d6e7c3a9f102b8c6d4e5f60";

    fn to_bytes(&self) -> Vec<u8> {
        [&self.0.to_be_bytes()[..], self.1.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (score, person) = bytes.split_first_chunk()?;
        let person = Uuid::from_bytes(person.try_into().ok()?);
        Some(Self(i16::from_be_bytes(*score), person))
    }
}

impl Listed for HealthFilters {
    const RESOURCE: &'static str = "health";
    type Key = HealthKey;
}

/// A customer's health.
#[derive(Serialize, ToSchema)]
struct CustomerHealth {
    /// The person.
    person: Id,
    /// From 0 to 100: the points of all parts that are known, by the most that they could be.
    #[schema(minimum = 0, maximum = 100, example = 62)]
    score: i16,
    /// Version of the weights.
    #[schema(example = 1)]
    weights: i16,
    /// What it is made of.
    parts: Vec<HealthPart>,
    /// When it was computed.
    computed_at: Moment,
}

/// A part of a score.
#[derive(Serialize, ToSchema)]
struct HealthPart {
    /// `active_days`, `trend`, `standing`, `missed_payments`, `refunds`, `approval` or `alive`.
    #[schema(example = "active_days")]
    part: &'static str,
    /// The points; null where it is not known, and the part counts for nothing.
    #[schema(required, value_type = Option<f64>, example = 13.32)]
    points: Option<Millipoints>,
    /// The most that they could be.
    #[schema(example = 20)]
    of: u8,
    /// What they follow from.
    #[schema(example = "active on 8 of the last 28 days")]
    reason: String,
}

impl From<Part> for HealthPart {
    fn from(part: Part) -> Self {
        Self {
            part: part.part.as_str(),
            points: part.points_milli.map(|it| Millipoints(it.into())),
            of: part.of,
            reason: part.reason,
        }
    }
}

impl TryFrom<HealthRow> for CustomerHealth {
    type Error = Error;

    fn try_from(row: HealthRow) -> Result<Self, Error> {
        let parts: Vec<Part> =
            serde_json::from_value(row.parts).map_err(|_| Error::internal("health"))?;
        Ok(Self {
            person: row.person.into(),
            score: row.score,
            weights: row.version,
            parts: parts.into_iter().map(Into::into).collect(),
            computed_at: row.computed_at.into(),
        })
    }
}

/// List customers by health.
///
/// The lowest score first, a page at a time: everybody who has or had a subscription, as last computed. The score
/// orders customers so that the right ones are looked at first. It is no probability that they leave, and no proof that
/// writing to them helps.
#[utoipa::path(get, operation_id = "list_health", path = "/v1/health", tag = "automation", security(("bearer" = [])),
    params(HealthFilters, Paging<HealthFilters>),
    responses((status = 200, description = "A page of customers.", body = Listing<CustomerHealth>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<HealthFilters>,
) -> Result<Json<Listing<CustomerHealth>>, Error> {
    let organisation = reader.caller.organisation;
    let page = list.page();
    let after = page.after.map(|HealthKey(score, person)| (score, person));
    let rows = customer_health::list(&mut reader, organisation, after, page.limit).await?;
    list.answer(
        rows,
        |row| HealthKey(row.score, row.person),
        CustomerHealth::try_from,
    )
}

/// Get a customer's health.
///
/// As it was computed last. Any id of the person leads to it. People who had not subscribed when it was last computed
/// have none.
#[utoipa::path(get, operation_id = "get_person_health", path = "/v1/persons/{id}/health", tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    responses((status = 200, description = "The health.", body = CustomerHealth), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<CustomerHealth>, Error> {
    let row = health::of_person(&mut reader, id.0).await?;
    Ok(Json(row.try_into()?))
}

/// Compute the health of every customer.
///
/// Now, and from then on every day while there are customers. The answer is a job; its result has `customers`,
/// `knows_who_comes_back`, which says whether enough came back to estimate `alive`, and `until`, the end of what
/// was looked at.
#[utoipa::path(post, operation_id = "compute_health", path = "/v1/health", tag = "automation", security(("bearer" = [])),
    responses((status = 202, description = "The job.", body = Job), EngineRefusals))]
async fn compute(mut writer: Writer<Configure>) -> Result<(StatusCode, Json<Job>), Error> {
    jobs::request(&mut writer, &JobRequest::Health).await
}
