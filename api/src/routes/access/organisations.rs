//! Organisations: an on-chain Org's authority opens one by signing in, and becomes its owner.

use super::api_keys::MadeKey;
use crate::{
    auth::{Administer, Read, Session},
    error::Error,
    extract::{Body, Checks},
    http::unit_of_work::{Reader, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    state::ApiState,
    wire::{Key, Moment, Origin, given},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tessera_domain::analytics::succession::MAX_GRACE_SECS;
use tessera_engine::access;
use tessera_store::{
    StoreError,
    access::organisation::{self, Organisation, Settings},
    mirror::query,
};
use url::Url;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Most origins that an organisation lists.
const MAX_ORIGINS: usize = 100;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(open))
        .routes(routes!(get, change))
}

/// An organisation to open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOrganisation {
    /// The on-chain Org, whose authority is signed in.
    org: Key,
    /// The organisation's name: 1 to 100 characters.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "Hashrate Ltd"
    )]
    name: String,
}

/// An organisation that was just opened.
#[derive(Serialize, ToSchema)]
struct Opened {
    /// The Org.
    org: Key,
    /// Its first admin key.
    admin_key: MadeKey,
    /// The key to set as the Org's quote authority: only then are quotes valid on chain.
    quote_signer: Key,
}

/// The caller's organisation.
#[derive(Serialize, ToSchema)]
struct OrganisationBody {
    /// The Org.
    org: Key,
    /// The organisation's name.
    #[schema(example = "Hashrate Ltd")]
    name: String,
    /// Where referral links lead; null until it is set.
    #[schema(required, example = "https://example.com/welcome")]
    referral_destination: Option<String>,
    /// The key that signs quotes here.
    quote_signer: Key,
    /// The Org's quote authority on chain; quotes are valid when it is `quote_signer`.
    #[schema(required)]
    quote_authority: Option<Key>,
    /// Seconds from a cancellation to a new subscription of the same wallet that make them a change of
    /// plan; null for the period of what was cancelled.
    #[schema(required, example = 604_800)]
    plan_change_grace_secs: Option<i32>,
    /// The origins whose pages may send events; null for any.
    #[schema(required)]
    capture_origins: Option<Vec<Origin>>,
    /// When it was opened.
    created_at: Moment,
}

/// What to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganisationChange {
    /// The organisation's name: 1 to 100 characters.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "Hashrate Ltd"
    )]
    name: Option<String>,
    /// Where referral links lead: an https address.
    #[schema(
        max_length = 2000,
        pattern = r"^https://[^\s/@]",
        example = "https://example.com/welcome"
    )]
    referral_destination: Option<String>,
    /// Seconds from a cancellation to a new subscription of the same wallet that make them a change of
    /// plan, which is neither churn nor a new customer: 0 to 31,622,400, which is 366 days; null for the
    /// period of what was cancelled. Who signs the new one first has as long to cancel, but at most a
    /// day.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 31_622_400, example = 604_800)]
    plan_change_grace_secs: Option<Option<i64>>,
    /// The origins whose pages may send events with a page's key, at most 100; null for any, and none of
    /// them for no page. Servers, which send no `Origin`, are not affected.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<Origin>>, max_items = 100)]
    capture_origins: Option<Option<Vec<Origin>>>,
}

impl ApiState {
    fn quote_signer_address(&self, org: Key) -> Key {
        self.engine.quote_authority(org.into()).into()
    }
}

/// Open an organisation.
///
/// The session must be that of the Org's authority, which becomes the owner. The answer is the only
/// place where the first admin key is shown.
#[utoipa::path(post, operation_id = "open_organisation", path = "/v1/organisations", tag = "access", security(("bearer" = [])),
    request_body = NewOrganisation,
    responses((status = 201, description = "The organisation is open.", body = Opened), EngineItemRefusals))]
async fn open(
    State(api): State<ApiState>,
    session: Session,
    Body(new): Body<NewOrganisation>,
) -> Result<(StatusCode, Json<Opened>), Error> {
    let mut checks = Checks::default();
    checks.text("name", &new.name, 100);
    checks.finish()?;
    let mut transaction = api.engine.pool.begin().await.map_err(StoreError::from)?;
    let (wallet, org) = (session.wallet.into(), new.org.into());
    let (_, admin_key) =
        access::open_for_authority(&mut transaction, wallet, org, &new.name).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    let opened = Opened {
        org: new.org,
        admin_key: admin_key.into(),
        quote_signer: api.quote_signer_address(new.org),
    };
    Ok((StatusCode::CREATED, Json(opened)))
}

/// Get the caller's organisation.
#[utoipa::path(get, operation_id = "get_organisation", path = "/v1/organisation", tag = "access", security(("bearer" = [])),
    responses((status = 200, description = "The organisation.", body = OrganisationBody), EngineRefusals))]
async fn get(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
) -> Result<Json<OrganisationBody>, Error> {
    let Organisation {
        org,
        name,
        referral_destination,
        plan_change_grace_secs,
        capture_origins,
        created_at,
        ..
    } = organisation::current(&mut reader).await?;
    let on_chain = query::orgs::get(&mut reader, org).await?;
    Ok(Json(OrganisationBody {
        org: org.into(),
        name,
        referral_destination,
        quote_signer: api.quote_signer_address(org.into()),
        quote_authority: on_chain.map(|org| org.quote_authority.into()),
        plan_change_grace_secs,
        capture_origins: capture_origins
            .map(|origins| origins.into_iter().map(Origin::of_text).collect()),
        created_at: created_at.into(),
    }))
}

/// Change the caller's organisation.
///
/// Fields that are not given stay as they are.
#[utoipa::path(patch, operation_id = "change_organisation", path = "/v1/organisation", tag = "access", security(("bearer" = [])),
    request_body = OrganisationChange,
    responses((status = 204, description = "The organisation is changed."), EngineRefusals))]
async fn change(
    mut writer: Writer<Administer>,
    Body(new): Body<OrganisationChange>,
) -> Result<StatusCode, Error> {
    let mut checks = Checks::default();
    if let Some(name) = &new.name {
        checks.text("name", name, 100);
    }
    if let Some(destination) = &new.referral_destination {
        checks.that(
            "referral_destination",
            "must be an https address without user and password, of at most 2,000 characters",
            is_destination(destination),
        );
    }
    let grace = new
        .plan_change_grace_secs
        .map(|secs| secs.map(plan_change_grace));
    checks.that(
        "plan_change_grace_secs",
        "must be null, or a whole number from 0 to 31622400",
        grace != Some(Some(None)),
    );
    let listed = new.capture_origins.as_ref().and_then(Option::as_ref);
    checks.that(
        "capture_origins",
        "must have at most 100 origins",
        listed.is_none_or(|origins| origins.len() <= MAX_ORIGINS),
    );
    checks.finish()?;
    let origins = new.capture_origins.map(|origins| origins.map(texts));
    let settings = Settings {
        name: new.name.as_deref(),
        referral_destination: new.referral_destination.as_deref(),
        plan_change_grace_secs: grace.map(Option::flatten),
        capture_origins: origins.as_ref().map(Option::as_deref),
    };
    organisation::update(&mut writer, &settings).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn texts(origins: Vec<Origin>) -> Vec<String> {
    let origins: BTreeSet<Origin> = origins.into_iter().collect();
    origins.into_iter().map(Origin::into_text).collect()
}

/// Seconds of a grace that can be set; none when it is too long or negative.
fn plan_change_grace(secs: i64) -> Option<i32> {
    let most = i64::from(MAX_GRACE_SECS);
    let allowed = (0..=most).contains(&secs);
    i32::try_from(secs).ok().filter(|_| allowed)
}

/// Plain http is allowed only to this machine itself.
fn is_destination(text: &str) -> bool {
    let Ok(url) = text.parse::<Url>() else {
        return false;
    };
    let local = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
    text.len() <= 2_000
        && (url.scheme() == "https" || url.scheme() == "http" && local)
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
}
