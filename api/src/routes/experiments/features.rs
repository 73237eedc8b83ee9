//! What pages download to show arms by themselves.

use crate::{
    auth::{Anyone, SDK_FEATURES},
    error::Error,
    http::{
        conditional::{tagged, written},
        unit_of_work::Reader,
    },
    openapi::EngineRefusals,
    state::ApiState,
    wire::Moment,
};
use axum::{extract::State, response::Response, routing::get};
use serde::Serialize;
use tessera_domain::{access::Scope, experiments::assignment::Payload};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(features))
        .route(&format!("{SDK_FEATURES}{{client_key}}"), get(features))
}

/// Features in the format of GrowthBook's SDKs.
#[derive(Serialize, ToSchema)]
struct Features<'a> {
    /// 200, for the SDKs.
    #[schema(example = 200)]
    status: u16,
    /// The features by key, with the rules by which an SDK deals arms.
    #[serde(flatten)]
    #[schema(inline, value_type = FeaturesByKey)]
    payload: &'a Payload,
    /// When they last changed; SDKs pass over an answer that has not.
    #[serde(rename = "dateUpdated")]
    #[schema(required)]
    changed_at: Option<Moment>,
}

/// The features by key.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what the payload writes")]
struct FeaturesByKey {
    /// Each feature: its value for those who take no part, and its rules.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "checkout-button": { "defaultValue": "plain" } }))]
    features: Payload,
}

/// Download features for an SDK.
///
/// In the format of GrowthBook's SDKs, whose `payload` it is; they can download it by themselves with the
/// API's address as `apiHost` and a page's key as `clientKey`. What they deal, `POST /v1/assign` deals.
#[utoipa::path(get, operation_id = "get_features", path = "/v1/features", tag = "experiments", security(("bearer" = []), ("page_key" = [])),
    responses((status = 200, description = "The features.", body = Features<'static>), EngineRefusals))]
async fn features(
    State(api): State<ApiState>,
    mut reader: Reader<Anyone>,
) -> Result<Response, Error> {
    let caller = reader.caller.clone();
    if !caller.may(Scope::Read) {
        caller.require(Scope::Capture)?;
    }
    let rules = api
        .engine
        .rules
        .latest(&mut reader, caller.organisation)
        .await?;
    let live = &rules.live;
    let answer = match live.written.get() {
        Some(known) => known.clone(),
        None => {
            let answer = written(&Features {
                status: 200,
                payload: &live.payload,
                changed_at: live.changed_at.map(Into::into),
            })?;
            live.written.get_or_init(|| answer).clone()
        }
    };
    Ok(tagged(answer.tag, answer.json))
}
