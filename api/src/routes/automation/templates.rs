//! Templates: drafted, looked at, put in force, and never changed.

use crate::{
    auth::{Configure, Identify, Read},
    error::Error,
    extract::{
        Body, Checks, Filters, List, Listed, Paging, Param, PathPair, PathParam, parameters,
    },
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Id, Listing, Moment, Name, Version},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tessera_domain::{
    automation::template::{Arms, Block, Channel, OnUncertain, Parts, Purpose, Template},
    capture::{is_name, split_traits},
    event::Properties,
};
use tessera_engine::automation::templates::{self, PreviewFor};
use tessera_store::automation::template::{self, TemplateRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, draft))
        .routes(routes!(get))
        .routes(routes!(publish))
        .routes(routes!(preview))
}

parameters! {
    struct TemplateFilters {}
}

impl Listed for TemplateFilters {
    const RESOURCE: &'static str = "templates";
    type Key = Name;
}

parameters! {
    /// Which version.
    struct WhichVersion {
        /// The version's number; the one in force unless given, or else the latest.
        version: Version,
    }
}

/// A version of a template to draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "welcome", "channel": "mail", "purpose": "service", "topic": "account", "priority": 5,
    "on_uncertain": "resend", "default_locale": "en",
    "locales": { "en": { "subject": "Welcome", "text": "Hello {{ person.first_name }}" } },
    "fallbacks": { "first_name": "there" }
}))]
struct NewTemplate {
    /// The template's name.
    #[schema(value_type = Name)]
    name: String,
    /// How it reaches a person.
    #[schema(value_type = schema::MessageChannel)]
    channel: Channel,
    /// What it is for: marketing can be refused, waits for quiet hours to end and counts against caps.
    #[schema(value_type = schema::MessagePurpose)]
    purpose: Purpose,
    /// What it is about; people choose which topics they want.
    #[schema(value_type = Name)]
    topic: String,
    /// Messages of a higher priority go first.
    #[serde(default)]
    #[schema(maximum = 9, default = 0, example = 5)]
    priority: u8,
    /// What becomes of a message of which nobody knows whether the server took it.
    #[schema(value_type = schema::OnUncertain)]
    on_uncertain: OnUncertain,
    /// The language of those who want none of the others.
    #[schema(value_type = schema::LanguageTag)]
    default_locale: String,
    /// The texts by language, in Jinja's notation. They can name `person.<trait>`, `event.<property>`,
    /// `content.<block>`, `organisation.name`, `links.unsubscribe` and `links.preferences`.
    #[schema(value_type = schema::TemplateLocales)]
    locales: BTreeMap<String, Parts>,
    /// What stands where a person lacks a trait, or an event a property: of each that is named.
    #[serde(default)]
    #[schema(example = json!({ "first_name": "there", "event.plan": "your plan" }))]
    fallbacks: BTreeMap<String, String>,
    /// Texts that differ from person to person, by name: of each the first whose tests all hold. The last
    /// has none.
    #[serde(default)]
    #[schema(value_type = schema::TemplateBlocks)]
    blocks: BTreeMap<String, Vec<Block>>,
}

/// A version of a template.
#[derive(Serialize, ToSchema)]
struct TemplateBody {
    /// The template's name.
    #[schema(value_type = Name)]
    name: String,
    /// The version, from 1.
    version: Version,
    /// `draft`, `published` or `retired`; one is published.
    #[schema(example = "published")]
    status: String,
    /// What it says.
    #[schema(value_type = schema::Template)]
    template: Template,
    /// The API key or wallet that wrote it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was written.
    created_at: Moment,
    /// When it was last published.
    #[schema(required)]
    published_at: Option<Moment>,
}

impl From<TemplateRow> for TemplateBody {
    fn from(row: TemplateRow) -> Self {
        Self {
            name: row.name,
            version: Version(row.version),
            status: row.status,
            template: row.template,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            published_at: row.published_at.map(Into::into),
        }
    }
}

/// The number of a draft.
#[derive(Serialize, ToSchema)]
struct DraftedTemplate {
    /// The version's number.
    version: Version,
}

/// Whom to fill a template in for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "traits": { "locale": "pt-BR", "country": "BR" }, "event": { "plan": "pro" } }))]
struct Preview {
    /// A person; or else `traits`.
    person: Option<Id>,
    /// The traits of a person.
    #[schema(value_type = Option<schema::PersonTraits>)]
    traits: Option<serde_json::Value>,
    /// Properties of the event that causes the message.
    #[serde(default)]
    #[schema(value_type = HashMap<String, serde_json::Value>, example = json!({ "plan": "pro" }))]
    event: Properties,
    /// The arms that are seen, by the keys of their experiments; without one, as who takes no part sees it.
    #[serde(default)]
    #[schema(value_type = HashMap<String, String>, example = json!({ "subject": "b" }))]
    arms: Arms,
    /// The language; the one that the person reads, unless given.
    #[schema(value_type = Option<schema::LanguageTag>)]
    locale: Option<String>,
    /// The version's number; the one in force unless given, or else the latest.
    version: Option<Version>,
}

/// A template as it is filled in for a person.
#[derive(Serialize, ToSchema)]
struct Previewed {
    /// The language that it is in.
    #[schema(example = "en")]
    locale: String,
    /// The texts.
    #[schema(value_type = schema::TemplateParts)]
    parts: Parts,
}

/// List templates.
///
/// By name, a page at a time: of each the version in force, or else the latest.
#[utoipa::path(get, operation_id = "list_templates", path = "/v1/templates", tag = "automation", security(("bearer" = [])),
    params(TemplateFilters, Paging<TemplateFilters>),
    responses((status = 200, description = "A page of templates.", body = Listing<TemplateBody>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<TemplateFilters>,
) -> Result<Json<Listing<TemplateBody>>, Error> {
    let page = list.page().by(|name| name.0);
    let rows = template::list(&mut reader, page).await?;
    list.answer(rows, |row| Name(row.name.clone()), |row| Ok(row.into()))
}

/// Draft a version of a template.
///
/// It is checked as a whole: it names nothing that may not be there, and fills in for a person of whom nothing
/// is known. It is not in force until it is published, and it never changes.
#[utoipa::path(post, operation_id = "draft_template", path = "/v1/templates", tag = "automation", security(("bearer" = [])),
    request_body = NewTemplate,
    responses((status = 201, description = "The draft's number.", body = DraftedTemplate), EngineRefusals))]
async fn draft(
    mut writer: Writer<Configure>,
    Body(new): Body<NewTemplate>,
) -> Result<(StatusCode, Json<DraftedTemplate>), Error> {
    let mut checks = Checks::default();
    checks.that("name", Name::RULE, is_name(&new.name));
    checks.finish()?;
    let template = Template {
        channel: new.channel,
        purpose: new.purpose,
        topic: new.topic,
        priority: new.priority,
        on_uncertain: new.on_uncertain,
        default_locale: new.default_locale,
        locales: new.locales,
        fallbacks: new.fallbacks,
        blocks: new.blocks,
    };
    let (caller, conn) = writer.parts();
    let version = templates::draft(conn, caller, &new.name, &template).await?;
    let drafted = DraftedTemplate {
        version: Version(version),
    };
    Ok((StatusCode::CREATED, Json(drafted)))
}

/// Get a template.
#[utoipa::path(get, operation_id = "get_template", path = "/v1/templates/{name}", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The template's name."), WhichVersion),
    responses((status = 200, description = "The version.", body = TemplateBody), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(name): PathParam<Name>,
    Filters(which): Filters<WhichVersion>,
) -> Result<Hashed<TemplateBody>, Error> {
    let version = which.version.map(|it| it.0);
    let row = templates::get(&mut reader, &name.0, version).await?;
    Ok(Hashed(row.into()))
}

/// Publish a version of a template.
///
/// It is sent from then on and retires the one before it, which can be published again. Messages that are
/// intended already keep their version. Publishing the one in force changes nothing.
#[utoipa::path(post, operation_id = "publish_template", path = "/v1/templates/{name}/{version}/publish", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The template's name."),
        ("version" = inline(Version), Path, description = "The version's number.")),
    responses((status = 204, description = "The version is in force."), EngineItemRefusals))]
async fn publish(
    mut writer: Writer<Configure>,
    PathPair(name, version): PathPair<Name, Version>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    templates::publish(conn, caller, &name.0, version.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Preview a template.
///
/// Filled in for a person, whose personal traits it shows, or for one with these traits. Nothing is sent.
#[utoipa::path(post, operation_id = "preview_template", path = "/v1/templates/{name}/preview", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The template's name.")), request_body = Preview,
    responses((status = 200, description = "The texts.", body = Previewed), EngineItemRefusals))]
async fn preview(
    State(api): State<ApiState>,
    mut reader: Reader<Identify>,
    PathParam(name): PathParam<Name>,
    Body(wanted): Body<Preview>,
) -> Result<Json<Previewed>, Error> {
    let to = match (wanted.person, wanted.traits) {
        (Some(person), None) => PreviewFor::Person(person.0),
        (None, Some(traits)) => {
            let split = split_traits(&traits).map_err(|it| Error::invalid(vec![it]))?;
            let mut all = split.public;
            all.extend(split.personal);
            PreviewFor::Traits(all)
        }
        _ => return Err(Error::refused("person", "must be there, or else traits")),
    };
    let version = wanted.version.map(|it| it.0);
    let row = templates::get(&mut reader, &name.0, version).await?;
    let rendered = templates::preview(
        &api.engine,
        &mut reader,
        &row.template,
        to,
        (&wanted.event, &wanted.arms),
        wanted.locale.as_deref(),
    )
    .await?;
    Ok(Json(Previewed {
        locale: rendered.locale,
        parts: rendered.parts,
    }))
}
