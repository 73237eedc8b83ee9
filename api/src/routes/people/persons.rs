//! People: who they are, what happened to them, and merges, which an administrator decides on and can
//! take back.

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
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use tessera_domain::{
    people::{IdentifierKind, Link, PersonFacts, Proof, decide_link},
    time::Timestamp,
};
use tessera_engine::projection::{Touched, project};
use tessera_store::{
    PgConnection,
    capture::event::{self, EventRow},
    people::{
        merge::{self, MergeRow},
        person::{self, PersonRow},
    },
    rules,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .routes(routes!(timeline))
        .routes(routes!(join))
        .routes(routes!(part))
}

/// A person, as the one that all merges lead to.
#[derive(Serialize, ToSchema)]
struct Person {
    /// Their id: the one that was asked for, or of the person whom that one was merged into.
    id: Id,
    /// Whether anything says more of them than which browser they use.
    identified: bool,
    /// What they were stated to be, free of personal data.
    #[schema(value_type = HashMap<String, Value>, example = json!({ "segment": "institution", "country": "CH" }))]
    traits: Value,
    /// When they were first seen.
    first_seen: Moment,
    /// When they were last seen.
    last_seen: Moment,
    /// What they are known by. The values are not shown.
    identifiers: Vec<IdentifierCount>,
    /// Everybody who is merged into them.
    merged: Vec<Id>,
    /// Merges of any of them, latest first; those that were taken back too.
    merges: Vec<PersonMerge>,
}

/// How many identifiers of a kind somebody has.
#[derive(Serialize, ToSchema)]
struct IdentifierCount {
    /// `anonymous`, `user`, `email` or `wallet`.
    #[schema(value_type = String, example = "wallet")]
    kind: IdentifierKind,
    /// How many.
    #[schema(example = 2)]
    count: i64,
}

/// A merge of two people.
#[derive(Serialize, ToSchema)]
struct PersonMerge {
    /// Its id.
    id: Id,
    /// Who stayed.
    winner: Id,
    /// Who became the winner.
    loser: Id,
    /// Why.
    #[schema(example = "the same customer, by phone")]
    reason: String,
    /// Who decided so; `engine` when the person said who they are.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    actor: String,
    /// When.
    at: Moment,
    /// When it was taken back; null while it stands.
    #[schema(required)]
    undone_at: Option<Moment>,
}

/// What happened to a person.
#[derive(Serialize, ToSchema)]
struct TimelineEvent {
    /// Its id, which follows from its `message_id`.
    id: Id,
    /// To whom, as they were known when it came.
    person: Id,
    /// What happened.
    #[schema(example = "pricing_page_visited")]
    event: String,
    /// When.
    at: Moment,
    /// When it came here.
    received_at: Moment,
    /// `client`, `chain` or `engine`.
    #[schema(example = "client")]
    source: String,
    /// Particulars.
    #[schema(value_type = HashMap<String, Value>, example = json!({ "channel": "newsletter" }))]
    properties: Value,
}

/// Two people to be made one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMerge {
    /// Who becomes the person in the path.
    with: Id,
    /// Why: 1 to 500 characters.
    #[schema(example = "the same customer, by phone")]
    reason: String,
}

/// A merge to be taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Unmerge {
    /// The merge's id.
    merge: Id,
}

/// Who everybody is after a merge was taken back.
#[derive(Serialize, ToSchema)]
struct Unmerged {
    /// Everybody who was one person before.
    people: Vec<Standing>,
}

/// Who somebody is.
#[derive(Serialize, ToSchema)]
struct Standing {
    /// Somebody.
    person: Id,
    /// The person for whom they count: themselves when they are not merged.
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
    /// Narrows nothing.
    struct TimelineFilters {}
}

/// When something happened, and its position.
#[derive(Clone, Copy)]
pub(crate) struct TimelineKey(Timestamp, i64);

impl CursorKey for TimelineKey {
    fn to_bytes(&self) -> Vec<u8> {
        [self.0.0, self.1].map(i64::to_be_bytes).concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, position) = bytes.split_at_checked(8)?;
        Some(Self(
            Timestamp(i64::from_bytes(at)?),
            i64::from_bytes(position)?,
        ))
    }
}

impl Listed for TimelineFilters {
    const RESOURCE: &'static str = "timeline";
    type Key = TimelineKey;
}

/// The person behind `id` after all merges.
pub(crate) async fn canonical(conn: &mut PgConnection, id: Id) -> Result<PersonRow, Error> {
    person::get(conn, id.0).await?.ok_or_else(|| absent(id))
}

fn absent(id: Id) -> Error {
    Error::not_found("person", id.to_string())
}

/// Get a person.
///
/// Any id of theirs leads to them: whoever was merged into somebody is answered as that person.
#[utoipa::path(get, operation_id = "get_person", path = "/v1/persons/{id}", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    responses((status = 200, description = "The person.", body = Person), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Hashed<Person>, Error> {
    let row = canonical(&mut reader, id).await?;
    let identifiers = person::identifiers(&mut reader, row.id).await?;
    let group = person::group(&mut reader, &[row.id]).await?;
    let merges = merge::of(&mut reader, row.id).await?;
    Ok(Hashed(Person {
        id: row.id.into(),
        identified: row.identified,
        traits: row.traits,
        first_seen: row.first_seen.into(),
        last_seen: row.last_seen.into(),
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

/// List what happened to a person.
///
/// Latest first, a page at a time; with what happened to whoever was merged into them.
#[utoipa::path(get, operation_id = "list_person_timeline", path = "/v1/persons/{id}/timeline", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person."), TimelineFilters, Paging),
    responses((status = 200, description = "A page of events.", body = Listing<TimelineEvent>), EngineItemRefusals))]
async fn timeline(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
    list: List<TimelineFilters>,
) -> Result<Json<Listing<TimelineEvent>>, Error> {
    let row = canonical(&mut reader, id).await?;
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
/// The person in the path stays, and the other becomes them: what happened to either counts for both,
/// scores and funnels with it. Neither may be merged into somebody already. Nothing is rewritten, so
/// `unmerge` takes it back without a trace.
#[utoipa::path(post, operation_id = "merge_persons", path = "/v1/persons/{id}/merge", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "Who stays.")), request_body = NewMerge,
    responses((status = 201, description = "They are one.", body = PersonMerge), EngineItemRefusals))]
async fn join(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    PathParam(winner): PathParam<Id>,
    Body(new): Body<NewMerge>,
) -> Result<(StatusCode, Json<PersonMerge>), Error> {
    let mut checks = Checks::default();
    checks.text("reason", &new.reason, 1..=500);
    checks.finish()?;
    let loser = new.with;
    let organisation = writer.caller.organisation;
    let rules = api.engine.rules.current(&mut writer, organisation).await?;
    for id in [winner, loser] {
        canonical(&mut writer, id).await?;
    }
    if winner == loser {
        return Err(Error::conflict("that is one person already".to_owned()));
    }
    // A merge does not mean that anybody was seen.
    let stale = person::lock(&mut writer, &[winner.0, loser.0], &[], DateTime::UNIX_EPOCH).await?;
    if let Some(stale) = stale.first() {
        return Err(Error::conflict(format!(
            "person {stale} is merged into another one; merge that one"
        )));
    }
    let one = facts(&mut writer, winner).await?;
    let other = facts(&mut writer, loser).await?;
    if let Link::Refused(_) | Link::Nothing = decide_link(&one, &other, Proof::Admin) {
        return Err(Error::conflict(
            "a person without any identifier, such as an erased one, cannot be merged".to_owned(),
        ));
    }
    let id = Uuid::now_v7();
    let actor = writer.caller.actor.to_string();
    merge::apply(
        &mut writer,
        organisation,
        winner.0,
        loser.0,
        &new.reason,
        &actor,
        id,
    )
    .await?;
    let touched = Touched {
        rebuilt: [winner.0].into(),
        gone: [loser.0].into(),
        ..Touched::default()
    };
    project(&mut writer, organisation, &rules, &touched).await?;
    let merge = merge::get(&mut writer, id)
        .await?
        .ok_or(Error::internal("merge"))?;
    Ok((StatusCode::CREATED, Json(merge.into())))
}

async fn facts(conn: &mut PgConnection, id: Id) -> Result<PersonFacts, Error> {
    let row = canonical(conn, id).await?;
    let identifiers = person::identifiers(conn, id.0).await?;
    Ok(PersonFacts {
        id: id.0,
        created_at: row.first_seen.into(),
        kinds: identifiers.into_iter().map(|(kind, _)| kind).collect(),
    })
}

/// Take a merge back.
///
/// Other merges stand, whatever came after it. Scores and funnels are as if there had never been this
/// one.
#[utoipa::path(post, operation_id = "unmerge_persons", path = "/v1/persons/{id}/unmerge", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")), request_body = Unmerge,
    responses((status = 200, description = "They are apart.", body = Unmerged), EngineItemRefusals))]
async fn part(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    PathParam(id): PathParam<Id>,
    Body(Unmerge { merge: wanted }): Body<Unmerge>,
) -> Result<Json<Unmerged>, Error> {
    let organisation = writer.caller.organisation;
    // Exclusive: see merge::undo.
    rules::lock(&mut writer, organisation).await?;
    let rules = api.engine.rules.current(&mut writer, organisation).await?;
    let row = canonical(&mut writer, id).await?;
    let merge = merge::of(&mut writer, row.id)
        .await?
        .into_iter()
        .find(|merge| merge.id == wanted.0)
        .ok_or_else(|| Error::not_found("merge of this person with the id", wanted.to_string()))?;
    let group: Vec<Uuid> = person::group(&mut writer, &[row.id])
        .await?
        .into_iter()
        .map(|(person, _)| person)
        .collect();
    person::lock(&mut writer, &group, &[], DateTime::<Utc>::UNIX_EPOCH).await?;
    let Some(people) = merge::undo(&mut writer, merge.id).await? else {
        return Err(Error::conflict("it was taken back already".to_owned()));
    };
    let touched = Touched {
        rebuilt: people
            .iter()
            .map(|(_, canonical)| *canonical)
            .collect::<BTreeSet<Uuid>>(),
        ..Touched::default()
    };
    project(&mut writer, organisation, &rules, &touched).await?;
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
