//! Receipts, decoded: what happened, in chain order.

mod body;
mod kind;

use crate::{
    error::Error,
    extract::{List, Listed, Paging, parameters},
    openapi::Refusals,
    state::ApiState,
    wire::{Finality, Key, Listing, Signature, U64},
};
use axum::{Json, extract::State};
use base64::{Engine, prelude::BASE64_STANDARD};
use body::EventBody;
use kind::{Kind, Slot};
use serde::Serialize;
use tessera_client::types::events;
use tessera_store::mirror::{
    query,
    receipt::{Place, ReceiptRow},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list))
}

parameters! {
    /// Narrows the list of receipts.
    struct ReceiptFilters {
        /// Only receipts of this account.
        account: Key,
        /// Only receipts of this wallet's accounts: members, codes, subscriptions, ledgers and the rest.
        wallet: Key,
        /// Only receipts of this org and of all that belongs to it.
        org: Key,
        /// Only receipts of events with this name.
        kind: Kind,
        /// Only from this slot on.
        from_slot: Slot,
        /// Only up to and including this slot.
        to_slot: Slot,
    }
}

impl Listed for ReceiptFilters {
    const RESOURCE: &'static str = "receipts";
    type Key = Place;
}

/// A receipt. Slot, transaction, instruction and call are its place in the order of the list.
#[derive(Serialize, ToSchema)]
struct Receipt {
    /// The slot.
    #[schema(example = 361_000_000)]
    slot: i64,
    /// The transaction's place in the slot, from 0.
    #[schema(example = 811)]
    transaction_index: i32,
    /// The transaction's instruction that issued it, from 0.
    #[schema(example = 2)]
    instruction: i16,
    /// 0 for that instruction itself, else the number of the inner call, from 1.
    #[schema(example = 0)]
    call: i16,
    /// The transaction.
    signature: Signature,
    /// Whether it can still vanish.
    finality: Finality,
    /// The account that it is a receipt of.
    account: Key,
    /// The account's life: the slot in which it was created.
    life: U64,
    /// Its number among the receipts of that life, from 1.
    seq: U64,
    /// The org that it concerns.
    org: Option<Key>,
    /// The plan of the subscription or invoice, as of this receipt.
    plan: Option<Key>,
    /// The wallet whose account it is about.
    wallet: Option<Key>,
    /// The network's clock, Unix seconds.
    #[schema(example = 1_767_225_600)]
    at: i64,
    /// The event as the program's calls carry it, discriminator included, in base64: receipt heads
    /// are computed from it.
    #[schema(example = "iBcqQY/pNOo=")]
    raw: String,
    #[serde(flatten)]
    body: EventBody,
}

impl Receipt {
    fn new(row: ReceiptRow, final_slot: i64) -> Result<Self, Error> {
        let unknown = || tessera_engine::Error::Receipt {
            account: row.account,
            seq: row.seq,
        };
        let receipt = events::Receipt {
            account: row.account.0.into(),
            life: row.life.unsigned_abs(),
            seq: row.seq.unsigned_abs(),
            at: row.at,
        };
        let raw = tessera_client::Event::assemble(&row.kind, &receipt, &row.body);
        let raw = raw.ok_or_else(unknown)?;
        let event = tessera_client::Event::decode(&raw).map_err(|_| unknown())?;
        Ok(Self {
            slot: row.slot,
            transaction_index: row.tx_index,
            instruction: row.outer_ix,
            call: row.inner_ix,
            signature: Signature(row.signature),
            finality: Finality::at(row.slot, final_slot),
            account: row.account.into(),
            life: U64(receipt.life),
            seq: U64(receipt.seq),
            org: row.org.map(Into::into),
            plan: row.plan.map(Into::into),
            wallet: row.wallet.map(Into::into),
            at: row.at,
            raw: BASE64_STANDARD.encode(&raw),
            body: event.into(),
        })
    }
}

/// List receipts.
///
/// In the order of the chain, oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_receipts", path = "/v1/receipts", tag = "mirror", params(ReceiptFilters, Paging<ReceiptFilters>),
    responses((status = 200, description = "A page of receipts.", body = Listing<Receipt>), Refusals))]
async fn list(
    State(api): State<ApiState>,
    list: List<ReceiptFilters>,
) -> Result<Json<Listing<Receipt>>, Error> {
    let filter = query::receipts::ReceiptFilter {
        account: list.filters.account.map(Key::into),
        wallet: list.filters.wallet.map(Key::into),
        org: list.filters.org.map(Key::into),
        kind: list.filters.kind.map(|kind| kind.0.to_owned()),
        from_slot: list.filters.from_slot.map(|slot| slot.0),
        to_slot: list.filters.to_slot.map(|slot| slot.0),
    };
    let (mut mirror, final_slot) = api.mirror().await?;
    let rows = query::receipts::list(&mut mirror, &filter, list.page()).await?;
    list.answer(rows, ReceiptRow::place, |row| Receipt::new(row, final_slot))
}
