//! Refused events, kept with the reason, so that nothing is lost silently.

use crate::{
    auth::Read,
    error::Error,
    extract::{List, Listed, Paging, Param, parameters},
    http::unit_of_work::Reader,
    openapi::EngineRefusals,
    state::ApiState,
    wire::{Listing, Moment},
};
use axum::Json;
use serde::Serialize;
use tessera_store::capture::dead_letter::{self, DeadLetterRow};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list))
}

pub(crate) struct ReasonCode(String);

impl Param for ReasonCode {
    const RULE: &'static str = "must be a reason as in `code` of an answer: 1 to 40 of a-z and _";

    fn parse(text: &str) -> Option<Self> {
        let good = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        ((1..=40).contains(&text.len()) && text.bytes().all(good)).then(|| Self(text.to_owned()))
    }
}

impl PartialSchema for ReasonCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[a-z_]{1,40}$"))
            .examples(["too_late"])
            .into()
    }
}

parameters! {
    /// Narrows the list of refused events.
    struct DeadLetterFilters {
        /// Only those refused for this reason.
        code: ReasonCode,
    }
}

impl Listed for DeadLetterFilters {
    const RESOURCE: &'static str = "dead_letters";
    type Key = i64;
}

/// A refused event.
#[derive(Serialize, ToSchema)]
struct DeadLetter {
    /// Number of the refused event.
    #[schema(example = 17)]
    id: i64,
    /// When it was received.
    received_at: Moment,
    /// Its `message_id`; null without a valid one.
    #[schema(required, example = "0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60")]
    message_id: Option<String>,
    /// Code of the reason.
    #[schema(example = "too_late")]
    code: String,
    /// The field that was refused.
    #[schema(example = "timestamp")]
    field: String,
    /// What the field must be.
    #[schema(example = "must not be more than 90 days ago")]
    rule: String,
    /// The first 4 KiB of the item, without what could be an id of its visitor; empty when it
    /// contains personal data, cannot be read, or the visitor objects to being recorded. Deleted
    /// after 90 days, when the event would be too old to be sent again.
    #[schema(example = "{\"message_id\":\"…\"}")]
    item: String,
}

impl From<DeadLetterRow> for DeadLetter {
    fn from(row: DeadLetterRow) -> Self {
        Self {
            id: row.id,
            received_at: row.received_at.into(),
            message_id: row.message_id,
            code: row.code,
            field: row.field,
            rule: row.rule,
            item: String::from_utf8_lossy(&row.item).into_owned(),
        }
    }
}

/// List refused events.
///
/// Oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_dead_letters", path = "/v1/dead-letters", tag = "capture", security(("bearer" = [])),
    params(DeadLetterFilters, Paging<DeadLetterFilters>),
    responses((status = 200, description = "A page of refused events.", body = Listing<DeadLetter>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<DeadLetterFilters>,
) -> Result<Json<Listing<DeadLetter>>, Error> {
    let code = list.filters.code.as_ref().map(|code| code.0.as_str());
    let rows = dead_letter::list(&mut reader, code, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}
