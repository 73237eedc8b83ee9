//! What plans are worth to leads' farms.

use crate::{
    auth::{Read, Sell},
    error::Error,
    extract::{Body, List, Listed, Paging, PathParam, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::EngineItemRefusals,
    schema,
    state::ApiState,
    wire::{Id, Listing, Moment},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use serde_json::Value;
use tessera_domain::leads::mining::Inputs;
use tessera_engine::{leads::roi, people};
use tessera_store::leads::roi::{self as rows, RoiRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, compute))
}

parameters! {
    struct RoiFilters {}
}

impl Listed for RoiFilters {
    const RESOURCE: &'static str = "lead_roi";
    type Key = Uuid;
}

/// What a plan is worth to a lead's farm.
#[derive(Serialize, ToSchema)]
struct RoiCalculation {
    /// The calculation's id.
    id: Id,
    /// The person that it was made for; after a merge, the id leads to the person who stayed.
    person: Id,
    /// What was stated.
    #[schema(value_type = schema::MiningInputs)]
    inputs: Value,
    /// What follows: `daily`, `margin`, `break_even_power_price`, `forecast`, `forecast_with_plan`, `plan`,
    /// `first_year`, and what changes it in `sensitivity` and `tornado`. Amounts are decimal texts, in the
    /// currency of the inputs; a figure that is undefined is null with a `reason`.
    #[schema(value_type = HashMap<String, Value>, example = json!({ "first_year": "1234.5" }))]
    report: Value,
    /// The API key or wallet that asked for it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was made.
    created_at: Moment,
}

impl From<RoiRow> for RoiCalculation {
    fn from(row: RoiRow) -> Self {
        Self {
            id: row.id.into(),
            person: row.person.into(),
            inputs: row.inputs,
            report: row.report,
            created_by: row.created_by,
            created_at: row.created_at.into(),
        }
    }
}

/// Compute what a plan is worth to a lead's farm.
///
/// From what is stated alone: no price and no difficulty is looked up. The answer is kept with the lead.
#[utoipa::path(post, operation_id = "compute_roi", path = "/v1/leads/{id}/roi", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    request_body = schema::MiningInputs,
    responses((status = 201, description = "The calculation.", body = RoiCalculation), EngineItemRefusals))]
async fn compute(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    PathParam(id): PathParam<Id>,
    Body(inputs): Body<Inputs>,
) -> Result<(StatusCode, Json<RoiCalculation>), Error> {
    let (caller, conn) = writer.parts();
    let row = roi::compute(conn, caller, id.0, &inputs, api.now()).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// List what was computed for a lead.
///
/// Newest first, a page at a time.
#[utoipa::path(get, operation_id = "list_roi", path = "/v1/leads/{id}/roi", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person."), RoiFilters, Paging<RoiFilters>),
    responses((status = 200, description = "A page of calculations.", body = Listing<RoiCalculation>), EngineItemRefusals))]
async fn list(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
    list: List<RoiFilters>,
) -> Result<Json<Listing<RoiCalculation>>, Error> {
    let person = people::canonical(&mut reader, id.0).await?.id;
    let rows = rows::list(&mut reader, person, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}
