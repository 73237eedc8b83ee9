//! People: who they are, what happened to them, and merges, which an administrator decides on and
//! can undo.

use crate::{
    auth::{Administer, Read},
    error::Error,
    extract::{Body, Checks, CursorKey, List, Listed, Paging, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::EngineItemRefusals,
    state::ApiState,
    wire::{Id, Listing, Moment},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tessera_domain::{people::IdentifierKind, time::Timestamp};
use tessera_engine::people;
use tessera_store::{
    capture::event::{self, EventRow},
    people::{
        merge::{self, MergeRow},
        person, seen, segment_member,
    },
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(get, erase))
        .routes(routes!(timeline))
        .routes(routes!(merge_into))
        .routes(routes!(unmerge))
}

/// A person, after all merges.
#[derive(Serialize, ToSchema)]
struct Person {
    /// Their id: the one that was asked for, or that of the person it was merged into.
    id: Id,
    /// Whether they are known by more than a browser.
    identified: bool,
    /// Their traits, free of personal data.
    #[schema(value_type = HashMap<String, Value>, example = json!({ "segment": "institution", "country": "CH" }))]
    traits: Value,
    /// The segments that they are members of.
    #[schema(example = json!(["trial_ending"]))]
    segments: Vec<String>,
    /// When the first event of theirs happened, be it only mail that reached them.
    first_seen: Moment,
    /// When they last did something themselves; null when they never did.
    #[schema(required)]
    last_seen: Option<Moment>,
    /// Their identifiers. The values are not shown.
    identifiers: Vec<IdentifierCount>,
    /// The people who are merged into them.
    merged: Vec<Id>,
    /// Merges of any of them, latest first, including those that were undone.
    merges: Vec<PersonMerge>,
}

/// How many identifiers of a kind a person has.
#[derive(Serialize, ToSchema)]
struct IdentifierCount {
    /// `anonymous`, `user`, `email` or `wallet`.
    #[schema(value_type = String, example = "wallet")]
    kind: IdentifierKind,
    /// How many distinct ones.
    #[schema(example = 2)]
    count: i64,
}

/// A merge of two people.
#[derive(Serialize, ToSchema)]
struct PersonMerge {
    /// The merge's id, for undoing it.
    id: Id,
    /// The person who stayed.
    winner: Id,
    /// The person who was merged into the winner.
    loser: Id,
    /// The reason that was given.
    #[schema(example = "the same customer, by phone")]
    reason: String,
    /// The API key or wallet that decided; `engine` when the person identified themselves.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    actor: String,
    /// When it was decided.
    at: Moment,
    /// When it was undone; null while it stands.
    #[schema(required)]
    undone_at: Option<Moment>,
}

/// What happened to a person.
#[derive(Serialize, ToSchema)]
struct TimelineEvent {
    /// The event's id, derived from its `message_id`.
    id: Id,
    /// The person it happened to, as known when it was received.
    person: Id,
    /// What happened.
    #[schema(example = "pricing_page_visited")]
    event: String,
    /// When it happened.
    at: Moment,
    /// When it was received.
    received_at: Moment,
    /// `client`, `chain` or `engine`.
    #[schema(example = "client")]
    source: String,
    /// Its properties.
    #[schema(value_type = HashMap<String, Value>, example = json!({ "channel": "newsletter" }))]
    properties: Value,
}

/// A merge to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMerge {
    /// The person to merge into the one in the path.
    with: Id,
    /// The reason: 1 to 500 characters.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "the same customer, by phone"
    )]
    reason: String,
}

/// A merge to undo.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Unmerge {
    /// The merge's id.
    merge: Id,
}

/// The people after a merge was undone.
#[derive(Serialize, ToSchema)]
struct Unmerged {
    /// Everybody who was one person before.
    people: Vec<Standing>,
}

/// Which person a person counts as.
#[derive(Serialize, ToSchema)]
struct Standing {
    /// The person.
    person: Id,
    /// The person they count as: themselves when they are not merged.
    canonical: Id,
}

impl From<MergeRow> for PersonMerge {
    fn from(row: MergeRow) -> Self {
        Self {
            id: row.id.into(),
            winner: row.winner.into(),
            loser: row.loser.into(),
            reason: row.reason,
            actor: row.actor,
            at: row.merged_at.into(),
            undone_at: row.undone_at.map(Into::into),
        }
    }
}

impl From<EventRow> for TimelineEvent {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.message_key.into(),
            person: row.person.into(),
            event: row.name,
            at: row.at.into(),
            received_at: row.received_at.into(),
            source: row.source,
            properties: Value::Object(row.properties.0),
        }
    }
}

parameters! {
    struct TimelineFilters {}
}

/// Two thousand years from 1970.
const MAX_MICROS: i64 = 63_000_000_000_000_000;

/// When something happened, and its position.
#[derive(Clone, Copy)]
pub(crate) struct TimelineKey(Timestamp, i64);

impl CursorKey for TimelineKey {
    const PATTERN: &'static str = "[0-9a-f]{32}";
    const EXAMPLE: &'static str = "000649b9e2b9c0000000000000000014";

    fn to_bytes(&self) -> Vec<u8> {
        [self.0.0, self.1].map(i64::to_be_bytes).concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, position) = bytes.split_at_checked(8)?;
        Some(Self(
            // Within what the database knows; nothing is outside of it.
            Timestamp(i64::from_bytes(at)?.clamp(-MAX_MICROS, MAX_MICROS)),
            i64::from_bytes(position)?,
        ))
    }
}

impl Listed for TimelineFilters {
    const RESOURCE: &'static str = "timeline";
    type Key = TimelineKey;
}

/// Get a person.
///
/// Any of their ids leads to them, including that of a person who was merged into them.
#[utoipa::path(get, operation_id = "get_person", path = "/v1/persons/{id}", tag = "people", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    responses((status = 200, description = "The person.", body = Person), EngineItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Hashed<Person>, Error> {
    let organisation = reader.caller.organisation;
    let rules = api.engine.rules.latest(&mut reader, organisation).await?;
    let row = people::canonical(&mut reader, id.0).await?;
    let identifiers = person::identifiers(&mut reader, row.id).await?;
    let group = person::group(&mut reader, &[row.id]).await?;
    let merges = merge::of(&mut reader, row.id).await?;
    let segments = segment_member::of_person(&mut reader, row.id).await?;
    let no_acts = rules.reading.acts.others();
    let last_seen = seen::last_act(&mut reader, row.id, &no_acts).await?;
    Ok(Hashed(Person {
        id: row.id.into(),
        identified: row.identified,
        traits: row.traits,
        segments,
        first_seen: row.first_seen.into(),
        last_seen: last_seen.map(Into::into),
        identifiers: identifiers
            .into_iter()
            .map(|(kind, count)| IdentifierCount { kind, count })
            .collect(),
        merged: group
            .into_iter()
            .map(|(person, _)| person)
            .filter(|person| *person != row.id)
            .map(Id)
            .collect(),
        merges: merges.into_iter().map(Into::into).collect(),
    }))
}

/// Erase a person.
///
/// For the person and everybody who is merged into them, this erases their identifiers, their
/// traits, and every name in their events that leads through the chain to their wallet. Their
/// events stay, but no longer lead to them, so totals do not change; what they do from now on
/// belongs to a new person.
#[utoipa::path(delete, operation_id = "erase_person", path = "/v1/persons/{id}", tag = "people", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    responses((status = 204, description = "The person is erased."), EngineItemRefusals))]
async fn erase(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    PathParam(id): PathParam<Id>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    people::erase(&api.engine, conn, caller, id.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List a person's events.
///
/// Latest first, a page at a time, including the events of people who were merged into them.
#[utoipa::path(get, operation_id = "list_person_timeline", path = "/v1/persons/{id}/timeline", tag = "people", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person."), TimelineFilters, Paging<TimelineFilters>),
    responses((status = 200, description = "A page of events.", body = Listing<TimelineEvent>), EngineItemRefusals))]
async fn timeline(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
    list: List<TimelineFilters>,
) -> Result<Json<Listing<TimelineEvent>>, Error> {
    let row = people::canonical(&mut reader, id.0).await?;
    let page = list.page();
    let after = page
        .after
        .map(|TimelineKey(at, position)| (at.into(), position));
    let rows = event::timeline(&mut reader, row.id, after, page.limit).await?;
    list.answer(
        rows,
        |row| TimelineKey(row.at.into(), row.position),
        |row| Ok(row.into()),
    )
}

/// Merge two people.
///
/// The person in the path stays, and the other is merged into them: the events of both count as one
/// person's, in scores and funnels too. Neither may already be merged into another person. Nothing
/// is rewritten, so `unmerge` undoes it without a trace.
#[utoipa::path(post, operation_id = "merge_persons", path = "/v1/persons/{id}/merge", tag = "people", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The person who stays.")), request_body = NewMerge,
    responses((status = 201, description = "The merge.", body = PersonMerge), EngineItemRefusals))]
async fn merge_into(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    PathParam(winner): PathParam<Id>,
    Body(new): Body<NewMerge>,
) -> Result<(StatusCode, Json<PersonMerge>), Error> {
    let mut checks = Checks::default();
    checks.text("reason", &new.reason, 500);
    checks.finish()?;
    let (caller, conn) = writer.parts();
    let (loser, reason) = (new.with.0, new.reason.as_str());
    let merge = people::merge::merge(&api.engine, conn, caller, winner.0, loser, reason).await?;
    Ok((StatusCode::CREATED, Json(merge.into())))
}

/// Undo a merge.
///
/// Other merges stand, including later ones. Scores and funnels become what they would be without
/// this merge.
#[utoipa::path(post, operation_id = "unmerge_persons", path = "/v1/persons/{id}/unmerge", tag = "people", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")), request_body = Unmerge,
    responses((status = 200, description = "The people, as they are now.", body = Unmerged), EngineItemRefusals))]
async fn unmerge(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    PathParam(id): PathParam<Id>,
    Body(Unmerge { merge }): Body<Unmerge>,
) -> Result<Json<Unmerged>, Error> {
    let (caller, conn) = writer.parts();
    let people = people::merge::undo(&api.engine, conn, caller, id.0, merge.0).await?;
    Ok(Json(Unmerged {
        people: people
            .into_iter()
            .map(|(person, canonical)| Standing {
                person: person.into(),
                canonical: canonical.into(),
            })
            .collect(),
    }))
}
