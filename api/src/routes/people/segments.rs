//! Segments: saved conditions, and the people who meet them.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, Checks, List, Listed, Paging, Param, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Id, Listing, Moment, Name},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_domain::{capture::is_name, people::segment::Condition};
use tessera_engine::people::segment as segments;
use tessera_store::{
    PgConnection,
    people::{
        segment::{self, SegmentRow},
        segment_member::{self, MemberRow},
    },
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, define))
        .routes(routes!(get, remove))
        .routes(routes!(members))
}

parameters! {
    struct SegmentFilters {}
}

impl Listed for SegmentFilters {
    const RESOURCE: &'static str = "segments";
    type Key = Name;
}

parameters! {
    struct MemberFilters {}
}

impl Listed for MemberFilters {
    const RESOURCE: &'static str = "segment_members";
    type Key = Uuid;
}

/// A segment to create or change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSegment {
    /// The segment's name.
    #[schema(value_type = Name)]
    name: String,
    /// What members meet.
    #[schema(value_type = schema::SegmentCondition)]
    condition: Condition,
}

/// Whether a segment's members are complete.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SegmentStatus {
    /// Everybody who was there before is still being looked at.
    Building,
    /// The members are what the version says.
    Live,
}

/// A version of a segment that was created.
#[derive(Serialize, ToSchema)]
struct DefinedSegment {
    /// The segment's name.
    #[schema(value_type = Name)]
    name: String,
    /// The version's number.
    #[schema(example = 1)]
    version: i32,
    /// The version comes into force once it is `live`.
    status: SegmentStatus,
}

/// A segment.
#[derive(Serialize, ToSchema)]
struct Segment {
    /// The segment's name.
    #[schema(value_type = Name)]
    name: String,
    /// The version in force, or the first one while it is being built.
    #[schema(example = 1)]
    version: i32,
    /// Whether the version is in force.
    status: SegmentStatus,
    /// The version that is being built, and will replace this one.
    #[schema(required, example = 2)]
    building: Option<i32>,
    /// What members meet.
    #[schema(value_type = schema::SegmentCondition)]
    condition: Condition,
    /// The version of the scoring model that a score in the condition is of.
    #[schema(required, example = 3)]
    scoring_model: Option<i32>,
    /// How many members there are.
    #[schema(example = 42)]
    members: i64,
    /// The API key or wallet that wrote the version; `engine` when the version follows from another
    /// scoring model.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When the version was written.
    created_at: Moment,
}

impl From<SegmentRow> for Segment {
    fn from(row: SegmentRow) -> Self {
        Self {
            name: row.name,
            version: row.version,
            status: if row.live {
                SegmentStatus::Live
            } else {
                SegmentStatus::Building
            },
            building: row.building,
            condition: row.definition.condition,
            scoring_model: row.definition.model.map(|model| model.version),
            members: row.members,
            created_by: row.created_by,
            created_at: row.created_at.into(),
        }
    }
}

/// A member of a segment.
#[derive(Serialize, ToSchema)]
struct SegmentMember {
    /// The person.
    person: Id,
    /// When they became a member.
    entered_at: Moment,
}

impl From<MemberRow> for SegmentMember {
    fn from(row: MemberRow) -> Self {
        Self {
            person: row.person.into(),
            entered_at: row.entered_at.into(),
        }
    }
}

/// The segment of this name.
async fn find(conn: &mut PgConnection, name: &Name) -> Result<SegmentRow, Error> {
    let found = segment::get(conn, &name.0).await?;
    found.ok_or_else(|| Error::not_found("segment", name))
}

/// List segments.
///
/// By name, a page at a time.
#[utoipa::path(get, operation_id = "list_segments", path = "/v1/segments", tag = "people", security(("bearer" = [])),
    params(SegmentFilters, Paging<SegmentFilters>),
    responses((status = 200, description = "A page of segments.", body = Listing<Segment>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<SegmentFilters>,
) -> Result<Json<Listing<Segment>>, Error> {
    let page = list.page().by(|name| name.0);
    let rows = segment::list(&mut reader, page).await?;
    list.answer(rows, |row| Name(row.name.clone()), |row| Ok(row.into()))
}

/// Get a segment.
#[utoipa::path(get, operation_id = "get_segment", path = "/v1/segments/{name}", tag = "people", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The segment's name.")),
    responses((status = 200, description = "The segment.", body = Segment), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(name): PathParam<Name>,
) -> Result<Hashed<Segment>, Error> {
    Ok(Hashed(find(&mut reader, &name).await?.into()))
}

/// Create or change a segment.
///
/// Arriving events change its members immediately, and those who were there before are looked at in
/// the background; the status is `live` once that is done. Until then an earlier version stays in
/// force. Who becomes a member, or ceases to be one, has an event `segment_entered` or
/// `segment_exited`, whose property `segment` is the name; those who are members from the start
/// have one too. An alias stands for its event, unless it is spelled like an event's own name.
#[utoipa::path(post, operation_id = "define_segment", path = "/v1/segments", tag = "people", security(("bearer" = [])),
    request_body = NewSegment,
    responses((status = 202, description = "The version is being built.", body = DefinedSegment), EngineRefusals))]
async fn define(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    Body(new): Body<NewSegment>,
) -> Result<(StatusCode, Json<DefinedSegment>), Error> {
    let mut checks = Checks::default();
    checks.that("name", Name::RULE, is_name(&new.name));
    checks.finish()?;
    let (caller, conn) = writer.parts();
    let version = segments::define(&api.engine, conn, caller, &new.name, new.condition).await?;
    let defined = DefinedSegment {
        name: new.name,
        version,
        status: SegmentStatus::Building,
    };
    Ok((StatusCode::ACCEPTED, Json(defined)))
}

/// Remove a segment.
///
/// Nobody is a member any longer, without events that say so, and the name is free immediately. A segment cannot be
/// removed while people enter a journey by it or a running experiment selects by it.
#[utoipa::path(delete, operation_id = "remove_segment", path = "/v1/segments/{name}", tag = "people", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The segment's name.")),
    responses((status = 204, description = "The segment is removed."), EngineItemRefusals))]
async fn remove(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    PathParam(name): PathParam<Name>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    segments::remove(&api.engine, conn, caller, &name.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List a segment's members.
///
/// By id, a page at a time.
#[utoipa::path(get, operation_id = "list_segment_members", path = "/v1/segments/{name}/members", tag = "people", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The segment's name."), MemberFilters, Paging<MemberFilters>),
    responses((status = 200, description = "A page of members.", body = Listing<SegmentMember>), EngineItemRefusals))]
async fn members(
    mut reader: Reader<Read>,
    PathParam(name): PathParam<Name>,
    list: List<MemberFilters>,
) -> Result<Json<Listing<SegmentMember>>, Error> {
    find(&mut reader, &name).await?;
    let rows = segment_member::list(&mut reader, &name.0, list.page()).await?;
    list.answer(rows, |row| row.person, |row| Ok(row.into()))
}
