//! Which arms visitors see.

use crate::{
    auth::{Anyone, caller},
    error::Error,
    extract::{parse, raw},
    http::unit_of_work::{NotBegun, Repeated, Writer},
    openapi::EngineRefusals,
    schema::{EmailAddress, SenderId, arm_value},
    state::ApiState,
    wire::{Key, Slug},
};
use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Request, State},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashSet;
use tessera_domain::{
    access::Scope,
    event::Properties,
    experiments::assignment::{StickyDocuments, check_key},
    refusal::Refusal,
    time::Timestamp,
};
use tessera_engine::{
    capture::{correct_quotas, count_against_quotas},
    experiments::assign::{self, Features, MAX_EXPOSED, Seen, SeenFeature, Visitor, Wanted},
};
use tessera_store::capture::quota_use::Amount;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Most visitors of a request. [`assign::MAX_ASKED`] and [`MAX_EXPOSED`] bound them with the features.
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
    /// The visitors: times the features, at most 10,000, and at most 1,000 with `expose`. Where there is a
    /// holdout, it counts as a feature. A visitor by themselves may be asked for with every feature.
    #[schema(min_items = 1, max_items = 1000)]
    visitors: Vec<AskedVisitor>,
    /// Keys of the experiments that are asked for, each once; all that run or are decided, unless given.
    #[schema(max_items = 100, value_type = Option<Vec<Slug>>)]
    features: Option<Vec<String>>,
    /// Whether the arms are shown now: then they count as seen, which takes the scope `identify`, and each
    /// that was not seen before counts against the day's quota of events.
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
    /// What exposures are grouped by, such as the country: those that a running experiment names as a
    /// dimension, which are checked as those of events are. Others are not kept.
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
    /// What is remembered of the visitor, as documents of GrowthBook's SDKs. A page that has its
    /// `stickyBucketService` save them, each by `saveAssignments`, shows the same; without a service the SDK
    /// passes them over, also in its option `stickyBucketAssignmentDocs`.
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
    /// Whether the visitor has seen it before.
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
/// Who has seen an arm keeps it while the phase runs, also under another identifier, after a merge, and for
/// the rest of the request with `expose`, unless the experiment is not `sticky`. Who has seen an arm of an
/// earlier phase sees the base in a phase for new people. Everybody else is dealt an arm by the hash of
/// GrowthBook's SDKs, so a page that evaluates `GET /v1/features` itself, and remembers what is in `sticky`,
/// comes to the same. With `expose`, an exposure to each arm that was not seen before is recorded.
#[utoipa::path(post, operation_id = "assign", path = "/v1/assign", tag = "experiments", security(("bearer" = [])),
    request_body = AssignRequest,
    responses((status = 200, description = "What each visitor sees.", body = AssignAnswer), EngineRefusals))]
async fn assign(
    State(api): State<ApiState>,
    Counted {
        mut writer,
        asked,
        counted,
        now,
    }: Counted,
) -> Result<Json<AssignAnswer>, Error> {
    let (caller, conn) = writer.parts();
    let wanted = Wanted {
        features: asked
            .features
            .as_deref()
            .map_or(Features::All, Features::Named),
        expose: asked.expose,
    };
    let visitors: Vec<Visitor> = asked.visitors.into_iter().map(Into::into).collect();
    let organisation = caller.organisation;
    let seen = assign::assign(&api.engine, conn, organisation, &visitors, wanted, now).await?;
    if let Some(counted) = counted {
        let exposures = seen.iter().flat_map(Seen::first_shown).count();
        let used = Amount::of(exposures, 0);
        correct_quotas(&api.engine, caller, counted, used, now);
    }
    Ok(Json(AssignAnswer {
        visitors: seen.into_iter().map(Into::into).collect(),
    }))
}

/// Extracts the request's transaction and what is asked for. As many exposures as there may be are counted
/// against the day's quotas before the transaction has a connection; the handler corrects their number.
struct Counted {
    writer: Writer<Anyone>,
    asked: AssignRequest,
    /// The exposures that were counted; none when nothing is shown.
    counted: Option<Amount>,
    now: Timestamp,
}

impl FromRequest<ApiState> for Counted {
    type Rejection = NotBegun;

    async fn from_request(request: Request, api: &ApiState) -> Result<Self, NotBegun> {
        let (mut parts, body) = request.into_parts();
        let caller = caller::<Anyone>(&parts).await?;
        let bytes = raw(Request::from_parts(parts.clone(), body), api).await?;
        let asked: AssignRequest = parse(&bytes)?;
        caller.require(if asked.expose {
            Scope::Identify
        } else {
            Scope::Read
        })?;
        asked.check()?;
        let now = api.now();
        let most = asked.expose.then(|| asked.most_exposures());
        if let Some(most) = most.filter(|_| parts.extensions.get() != Some(&Repeated(true))) {
            let used = Amount::of(most, bytes.len());
            count_against_quotas(&api.engine, &caller, used, now).await?;
        }
        Ok(Self {
            writer: Writer::from_request_parts(&mut parts, api).await?,
            asked,
            counted: most.map(|most| Amount::of(most, 0)),
            now,
        })
    }
}

impl AssignRequest {
    /// As many exposures as there may be; those to a holdout, if there is one, come on top.
    fn most_exposures(&self) -> usize {
        let features = self.features.as_ref().map_or(MAX_EXPOSED, Vec::len);
        (self.visitors.len() * features).min(MAX_EXPOSED)
    }

    fn check(&self) -> Result<(), Refusal> {
        Refusal::unless_count(
            "visitors",
            self.visitors.len(),
            1..=MAX_VISITORS,
            "visitors",
        )?;
        let features = self.features.as_ref().map_or(0, Vec::len);
        Refusal::unless_count("features", features, 0..=MAX_FEATURES, "features")?;
        let mut known = HashSet::new();
        for (at, key) in self.features.iter().flatten().enumerate() {
            let field = format!("features[{at}]");
            check_key(&field, key)?;
            if !known.insert(key) {
                return Err(Refusal::new(field, "must not be named twice"));
            }
        }
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
