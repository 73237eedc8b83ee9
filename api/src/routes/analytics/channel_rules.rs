//! The rules of channels: own hosts, excluded referrers, click ids. Versions never change.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, List, Listed, Paging, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Listing, RuleSetBody, Version},
};
use axum::{Json, http::StatusCode};
use tessera_domain::analytics::attribution::ChannelRules;
use tessera_engine::analytics::channel_rules;
use tessera_store::rule_set::{self, RuleKind};
use utoipa_axum::{router::OpenApiRouter, routes};

const KIND: RuleKind = RuleKind::ChannelRules;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get))
        .routes(routes!(publish))
}

parameters! {
    struct ChannelRulesFilters {}
}

impl Listed for ChannelRulesFilters {
    const RESOURCE: &'static str = "channel_rules";
    type Key = i64;
}

/// List versions of the channel rules.
///
/// Oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_channel_rules", path = "/v1/channel-rules", tag = "analytics", security(("bearer" = [])),
    params(ChannelRulesFilters, Paging<ChannelRulesFilters>),
    responses((status = 200, description = "A page of versions.", body = Listing<RuleSetBody>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<ChannelRulesFilters>,
) -> Result<Json<Listing<RuleSetBody>>, Error> {
    let rows = rule_set::list(&mut reader, KIND, list.page()).await?;
    list.answer(rows, |row| row.version.into(), |row| Ok(row.into()))
}

/// Get a version of the channel rules.
#[utoipa::path(get, operation_id = "get_channel_rules", path = "/v1/channel-rules/{version}", tag = "analytics", security(("bearer" = [])),
    params(("version" = Version, Path, description = "The version.")),
    responses((status = 200, description = "The version.", body = RuleSetBody), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(version): PathParam<Version>,
) -> Result<Hashed<RuleSetBody>, Error> {
    let found = rule_set::get(&mut reader, KIND, version.0).await?;
    Ok(Hashed(
        found.ok_or_else(|| version.absent("channel rules"))?.into(),
    ))
}

/// Create a version of the channel rules, as a draft.
///
/// `own_hosts` are the organisation's, and coming from there is no arrival; neither is coming back
/// from `excluded_referrers`, such as payment and sign-in providers, or from hosts that are named for
/// it, like `login.` and `checkout.`. `referrers` gives hosts a channel of their own, `click_ids`
/// parameters of links. A host stands for all hosts in it too, in Unicode or in punycode; a public
/// suffix is none. What is left out is as in version 1.
#[utoipa::path(post, operation_id = "create_channel_rules", path = "/v1/channel-rules", tag = "analytics", security(("bearer" = [])),
    request_body = schema::ChannelRules,
    responses((status = 201, description = "The draft.", body = RuleSetBody), EngineRefusals))]
async fn create(
    mut writer: Writer<Configure>,
    Body(wanted): Body<ChannelRules>,
) -> Result<(StatusCode, Json<RuleSetBody>), Error> {
    let (caller, conn) = writer.parts();
    let version = channel_rules::draft(conn, caller, &wanted).await?;
    let stored = rule_set::get(&mut writer, KIND, version).await?;
    let stored = stored.ok_or(Error::internal("channel rules"))?;
    Ok((StatusCode::CREATED, Json(stored.into())))
}

/// Publish a version of the channel rules.
///
/// It applies to every question from now on, about the past too. Publishing the version in force
/// changes nothing.
#[utoipa::path(post, operation_id = "publish_channel_rules", path = "/v1/channel-rules/{version}/publish", tag = "analytics", security(("bearer" = [])),
    params(("version" = Version, Path, description = "The version.")),
    responses((status = 204, description = "The version is in force."), EngineItemRefusals))]
async fn publish(
    mut writer: Writer<Configure>,
    PathParam(version): PathParam<Version>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    channel_rules::publish(conn, caller, version.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
