//! Which arms visitors see.

use crate::{
    auth::Anyone,
    error::Error,
    extract::Body,
    http::unit_of_work::Writer,
    openapi::EngineRefusals,
    schema::{EmailAddress, SenderId, arm_value},
    state::ApiState,
    wire::{Key, Slug},
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tessera_domain::{
    access::Scope, event::Properties, experiments::assignment::StickyDocuments, refusal::Refusal,
};
use tessera_engine::experiments::assign::{self, Features, Seen, SeenFeature, Visitor, Wanted};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Most visitors of a request.
const MAX_VISITORS: usize = 1_000;
/// Most features that a request names.
const MAX_FEATURES: usize = 100;
/// Most properties of a visitor.
const MAX_PROPERTIES: usize = 20;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(assign))
}

/// Visitors, and what is wanted of each.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignRequest {
    /// The visitors.
    #[schema(min_items = 1, max_items = 1000)]
    visitors: Vec<AskedVisitor>,
    /// Keys of the experiments that are asked for; all of them, unless given.
    #[schema(max_items = 100, value_type = Option<Vec<Slug>>)]
    features: Option<Vec<String>>,
    /// Whether the arms are shown now: then they count as seen, which takes the scope `identify`.
    #[serde(default)]
    #[schema(required = false)]
    expose: bool,
}

/// A visitor, by at least one identifier.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskedVisitor {
    /// The browser's identifier.
    #[schema(value_type = Option<SenderId>, example = "visitor-7f3a")]
    anonymous_id: Option<String>,
    /// The organisation's identifier.
    #[schema(value_type = Option<SenderId>, example = "user-42")]
    user_id: Option<String>,
    /// The address of the wallet.
    #[schema(value_type = Option<Key>)]
    wallet: Option<String>,
    /// The e-mail address.
    #[schema(value_type = Option<EmailAddress>, example = "ada@example.com")]
    email: Option<String>,
    /// What exposures are grouped by, such as the country; others are not kept.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Value>, required = false, example = json!({ "country": "CH" }))]
    properties: Properties,
}

/// What visitors see.
#[derive(Serialize, ToSchema)]
struct AssignAnswer {
    /// Each visitor, in the order of the request.
    visitors: Vec<Assigned>,
}

/// What a visitor sees.
#[derive(Serialize, ToSchema)]
struct Assigned {
    /// The features that were asked for, as far as there are such.
    features: Vec<AssignedFeature>,
    /// What an SDK remembers of the visitor, as its option `stickyBucketAssignmentDocs` takes it, so that a
    /// page shows the same.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "wallet||DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8": {
        "attributeName": "wallet", "attributeValue": "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8",
        "assignments": { "checkout-button__1": "round" } } }))]
    sticky: StickyDocuments,
}

/// What a visitor sees of a feature.
#[derive(Serialize, ToSchema)]
struct AssignedFeature {
    /// The experiment's key.
    #[schema(value_type = Slug)]
    feature: String,
    /// What is shown.
    #[schema(schema_with = arm_value)]
    value: Value,
    /// The arm; null for who takes no part, and where everybody sees the same.
    #[schema(required)]
    arm: Option<AssignedArm>,
}

/// The arm that a visitor sees.
#[derive(Serialize, ToSchema)]
struct AssignedArm {
    /// The number of the phase.
    #[schema(example = 1)]
    phase: i32,
    /// The arm's key.
    #[schema(value_type = Slug)]
    arm: String,
    /// Whether the visitor has seen it before, and keeps it for that.
    seen_before: bool,
}

impl From<SeenFeature> for AssignedFeature {
    fn from(seen: SeenFeature) -> Self {
        Self {
            feature: seen.feature,
            value: seen.value,
            arm: seen.arm.map(|it| AssignedArm {
                phase: it.phase,
                arm: it.arm,
                seen_before: it.seen_before,
            }),
        }
    }
}

impl From<Seen> for Assigned {
    fn from(seen: Seen) -> Self {
        Self {
            features: seen.features.into_iter().map(Into::into).collect(),
            sticky: seen.sticky,
        }
    }
}

/// Ask which arms visitors see.
///
/// Who has seen an arm keeps it while the phase runs, also under another identifier, and after a merge.
/// Everybody else is dealt one by the hash of GrowthBook's SDKs, so a page that evaluates
/// `GET /v1/features` itself comes to the same. With `expose`, exposures are recorded.
#[utoipa::path(post, operation_id = "assign", path = "/v1/assign", tag = "experiments", security(("bearer" = [])),
    request_body = AssignRequest,
    responses((status = 200, description = "What each visitor sees.", body = AssignAnswer), EngineRefusals))]
async fn assign(
    State(api): State<ApiState>,
    mut writer: Writer<Anyone>,
    Body(asked): Body<AssignRequest>,
) -> Result<Json<AssignAnswer>, Error> {
    let (caller, conn) = writer.parts();
    caller.require(if asked.expose {
        Scope::Identify
    } else {
        Scope::Read
    })?;
    asked.check()?;
    let wanted = Wanted {
        features: asked
            .features
            .as_deref()
            .map_or(Features::All, Features::Named),
        expose: asked.expose,
    };
    let visitors: Vec<Visitor> = asked.visitors.into_iter().map(Into::into).collect();
    let organisation = caller.organisation;
    let now = api.now();
    let seen = assign::assign(&api.engine, conn, organisation, &visitors, wanted, now).await?;
    Ok(Json(AssignAnswer {
        visitors: seen.into_iter().map(Into::into).collect(),
    }))
}

impl AssignRequest {
    fn check(&self) -> Result<(), Refusal> {
        Refusal::unless_count(
            "visitors",
            self.visitors.len(),
            1..=MAX_VISITORS,
            "visitors",
        )?;
        let features = self.features.as_ref().map_or(0, Vec::len);
        Refusal::unless_count("features", features, 0..=MAX_FEATURES, "features")?;
        for (at, visitor) in self.visitors.iter().enumerate() {
            let field = format!("visitors[{at}].properties");
            let count = visitor.properties.len();
            Refusal::unless_count(field, count, 0..=MAX_PROPERTIES, "properties")?;
        }
        Ok(())
    }
}

impl From<AskedVisitor> for Visitor {
    fn from(asked: AskedVisitor) -> Self {
        Self {
            anonymous_id: asked.anonymous_id,
            user_id: asked.user_id,
            wallet: asked.wallet,
            email: asked.email,
            properties: asked.properties,
        }
    }
}
