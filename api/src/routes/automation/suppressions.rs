//! Addresses to which nothing is sent. None of them is shown: they are known by digest.

use crate::{
    auth::{Administer, Read},
    error::Error,
    extract::{Body, List, Listed, Paging, Param, PathParam, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    schema::EmailAddress,
    state::ApiState,
    wire::{Hex, Listing, Moment},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_engine::automation::suppressions;
use tessera_store::{
    Key,
    automation::suppression::{self, SuppressionRow},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Why addresses are suppressed.
const REASONS: [&str; 4] = ["hard_bounce", "complaint", "unsubscribed", "manual"];

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(remove))
}

/// Why an address is suppressed.
pub(crate) struct ReasonName(&'static str);

impl Param for ReasonName {
    const RULE: &'static str = "must be one of hard_bounce, complaint, unsubscribed, manual";

    fn parse(text: &str) -> Option<Self> {
        REASONS.into_iter().find(|it| *it == text).map(Self)
    }
}

impl PartialSchema for ReasonName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(REASONS))
            .examples(["hard_bounce"])
            .into()
    }
}

/// The digest of an address.
pub(crate) struct AddressDigest([u8; 32]);

impl Param for AddressDigest {
    const RULE: &'static str = "must be 64 hexadecimal digits";

    fn parse(text: &str) -> Option<Self> {
        let is_digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
        if text.len() != 64 || !text.bytes().all(is_digit) {
            return None;
        }
        let mut digest = [0; 32];
        for (place, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
        }
        Some(Self(digest))
    }
}

impl PartialSchema for AddressDigest {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[0-9a-f]{64}$"))
            .examples(["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"])
            .into()
    }
}

parameters! {
    /// Narrows the list.
    struct SuppressionFilters {
        /// Only addresses that are suppressed for this reason.
        reason: ReasonName,
    }
}

impl Listed for SuppressionFilters {
    const RESOURCE: &'static str = "suppressions";
    type Key = Key;
}

/// An address to which nothing is to be sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSuppression {
    /// The address.
    #[schema(value_type = EmailAddress)]
    email: String,
}

/// An address to which nothing is sent.
#[derive(Serialize, ToSchema)]
struct Suppression {
    /// The address's digest under the organisation's key.
    digest: Hex,
    /// `hard_bounce`: there is no such mailbox. `complaint`: its reader called a mail spam. `unsubscribed`: they
    /// want no marketing, but get service mail. `manual`: a member of the team said so.
    #[schema(example = "hard_bounce")]
    reason: String,
    /// The API key or wallet that said so; `engine` when a mail server or the reader did.
    #[schema(example = "engine")]
    created_by: String,
    /// Since when.
    created_at: Moment,
}

impl From<SuppressionRow> for Suppression {
    fn from(row: SuppressionRow) -> Self {
        Self {
            digest: Hex(row.digest),
            reason: row.reason,
            created_by: row.created_by,
            created_at: row.created_at.into(),
        }
    }
}

/// List suppressed addresses.
///
/// By digest, a page at a time.
#[utoipa::path(get, operation_id = "list_suppressions", path = "/v1/suppressions", tag = "automation", security(("bearer" = [])),
    params(SuppressionFilters, Paging<SuppressionFilters>),
    responses((status = 200, description = "A page of addresses.", body = Listing<Suppression>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<SuppressionFilters>,
) -> Result<Json<Listing<Suppression>>, Error> {
    let reason = list.filters.reason.as_ref().map(|it| it.0);
    let page = list.page().by(|key: Key| key.0.to_vec());
    let rows = suppression::list(&mut reader, reason, page).await?;
    let key = |row: &SuppressionRow| Key(row.digest.clone().try_into().unwrap_or_default());
    list.answer(rows, key, |row| Ok(row.into()))
}

/// Suppress an address.
///
/// Nothing is sent to it from then on, and what was intended for it is cancelled.
#[utoipa::path(post, operation_id = "add_suppression", path = "/v1/suppressions", tag = "automation", security(("bearer" = [])),
    request_body = NewSuppression,
    responses((status = 204, description = "The address is suppressed."), EngineRefusals))]
async fn add(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    Body(new): Body<NewSuppression>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    suppressions::add(&api.engine, conn, caller, &new.email).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lift a suppression.
///
/// Mail to the address may be sent again. Do so for `hard_bounce` only when the mailbox is known to be there, and
/// for `complaint` and `unsubscribed` only when its reader asked for it.
#[utoipa::path(delete, operation_id = "remove_suppression", path = "/v1/suppressions/{digest}", tag = "automation", security(("bearer" = [])),
    params(("digest" = inline(AddressDigest), Path, description = "The address's digest.")),
    responses((status = 204, description = "The address is no longer suppressed."), EngineItemRefusals))]
async fn remove(
    mut writer: Writer<Administer>,
    PathParam(digest): PathParam<AddressDigest>,
) -> Result<StatusCode, Error> {
    suppressions::remove(&mut writer, &digest.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
