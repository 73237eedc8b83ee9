//! Who has which lead, and why.

use crate::{
    auth::{Read, Sell},
    error::Error,
    extract::{Body, List, Listed, Paging, PathParam, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    state::ApiState,
    wire::{Id, Key, Listing, Moment, Name},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use tessera_engine::{
    leads::assign::{self, Wanted},
    people,
};
use tessera_store::{
    PgConnection,
    leads::{
        assignment::{self, AssignmentRow, Held},
        team,
    },
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(held))
        .routes(routes!(assign))
        .routes(routes!(release))
        .routes(routes!(history))
}

parameters! {
    /// Narrows the list.
    struct HeldFilters {
        /// Only leads that this member has.
        member: Key,
        /// Only leads in this queue.
        queue: Name,
    }
}

impl Listed for HeldFilters {
    const RESOURCE: &'static str = "lead_assignments";
    type Key = Uuid;
}

parameters! {
    struct AssignmentFilters {}
}

impl Listed for AssignmentFilters {
    const RESOURCE: &'static str = "assignments_of_lead";
    type Key = Uuid;
}

/// How a lead is to be assigned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "needs": ["mining"] }))]
struct WantedAssignment {
    /// What is needed to work on it: it goes to a member with all of these skills. Not together with `to`.
    #[serde(default)]
    #[schema(value_type = Vec<Name>, max_items = 50, required = false, example = json!(["mining"]))]
    needs: BTreeSet<String>,
    /// The wallet of the member who is to have it, whatever the rules say; by the rules, unless given.
    #[serde(default)]
    to: Option<Key>,
}

/// Who has, or had, a lead.
#[derive(Serialize, ToSchema)]
pub(super) struct LeadAssignment {
    /// The assignment's id.
    id: Id,
    /// The person that it was made for; after a merge, the id leads to the person who stayed.
    person: Id,
    /// The wallet of the member who has the lead; null if it is in a queue.
    #[schema(required)]
    member: Option<Key>,
    /// Where a lead finds a moment to meet the member; null where there is none.
    #[schema(required, format = "uri", example = "https://calendar.example.com/ada")]
    meeting_link: Option<String>,
    /// The queue that it is in; null if a member has it.
    #[schema(required, example = "sales")]
    queue: Option<String>,
    /// `account_owner`, `turn`, `fallback` when nobody could take it, or `by_hand`.
    #[schema(example = "turn")]
    reason: String,
    /// Everybody who was considered and did not get it: `member`, and `because`, of a `kind` that is one of
    /// `away`, `at_capacity`, `outside_hours`, `lacks_skills`, `not_their_turn` and `not_in_the_team`.
    #[schema(value_type = Vec<HashMap<String, Value>>, example = json!([
        { "member": "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8", "because": { "kind": "at_capacity", "open": 40 } }
    ]))]
    passed_over: Value,
    /// The API key or wallet that asked for it; `engine` when the lead appeared.
    #[schema(example = "engine")]
    assigned_by: String,
    /// When it was made.
    assigned_at: Moment,
    /// When it ended: the lead was assigned again, or released; null while it holds.
    #[schema(required)]
    ended_at: Option<Moment>,
}

impl LeadAssignment {
    fn new(row: AssignmentRow, meeting_link: Option<String>) -> Self {
        Self {
            id: row.id.into(),
            person: row.person.into(),
            member: row.member.map(Into::into),
            meeting_link,
            queue: row.queue,
            reason: row.reason,
            passed_over: row.passed_over,
            assigned_by: row.assigned_by,
            assigned_at: row.assigned_at.into(),
            ended_at: row.ended_at.map(Into::into),
        }
    }

    /// With the meeting link that the member has now.
    pub(super) async fn shown(conn: &mut PgConnection, row: AssignmentRow) -> Result<Self, Error> {
        let member = match row.member {
            Some(wallet) => team::member(conn, wallet).await?,
            None => None,
        };
        Ok(Self::new(row, member.and_then(|it| it.meeting_link)))
    }
}

/// The meeting links of those who have these leads.
async fn links(
    conn: &mut PgConnection,
    rows: &[AssignmentRow],
) -> Result<HashMap<tessera_store::Key, String>, Error> {
    let wallets: BTreeSet<tessera_store::Key> = rows.iter().filter_map(|it| it.member).collect();
    let wallets: Vec<tessera_store::Key> = wallets.into_iter().collect();
    Ok(team::meeting_links(conn, &wallets).await?)
}

/// List who has which lead.
///
/// Oldest first, a page at a time. Leads that nobody was assigned, or that were released, are not among them.
#[utoipa::path(get, operation_id = "list_lead_assignments", path = "/v1/lead-assignments", tag = "leads",
    security(("bearer" = [])),
    params(HeldFilters, Paging<HeldFilters>),
    responses((status = 200, description = "A page of assignments.", body = Listing<LeadAssignment>), EngineRefusals))]
async fn held(
    mut reader: Reader<Read>,
    list: List<HeldFilters>,
) -> Result<Json<Listing<LeadAssignment>>, Error> {
    let wanted = Held {
        member: list.filters.member.map(Into::into),
        queue: list.filters.queue.as_ref().map(|it| it.0.clone()),
    };
    let rows = assignment::held(&mut reader, &wanted, list.page()).await?;
    let links = links(&mut reader, &rows).await?;
    let link = |row: &AssignmentRow| row.member.and_then(|it| links.get(&it).cloned());
    list.answer(
        rows,
        |row| row.id,
        |row| {
            let link = link(&row);
            Ok(LeadAssignment::new(row, link))
        },
    )
}

/// Assign a lead.
///
/// By the rules: the lead of an institution or a mining farm goes to the owner of its company's account, any other to a
/// member who can take it, in turns by weight; to the team's queue when there is none. With `to`, by hand. A lead that
/// is assigned already is assigned again.
#[utoipa::path(post, operation_id = "assign_lead", path = "/v1/leads/{id}/assign", tag = "leads",
    security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    request_body = WantedAssignment,
    responses((status = 201, description = "Who has the lead now, and why.", body = LeadAssignment), EngineItemRefusals))]
async fn assign(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    PathParam(id): PathParam<Id>,
    Body(wanted): Body<WantedAssignment>,
) -> Result<(StatusCode, Json<LeadAssignment>), Error> {
    let wanted = match wanted.to {
        Some(_) if !wanted.needs.is_empty() => {
            return Err(Error::refused("needs", "must not be there beside to"));
        }
        Some(to) => Wanted::To(to.into()),
        None => Wanted::ByRules(wanted.needs),
    };
    let (caller, conn) = writer.parts();
    let row = assign::assign(&api.engine, conn, caller, id.0, wanted, api.now()).await?;
    let shown = LeadAssignment::shown(conn, row).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Release a lead.
///
/// Nobody has it then, and it is not assigned by itself again.
#[utoipa::path(post, operation_id = "release_lead", path = "/v1/leads/{id}/release", tag = "leads",
    security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    responses((status = 204, description = "Nobody has the lead."), EngineItemRefusals))]
async fn release(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    PathParam(id): PathParam<Id>,
) -> Result<StatusCode, Error> {
    assign::release(&mut writer, id.0, api.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List a lead's assignments.
///
/// Newest first, a page at a time.
#[utoipa::path(get, operation_id = "list_assignments_of_lead", path = "/v1/leads/{id}/assignments", tag = "leads",
    security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person."), AssignmentFilters, Paging<AssignmentFilters>),
    responses((status = 200, description = "A page of assignments.", body = Listing<LeadAssignment>), EngineItemRefusals))]
async fn history(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
    list: List<AssignmentFilters>,
) -> Result<Json<Listing<LeadAssignment>>, Error> {
    let person = people::canonical(&mut reader, id.0).await?.id;
    let rows = assignment::history(&mut reader, person, list.page()).await?;
    let links = links(&mut reader, &rows).await?;
    let link = |row: &AssignmentRow| row.member.and_then(|it| links.get(&it).cloned());
    list.answer(
        rows,
        |row| row.id,
        |row| {
            let link = link(&row);
            Ok(LeadAssignment::new(row, link))
        },
    )
}
