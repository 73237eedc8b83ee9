//! Inboxes: what people find where they are signed in.

mod events;

use crate::{
    auth::Anyone,
    error::Error,
    extract::{Filters, Flag, List, Listed, Paging, Param, PathParam, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    schema::SenderId,
    state::ApiState,
    wire::{Id, Listing, Moment},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use tessera_domain::people::{Identifier, IdentifierKind};
use tessera_engine::automation::inbox as use_case;
use tessera_store::automation::inbox::{self, InboxRow};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .merge(events::router())
}

/// The organisation's id for a user.
pub(crate) struct UserId(String);

impl Param for UserId {
    const RULE: &'static str = "must be an id of 1 to 128 characters that stands for one user";

    fn parse(text: &str) -> Option<Self> {
        let id = Identifier::parse(IdentifierKind::User, text).ok()?;
        Some(Self(id.value().to_owned()))
    }
}

impl PartialSchema for UserId {
    fn schema() -> RefOr<Schema> {
        SenderId::schema()
    }
}

parameters! {
    /// Whose inbox, and what of it.
    struct InboxFilters {
        /// The organisation's id for a user, where a server asks; a customer's wallet has its own inbox.
        user_id: UserId,
        /// Only messages that were not read yet, with `true`.
        unread: Flag,
    }
}

impl Listed for InboxFilters {
    const RESOURCE: &'static str = "inbox";
    type Key = Uuid;
}

parameters! {
    /// Whose inbox.
    struct InboxOwner {
        /// The organisation's id for a user, where a server asks; a customer's wallet has its own inbox.
        user_id: UserId,
    }
}

/// A message in an inbox.
#[derive(Serialize, ToSchema)]
struct InboxMessage {
    /// The message's id.
    id: Id,
    /// Its title; null in what is for wallets to show.
    #[schema(required, example = "Your trial ends tomorrow")]
    title: Option<String>,
    /// What it says, as plain text.
    #[schema(example = "Subscribe to keep your dashboards.")]
    body: String,
    /// Where it leads.
    #[schema(required, example = "https://example.com/plans")]
    action_url: Option<String>,
    /// When it came.
    created_at: Moment,
    /// When it was read; null while it was not.
    #[schema(required)]
    read_at: Option<Moment>,
}

impl From<InboxRow> for InboxMessage {
    fn from(row: InboxRow) -> Self {
        Self {
            id: row.message.into(),
            title: row.title,
            body: row.body,
            action_url: row.action_url,
            created_at: row.created_at.into(),
            read_at: row.read_at.map(Into::into),
        }
    }
}

/// List an inbox.
///
/// Latest first, a page at a time: a customer's wallet its own, a server with the scope `identify` that of a user.
#[utoipa::path(get, operation_id = "list_inbox", path = "/v1/inbox", tag = "automation", security(("bearer" = [])),
    params(InboxFilters, Paging<InboxFilters>),
    responses((status = 200, description = "A page of messages.", body = Listing<InboxMessage>), EngineRefusals))]
async fn list(
    State(api): State<ApiState>,
    mut reader: Reader<Anyone>,
    list: List<InboxFilters>,
) -> Result<Json<Listing<InboxMessage>>, Error> {
    let caller = reader.caller.clone();
    let user_id = list.filters.user_id.as_ref().map(|it| it.0.as_str());
    let person = use_case::whose(&api.engine, &mut reader, &caller, user_id).await?;
    let unread = list.filters.unread.unwrap_or_default().0;
    let rows = match person {
        Some(person) => inbox::list(&mut reader, person, unread, list.page()).await?,
        None => Vec::new(),
    };
    list.answer(rows, |row| row.message, |row| Ok(row.into()))
}

/// Mark a message of an inbox as read.
#[utoipa::path(post, operation_id = "read_inbox_message", path = "/v1/inbox/{id}/read", tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The message's id."), InboxOwner),
    responses((status = 204, description = "It is read."), EngineItemRefusals))]
async fn read(
    State(api): State<ApiState>,
    mut writer: Writer<Anyone>,
    PathParam(id): PathParam<Id>,
    Filters(owner): Filters<InboxOwner>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    let user_id = owner.user_id.as_ref().map(|it| it.0.as_str());
    let person = use_case::whose(&api.engine, conn, caller, user_id).await?;
    use_case::read(conn, person, id.0, api.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
