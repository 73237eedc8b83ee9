//! Receipts, decoded: what happened, in chain order.

mod body;
mod kind;

use crate::{
    error::Error,
    extract::{List, Listed, Paging, parameters},
    openapi::Refusals,
    state::ApiState,
    wire::{Key, Listing, Signature, U64},
};
use axum::{Json, extract::State};
use base64::{Engine, prelude::BASE64_STANDARD};
use body::EventBody;
use kind::{Kind, Position};
use serde::Serialize;
use tessera_store::{event::EventRow, read};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list))
}

parameters! {
    /// Narrows the list of events.
    struct EventFilters {
        /// Only receipts of this account.
        account: Key,
        /// Only receipts of this wallet's accounts: members, codes, subscriptions, ledgers and the rest.
        wallet: Key,
        /// Only events with this name.
        kind: Kind,
        /// Only from this position on.
        from: Position,
        /// Only up to and with this position.
        to: Position,
    }
}

impl Listed for EventFilters {
    const RESOURCE: &'static str = "events";
    type Key = i64;
}

/// A receipt.
#[derive(Serialize, ToSchema)]
struct Event {
    /// Number in chain order, from 1, without gaps.
    #[schema(example = 42)]
    position: i64,
    /// The transaction.
    signature: Signature,
    /// Its slot.
    #[schema(example = 361_000_000)]
    slot: i64,
    /// The account that it is a receipt of.
    account: Key,
    /// The account's life: the slot in which it was created.
    life: U64,
    /// Which of the receipts of that life, from 1.
    seq: U64,
    /// The network's clock, Unix seconds.
    #[schema(example = 1_767_225_600)]
    at: i64,
    /// The event as the program's calls carry it, discriminator included, in base64: what receipt heads are made of.
    #[schema(example = "iBcqQY/pNOo=")]
    raw: String,
    #[serde(flatten)]
    body: EventBody,
}

impl TryFrom<EventRow> for Event {
    type Error = Error;

    fn try_from(row: EventRow) -> Result<Self, Error> {
        let event = tessera_client::Event::decode(&row.raw).map_err(|source| Error::Event {
            position: row.position,
            source,
        })?;
        Ok(Self {
            position: row.position,
            signature: Signature(row.signature),
            slot: row.slot,
            account: row.account.into(),
            life: row.life.into(),
            seq: row.seq.into(),
            at: row.at,
            raw: BASE64_STANDARD.encode(&row.raw),
            body: event.into(),
        })
    }
}

/// List events.
///
/// By position, oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_events", path = "/v1/events", tag = "history", params(EventFilters, Paging),
    responses((status = 200, description = "A page of events.", body = Listing<Event>), Refusals))]
async fn list(
    State(api): State<ApiState>,
    list: List<EventFilters>,
) -> Result<Json<Listing<Event>>, Error> {
    let filter = read::events::EventFilter {
        account: list.filters.account.map(Key::into),
        wallet: list.filters.wallet.map(Key::into),
        kind: list.filters.kind.map(|kind| kind.0.to_owned()),
        from: list.filters.from.map(|position| position.0),
        to: list.filters.to.map(|position| position.0),
    };
    let rows = read::events::list(&mut *api.connection().await?, &filter, list.page()).await?;
    list.answer(rows, |row| row.position, Event::try_from)
}
