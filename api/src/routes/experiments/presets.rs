//! Kinds of test, to start from.

use crate::{
    auth::Read,
    error::Error,
    http::{conditional::Hashed, unit_of_work::Reader},
    openapi::EngineRefusals,
    schema,
    state::ApiState,
    wire::Slug,
};
use serde::Serialize;
use tessera_domain::experiments::{design::Design, preset::Preset};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A kind of test whose arms have rules of their own.
#[derive(Serialize, ToSchema)]
struct ExperimentPreset {
    /// Its name in a design.
    #[schema(value_type = schema::PresetName)]
    preset: Preset,
    /// What it tests.
    #[schema(example = "Which page of the own site visitors should land on.")]
    about: &'static str,
    /// Whether its arms come with quotes, in `arms`.
    with_quotes: bool,
    /// An experiment of this kind, as `POST /v1/experiments` takes it.
    example: ExampleExperiment,
}

/// An experiment to start from: change what differs, and create it.
#[derive(Serialize, ToSchema)]
struct ExampleExperiment {
    /// What pages ask by.
    #[schema(value_type = Slug)]
    key: String,
    /// What is tested.
    #[schema(value_type = schema::ExperimentDesign)]
    design: Design,
}

impl From<Preset> for ExperimentPreset {
    fn from(preset: Preset) -> Self {
        Self {
            preset,
            about: preset.about(),
            with_quotes: preset.is_for_quotes(),
            example: ExampleExperiment {
                key: preset.example_key().to_owned(),
                design: preset.example(),
            },
        }
    }
}

/// List kinds of test.
///
/// Each with an experiment to start from. Metrics and offers that an example names must be there before it
/// is started.
#[utoipa::path(get, operation_id = "list_experiment_presets", path = "/v1/experiment-presets", tag = "experiments", security(("bearer" = [])),
    responses((status = 200, description = "The kinds.", body = Vec<ExperimentPreset>), EngineRefusals))]
async fn list(_reader: Reader<Read>) -> Result<Hashed<Vec<ExperimentPreset>>, Error> {
    Ok(Hashed(Preset::ALL.map(Into::into).into()))
}
