//! Referrals: where each stands and why, and what people decide.

use crate::{
    auth::{Administer, Read},
    error::Error,
    extract::{Body, Checks, List, Listed, Paging, Param, PathPair, PathParam, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::EngineItemRefusals,
    schema::{ReferralRewards, ReferralState},
    state::ApiState,
    wire::{Id, Key, Listing, Moment, Name},
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tessera_domain::automation::referral::{Decision, Grant, Rewards, State as Standing};
use tessera_engine::automation::referrals as engine;
use tessera_store::automation::referral::{self, DecisionRow, ReferralFilter, ReferralRow};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Most characters of a reason.
const MAX_REASON: usize = 500;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(release))
        .routes(routes!(reject))
}

pub(crate) struct WantedState(Standing);

impl Param for WantedState {
    const RULE: &'static str =
        "must be one of pending, qualified, held, released, rejected, expired";

    fn parse(text: &str) -> Option<Self> {
        Standing::parse(text).map(Self)
    }
}

impl PartialSchema for WantedState {
    fn schema() -> RefOr<Schema> {
        ReferralState::schema()
    }
}

parameters! {
    struct ReferralFilters {
        /// Only referrals in this state.
        state: WantedState,
    }
}

impl Listed for ReferralFilters {
    const RESOURCE: &'static str = "campaign_referrals";
    type Key = Uuid;
}

/// A referral, as the last evaluation says.
#[derive(Serialize, ToSchema)]
struct CampaignReferral {
    /// Its id.
    id: Id,
    /// The campaign's version.
    #[schema(example = 1)]
    version: i32,
    /// The wallet that referred.
    referrer: Key,
    /// The wallet that was referred.
    referred: Key,
    /// Where it stands.
    #[schema(value_type = ReferralState, example = "held")]
    state: String,
    /// The network's clock when it came to stand so.
    evaluated_at: Moment,
    #[serde(flatten)]
    outcome: ReferralOutcome,
}

/// What an evaluation says of a referral.
#[derive(Serialize, Deserialize, ToSchema)]
struct ReferralOutcome {
    /// Why it is in its state: an object with `kind`, and what that says.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "kind": "suspicious", "checks": ["shared_device"] }))]
    reason: Value,
    /// When the referred wallet registered; null if the index no longer has the registration of a released referral.
    #[schema(required)]
    registered_at: Option<Moment>,
    /// When it qualified; null before.
    #[schema(required)]
    qualified_at: Option<Moment>,
    /// Whether the index now says that it qualifies.
    qualifies: bool,
    /// The payments that count, their sum net of refunds, and the seconds that they paid for and that have
    /// passed.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "payments": [], "net": "0", "paid_secs": 0 }))]
    progress: Value,
    /// The first referral of the tier that it is in; null before it has qualified.
    #[schema(required, example = 1)]
    tier: Option<u32>,
    /// What can be released.
    #[schema(value_type = ReferralRewards)]
    due: Rewards<Grant>,
    /// What was released.
    #[schema(value_type = ReferralRewards)]
    released: Rewards<Grant>,
    /// What was released and is no longer earned.
    #[schema(value_type = ReferralRewards)]
    clawback: Rewards<Grant>,
    /// What made the rewards less than the tier says: `per_referrer`, `per_day` or `budget`.
    #[schema(example = json!([]))]
    capped_by: Vec<String>,
    /// What each check found: `check`, `outcome`, and where that is `suspicious` a `score` and the `evidence`.
    #[schema(value_type = Vec<BTreeMap<String, Value>>, example = json!([{ "check": "cycles", "outcome": "clear" }]))]
    findings: Vec<Value>,
    /// The checks that hold it back, or would if it were not decided.
    #[schema(example = json!(["shared_device"]))]
    held_by: Vec<String>,
}

/// A referral, with what people decided about it.
#[derive(Serialize, ToSchema)]
struct WholeCampaignReferral {
    /// The referral.
    referral: CampaignReferral,
    /// What people decided, first one first.
    decisions: Vec<ReferralDecision>,
}

/// A decision about a referral.
#[derive(Serialize, ToSchema)]
struct ReferralDecision {
    /// `release` or `rejection`.
    #[schema(example = "release")]
    kind: &'static str,
    /// The wallet that decided.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    by: String,
    /// When.
    at: Moment,
    /// Why; null where nothing held it back and none was given.
    #[schema(required, example = "two colleagues in one office")]
    reason: Option<String>,
    /// What was released; null of a rejection.
    #[schema(required, value_type = Option<ReferralRewards>)]
    rewards: Option<Rewards<Grant>>,
    /// The checks that held it back until then.
    #[schema(value_type = Vec<String>, example = json!(["shared_device"]))]
    despite: Value,
}

pub(super) fn outcome_of<T: serde::de::DeserializeOwned>(outcome: Value) -> Result<T, Error> {
    serde_json::from_value(outcome).map_err(|_| Error::internal("read a referral"))
}

impl CampaignReferral {
    fn of(row: ReferralRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.into(),
            version: row.version,
            referrer: row.referrer.into(),
            referred: row.referred.into(),
            state: row.state,
            evaluated_at: row.evaluated_at.into(),
            outcome: outcome_of(row.outcome)?,
        })
    }
}

impl From<DecisionRow> for ReferralDecision {
    fn from(row: DecisionRow) -> Self {
        let (kind, by, rewards, despite) = match row.decision {
            Decision::Release(it) => ("release", it.by, Some(it.rewards), it.despite),
            Decision::Rejection(it) => ("rejection", it.by, None, Vec::new()),
        };
        Self {
            kind,
            by,
            at: row.decided_at.into(),
            reason: row.reason,
            rewards,
            despite: serde_json::json!(despite),
        }
    }
}

/// List a campaign's referrals.
///
/// Of all versions, by id, a page at a time.
#[utoipa::path(get, operation_id = "list_campaign_referrals", path = "/v1/referral-campaigns/{name}/referrals", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The campaign's name."), ReferralFilters, Paging<ReferralFilters>),
    responses((status = 200, description = "A page of referrals.", body = Listing<CampaignReferral>), EngineItemRefusals))]
async fn list(
    mut reader: Reader<Read>,
    PathParam(name): PathParam<Name>,
    list: List<ReferralFilters>,
) -> Result<Json<Listing<CampaignReferral>>, Error> {
    engine::get(&mut reader, &name.0, None).await?;
    let filter = ReferralFilter {
        state: list.filters.state.as_ref().map(|it| it.0.as_str()),
        has_claims: false,
    };
    let rows = referral::list(&mut reader, &name.0, &filter, list.page()).await?;
    list.answer(rows, |row| row.id, CampaignReferral::of)
}

/// Get a campaign's referral.
///
/// With what people decided about it.
#[utoipa::path(get, operation_id = "get_campaign_referral", path = "/v1/referral-campaigns/{name}/referrals/{id}", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The campaign's name."),
        ("id" = Id, Path, description = "The referral's id.")),
    responses((status = 200, description = "The referral.", body = WholeCampaignReferral), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathPair(name, id): PathPair<Name, Id>,
) -> Result<Json<WholeCampaignReferral>, Error> {
    let row = engine::referral(&mut reader, &name.0, id.0).await?;
    let decisions = referral::decisions_of(&mut reader, id.0).await?;
    Ok(Json(WholeCampaignReferral {
        referral: CampaignReferral::of(row)?,
        decisions: decisions.into_iter().map(Into::into).collect(),
    }))
}

/// What to release.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReferralRelease {
    /// What was due when it was last read. The answer is 409 if that has changed since.
    #[schema(value_type = ReferralRewards)]
    rewards: Rewards<Grant>,
    /// Why, which must be given where checks hold the referral back.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "two colleagues in one office"
    )]
    reason: Option<String>,
}

/// Release the rewards of a referral.
///
/// It takes a signed-in wallet: an API key cannot decide. What is due is computed again from everything that is final
/// on the chain. What is released becomes a listed claim; nothing is signed or moved.
#[utoipa::path(post, operation_id = "release_campaign_referral", path = "/v1/referral-campaigns/{name}/referrals/{id}/release", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The campaign's name."),
        ("id" = Id, Path, description = "The referral's id.")),
    request_body = ReferralRelease,
    responses((status = 200, description = "The referral.", body = CampaignReferral), EngineItemRefusals))]
async fn release(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    PathPair(name, id): PathPair<Name, Id>,
    Body(wanted): Body<ReferralRelease>,
) -> Result<Json<CampaignReferral>, Error> {
    let mut checks = Checks::default();
    if let Some(reason) = &wanted.reason {
        checks.text("reason", reason, MAX_REASON);
    }
    checks.finish()?;
    let (caller, conn) = writer.parts();
    let reason = wanted.reason.as_deref();
    let of = (name.0.as_str(), id.0);
    let row = engine::release(&api.engine, conn, caller, of, wanted.rewards, reason).await?;
    Ok(Json(CampaignReferral::of(row)?))
}

/// Why a referral is rejected.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReferralRejection {
    /// Why.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "one person with two wallets"
    )]
    reason: String,
}

/// Reject a referral.
///
/// For good. It takes a wallet that is signed in: an API key decides nothing.
#[utoipa::path(post, operation_id = "reject_campaign_referral", path = "/v1/referral-campaigns/{name}/referrals/{id}/reject", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The campaign's name."),
        ("id" = Id, Path, description = "The referral's id.")),
    request_body = ReferralRejection,
    responses((status = 200, description = "The referral.", body = CampaignReferral), EngineItemRefusals))]
async fn reject(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    PathPair(name, id): PathPair<Name, Id>,
    Body(wanted): Body<ReferralRejection>,
) -> Result<Json<CampaignReferral>, Error> {
    let mut checks = Checks::default();
    checks.text("reason", &wanted.reason, MAX_REASON);
    checks.finish()?;
    let (caller, conn) = writer.parts();
    let of = (name.0.as_str(), id.0);
    let row = engine::reject(&api.engine, conn, caller, of, &wanted.reason).await?;
    Ok(Json(CampaignReferral::of(row)?))
}
