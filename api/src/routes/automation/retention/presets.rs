//! Journeys to start from.

use crate::{
    auth::Read,
    error::Error,
    extract::{Filters, Param, parameters},
    http::{conditional::Hashed, unit_of_work::Reader},
    openapi::EngineRefusals,
    schema,
    state::ApiState,
    wire::Name,
};
use serde::Serialize;
use tessera_domain::{
    automation::{
        journey::Journey,
        retention::preset::{NamedTemplate, Preset},
        template::Template,
    },
    people::segment::Condition,
};
use url::Url;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// An address.
pub(crate) struct ActionsUrl(String);

impl Param for ActionsUrl {
    const RULE: &'static str =
        "must be an https address without user, query and fragment, of at most 1,000 characters";

    fn parse(text: &str) -> Option<Self> {
        let url = text.parse::<Url>().ok()?;
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        (text.len() <= 1_000 && url.scheme() == "https" && is_plain).then(|| Self(text.to_owned()))
    }
}

impl PartialSchema for ActionsUrl {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(1_000))
            .examples(["https://pay.example.com/a"])
            .into()
    }
}

parameters! {
    /// Where actions are.
    struct WhereActions {
        /// The https address below which your Solana Actions are.
        actions: ActionsUrl,
    }
}

/// A journey to start from.
#[derive(Serialize, ToSchema)]
struct JourneyPreset {
    /// Its name, which the journey can have too.
    #[schema(value_type = Name)]
    preset: &'static str,
    /// What it is for.
    #[schema(example = "Asks who missed a payment to pay, three times at most.")]
    about: &'static str,
    /// The segment that it begins with, to be created first; null without one.
    #[schema(required)]
    segment: Option<PresetSegment>,
    /// The texts that it sends, to be published first.
    templates: Vec<PresetTemplate>,
    /// The graph, as `POST /v1/journeys` takes it.
    #[schema(value_type = schema::Journey)]
    journey: Journey,
}

/// A segment, as `POST /v1/segments` takes it.
#[derive(Serialize, ToSchema)]
struct PresetSegment {
    /// Its name.
    #[schema(value_type = Name)]
    name: &'static str,
    /// Who is a member.
    #[schema(value_type = schema::SegmentCondition)]
    condition: Condition,
}

/// A text. `POST /v1/templates` takes its name and all fields of `template` together.
#[derive(Serialize, ToSchema)]
struct PresetTemplate {
    /// Its name.
    #[schema(value_type = Name)]
    name: &'static str,
    /// What it says.
    #[schema(value_type = schema::Template)]
    template: Template,
}

impl JourneyPreset {
    fn of(preset: Preset, actions: Option<&str>) -> Self {
        let named = |NamedTemplate { name, template }| PresetTemplate { name, template };
        let templates = preset.templates(actions);
        Self {
            preset: preset.as_str(),
            about: preset.about(),
            segment: preset.segment().map(|it| PresetSegment {
                name: it.name,
                condition: it.condition,
            }),
            templates: templates.into_iter().map(named).collect(),
            journey: preset.journey(),
        }
    }
}

/// List journeys to start from.
///
/// Each with what it sends and who enters it. With `actions`, texts lead to `subscribe`, `pay/{account}` and
/// `approve/{account}` below that address, where a wallet does what they are about; without it they lead nowhere.
#[utoipa::path(get, operation_id = "list_journey_presets", path = "/v1/journey-presets", tag = "automation", security(("bearer" = [])),
    params(WhereActions),
    responses((status = 200, description = "The journeys.", body = Vec<JourneyPreset>), EngineRefusals))]
async fn list(
    _reader: Reader<Read>,
    Filters(filters): Filters<WhereActions>,
) -> Result<Hashed<Vec<JourneyPreset>>, Error> {
    let actions = filters.actions.map(|it| it.0);
    let presets = Preset::ALL.map(|preset| JourneyPreset::of(preset, actions.as_deref()));
    Ok(Hashed(presets.into()))
}
