//! Who sees no experiment.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::Body,
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::Moment,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_domain::experiments::{assignment::Holdout, design::ChosenMetric};
use tessera_engine::experiments::holdouts;
use tessera_store::experiments::holdout::{self, HoldoutRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get, put, remove))
}

/// A holdout to put in force.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewHoldout {
    /// Who is held out.
    #[schema(value_type = schema::HoldoutRules)]
    holdout: Holdout,
    /// What is measured, at least one of it a primary metric.
    #[schema(value_type = Vec<schema::ChosenMetric>, min_items = 1, max_items = 20)]
    metrics: Vec<ChosenMetric>,
}

/// The holdout in force.
#[derive(Serialize, ToSchema)]
struct HoldoutBody {
    /// Who is held out.
    #[schema(value_type = schema::HoldoutRules)]
    holdout: Holdout,
    /// The key under which it is measured, as an experiment is.
    #[schema(example = "$holdout:2026-h2")]
    experiment: String,
    /// The API key or wallet that put it in force.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was put in force.
    created_at: Moment,
}

impl From<HoldoutRow> for HoldoutBody {
    fn from(row: HoldoutRow) -> Self {
        Self {
            experiment: row.holdout.feature(),
            holdout: row.holdout,
            created_by: row.changed_by,
            created_at: row.changed_at.into(),
        }
    }
}

/// Get the holdout in force.
#[utoipa::path(get, operation_id = "get_holdout", path = "/v1/holdout", tag = "experiments", security(("bearer" = [])),
    responses((status = 200, description = "The holdout.", body = HoldoutBody), EngineItemRefusals))]
async fn get(mut reader: Reader<Read>) -> Result<Hashed<HoldoutBody>, Error> {
    let found = holdout::get(&mut reader).await?;
    let found = found.ok_or_else(|| Error::not_found("holdout", "in force"))?;
    Ok(Hashed(found.into()))
}

/// Hold a part of everybody out of all experiments.
///
/// In place of the holdout before it. What all experiments together bring is measured as an experiment
/// is, under the key that is answered, with those who are held out as the base.
#[utoipa::path(put, operation_id = "put_holdout", path = "/v1/holdout", tag = "experiments", security(("bearer" = [])),
    request_body = NewHoldout,
    responses((status = 200, description = "The holdout, which is in force.", body = HoldoutBody), EngineRefusals))]
async fn put(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    Body(new): Body<NewHoldout>,
) -> Result<Json<HoldoutBody>, Error> {
    let (caller, conn) = writer.parts();
    let clock = || api.now().into();
    let row = holdouts::put(&api.engine, conn, caller, new.holdout, new.metrics, clock).await?;
    Ok(Json(row.into()))
}

/// End the holdout.
///
/// Everybody sees experiments again.
#[utoipa::path(delete, operation_id = "remove_holdout", path = "/v1/holdout", tag = "experiments", security(("bearer" = [])),
    responses((status = 204, description = "The holdout is over."), EngineItemRefusals))]
async fn remove(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    holdouts::remove(conn, caller, || api.now().into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
