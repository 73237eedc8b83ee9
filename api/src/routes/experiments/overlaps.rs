//! Experiments that run side by side.

use crate::{
    auth::Read, error::Error, extract::PathParam, http::unit_of_work::Reader,
    openapi::EngineItemRefusals, state::ApiState, wire::ExperimentKey,
};
use axum::{Json, extract::State};
use serde::Serialize;
use tessera_engine::experiments::overlaps::{self as engine, Overlap};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(overlaps))
}

/// The experiments that run beside one.
#[derive(Serialize, ToSchema)]
struct Overlaps {
    /// Each of them, by key.
    experiments: Vec<OverlapBody>,
}

/// Another experiment that runs.
#[derive(Serialize, ToSchema)]
struct OverlapBody {
    /// Its key.
    #[schema(value_type = ExperimentKey)]
    experiment: String,
    /// People who saw one arm of each.
    #[schema(example = 2_000)]
    people: u64,
    /// How many saw each arm of this experiment (rows) and of the other (columns), in the order of both
    /// designs.
    #[schema(example = json!([[501, 498], [507, 494]]))]
    table: Vec<Vec<u64>>,
    /// p of independent assignments, by Pearson's chi-squared test; null with too few people. Where it is
    /// very small, the effect of one experiment passes for that of the other.
    #[schema(required, example = 0.82)]
    p: Option<f64>,
}

impl From<Overlap> for OverlapBody {
    fn from(overlap: Overlap) -> Self {
        Self {
            experiment: overlap.experiment,
            people: overlap.people,
            table: overlap.table,
            p: overlap.p,
        }
    }
}

/// List the experiments that run beside one.
///
/// With the people who saw arms of both, and whether the arms of one depend on those of the other. Of an
/// experiment that ended more than 90 days ago there are none: who saw what of it is not kept.
#[utoipa::path(get, operation_id = "list_experiment_overlaps", path = "/v1/experiments/{key}/overlaps", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key.")),
    responses((status = 200, description = "The other experiments.", body = Overlaps), EngineItemRefusals))]
async fn overlaps(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(key): PathParam<ExperimentKey>,
) -> Result<Json<Overlaps>, Error> {
    let organisation = reader.caller.organisation;
    let found = engine::overlaps(&api.engine, &mut reader, organisation, &key.0).await?;
    Ok(Json(Overlaps {
        experiments: found.into_iter().map(Into::into).collect(),
    }))
}
