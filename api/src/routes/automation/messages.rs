//! Messages: what was to be said to whom, and what came of it.

use crate::{
    auth::{Read, Sell},
    error::Error,
    extract::{Body, List, Listed, Paging, Param, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema::{MessageChannel, MessageReason},
    state::ApiState,
    wire::{Id, Listing, Moment, Name},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use tessera_domain::{automation::template::Channel, event::Properties};
use tessera_engine::automation::messages;
use tessera_store::automation::message::{self, MessageFilter, MessageRow, TransitionRow};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// The statuses of a message.
const STATUSES: [&str; 6] = [
    "intended",
    "sending",
    "sent",
    "delivered",
    "uncertain",
    "failed",
];

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, send))
        .routes(routes!(get))
        .routes(routes!(resend))
}

/// The status of a message.
pub(crate) struct StatusName(&'static str);

impl Param for StatusName {
    const RULE: &'static str =
        "must be one of intended, sending, sent, delivered, uncertain, failed";

    fn parse(text: &str) -> Option<Self> {
        STATUSES.into_iter().find(|it| *it == text).map(Self)
    }
}

impl PartialSchema for StatusName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(STATUSES))
            .examples(["failed"])
            .into()
    }
}

/// The channel of a message.
pub(crate) struct ChannelName(Channel);

impl Param for ChannelName {
    const RULE: &'static str = "must be one of mail, inbox, wallet";

    fn parse(text: &str) -> Option<Self> {
        Channel::parse(text).map(Self)
    }
}

impl PartialSchema for ChannelName {
    fn schema() -> RefOr<Schema> {
        MessageChannel::schema()
    }
}

parameters! {
    /// Narrows the list.
    struct MessageFilters {
        /// Only messages in this status.
        status: StatusName,
        /// Only messages to this person, or to anybody merged with them.
        person: Id,
        /// Only messages of this template.
        template: Name,
        /// Only messages through this channel.
        channel: ChannelName,
    }
}

impl Listed for MessageFilters {
    const RESOURCE: &'static str = "messages";
    type Key = Uuid;
}

/// A message to one person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMessage {
    /// The person.
    person: Id,
    /// The name of a template in force.
    template: Name,
    /// Properties that the template can name as `event.<property>`; no personal data.
    #[serde(default)]
    #[schema(value_type = HashMap<String, serde_json::Value>, example = json!({ "plan": "pro" }))]
    event: Properties,
}

/// A message.
#[derive(Serialize, ToSchema)]
struct Message {
    /// Its id.
    id: Id,
    /// The person it is to.
    person: Id,
    /// The template's name.
    #[schema(value_type = Name)]
    template: String,
    /// The template's version.
    #[schema(example = 1)]
    version: i32,
    /// How it reaches the person.
    #[schema(value_type = MessageChannel)]
    channel: String,
    /// `marketing` or `service`.
    #[schema(example = "service")]
    purpose: String,
    /// What it is about.
    #[schema(value_type = Name)]
    topic: String,
    /// What caused it; a cause has one message.
    #[schema(example = "order:key:0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60:order-17")]
    cause: String,
    /// `intended`: it is due or waits. `sending`: it is on its way. `sent`: a mail server took it. `delivered`:
    /// the person has it. `uncertain`: nobody knows whether it was sent. `failed`: it will not be sent, or came
    /// back.
    #[schema(example = "sent")]
    status: String,
    /// Why, where that is not plain.
    #[schema(required, value_type = Option<MessageReason>)]
    reason: Option<String>,
    /// How often it was tried.
    #[schema(example = 1)]
    attempts: i32,
    /// From when on it may be sent.
    due_at: Moment,
    /// When a mail server took it, or the inbox; null when none did.
    #[schema(required)]
    sent_at: Option<Moment>,
    /// The last answer of the mail server, or what kept it from answering.
    #[schema(required, example = "250 2.0.0 queued as 4Wz")]
    response: Option<String>,
    /// When it was intended.
    created_at: Moment,
}

/// A status that a message came to.
#[derive(Serialize, ToSchema)]
struct MessageTransition {
    /// The status.
    #[schema(example = "sending")]
    status: String,
    /// Why, where that is not plain.
    #[schema(required, value_type = Option<MessageReason>)]
    reason: Option<String>,
    /// When.
    at: Moment,
}

/// A message with all that became of it.
#[derive(Serialize, ToSchema)]
struct MessageWithHistory {
    #[serde(flatten)]
    message: Message,
    /// Every status that it came to, oldest first.
    history: Vec<MessageTransition>,
}

/// A message that is intended.
#[derive(Serialize, ToSchema)]
struct IntendedMessage {
    /// Its id.
    id: Id,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id.into(),
            person: row.person.into(),
            template: row.template,
            version: row.version,
            channel: row.channel,
            purpose: row.purpose,
            topic: row.topic,
            cause: row.cause,
            status: row.status,
            reason: row.reason,
            attempts: row.attempts,
            due_at: row.due_at.into(),
            sent_at: row.sent_at.map(Into::into),
            response: row.response,
            created_at: row.created_at.into(),
        }
    }
}

impl From<TransitionRow> for MessageTransition {
    fn from(row: TransitionRow) -> Self {
        Self {
            status: row.status,
            reason: row.reason,
            at: row.at.into(),
        }
    }
}

/// List messages.
///
/// Latest first, a page at a time.
#[utoipa::path(get, operation_id = "list_messages", path = "/v1/messages", tag = "automation", security(("bearer" = [])),
    params(MessageFilters, Paging<MessageFilters>),
    responses((status = 200, description = "A page of messages.", body = Listing<Message>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<MessageFilters>,
) -> Result<Json<Listing<Message>>, Error> {
    let filters = &list.filters;
    let filter = MessageFilter {
        status: filters.status.as_ref().map(|it| it.0),
        person: filters.person.map(|it| it.0),
        template: filters.template.as_ref().map(|it| it.0.as_str()),
        channel: filters.channel.as_ref().map(|it| it.0.as_str()),
    };
    let rows = message::list(&mut reader, filter, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}

/// Get a message.
#[utoipa::path(get, operation_id = "get_message", path = "/v1/messages/{id}", tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The message's id.")),
    responses((status = 200, description = "The message and its history.", body = MessageWithHistory), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Hashed<MessageWithHistory>, Error> {
    let (row, history) = messages::get(&mut reader, id.0).await?;
    Ok(Hashed(MessageWithHistory {
        message: row.into(),
        history: history.into_iter().map(Into::into).collect(),
    }))
}

/// Send a message.
///
/// It is intended, and sent soon; `GET /v1/messages/{id}` shows what came of it. The Idempotency-Key is its
/// cause, so that under the same key it is sent once, however often it is asked for.
#[utoipa::path(post, operation_id = "send_message", path = "/v1/messages", tag = "automation", security(("bearer" = [])),
    request_body = NewMessage,
    responses((status = 202, description = "The message.", body = IntendedMessage), EngineItemRefusals))]
async fn send(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    headers: HeaderMap,
    Body(new): Body<NewMessage>,
) -> Result<(StatusCode, Json<IntendedMessage>), Error> {
    // Checked with the transaction; without one, each request is a cause of its own.
    let key = headers
        .get("idempotency-key")
        .and_then(|it| it.to_str().ok());
    let key = key.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned);
    let (caller, conn) = writer.parts();
    let cause = format!("order:{}:{key}", caller.actor);
    let organisation = caller.organisation;
    let to = (new.person.0, new.template.0.as_str());
    let (engine, now) = (&api.engine, api.now());
    let intended = messages::order(engine, conn, organisation, to, &cause, new.event, now).await?;
    let id = intended.message.into();
    Ok((StatusCode::ACCEPTED, Json(IntendedMessage { id })))
}

/// Send an uncertain message again.
///
/// Under the same Message-ID, by which many mail programs show a message once that came twice.
#[utoipa::path(post, operation_id = "resend_message", path = "/v1/messages/{id}/resend", tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The message's id.")),
    responses((status = 204, description = "It is intended again."), EngineItemRefusals))]
async fn resend(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    PathParam(id): PathParam<Id>,
) -> Result<StatusCode, Error> {
    let organisation = writer.caller.organisation;
    messages::resend(&mut writer, organisation, id.0, api.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
