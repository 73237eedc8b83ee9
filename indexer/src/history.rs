//! The program's history, oldest first: the node lists it newest first, so the whole gap is walked
//! before anything is used, and the node's order is the order inside a slot.

use crate::{
    IndexerError, decode,
    source::{Result, SignatureInfo, Source},
};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use solana_address::Address;
use solana_signature::Signature;
use tessera_client::Event;

/// An event, where it stands in the chain's history, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEvent {
    /// The transaction.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// Index of the transaction's instruction.
    pub outer: u16,
    /// 0 for that instruction itself, else the number of the inner call, from 1.
    pub inner: u16,
    /// The event as carried, discriminator included.
    pub raw: Vec<u8>,
    /// The event.
    pub event: Event,
}

/// What one successful transaction tells the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effects {
    /// Its events, in order.
    pub events: Vec<ChainEvent>,
    /// Accounts that it can have changed.
    pub writable: Vec<Address>,
}

/// A place in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The transaction.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
}

/// The program's transactions after `mark`, or all of them, oldest first. Everything up to
/// `min_slot` is among them.
///
/// # Errors
/// [`IndexerError::CursorLost`] when the walk passes `mark` without meeting it.
pub async fn after(
    source: &dyn Source,
    mark: Option<Mark>,
    min_slot: u64,
) -> Result<Vec<SignatureInfo>> {
    let until = mark.map(|mark| mark.signature);
    let mut newest_first: Vec<SignatureInfo> = Vec::new();
    loop {
        let before = newest_first.last().map(|info| info.signature);
        let page = source.signatures(before, until, min_slot).await?;
        if page.is_empty() {
            newest_first.reverse();
            return Ok(newest_first);
        }
        newest_first.extend(page);
        if let (Some(mark), Some(last)) = (mark, newest_first.last())
            && last.slot < mark.slot
        {
            return Err(IndexerError::CursorLost(mark.signature));
        }
    }
}

/// What each of `transactions` tells, in their order, fetched `concurrency` at a time. Failed
/// transactions tell nothing.
pub fn effects<'a>(
    source: &'a dyn Source,
    transactions: &[SignatureInfo],
    concurrency: usize,
) -> impl Stream<Item = Result<Effects>> + Send + 'a {
    let calls: Vec<_> = transactions
        .iter()
        .filter(|info| !info.failed)
        .map(|info| fetch(source, info.signature))
        .collect();
    stream::iter(calls).buffered(concurrency)
}

async fn fetch(source: &dyn Source, signature: Signature) -> Result<Effects> {
    let transaction = source.transaction(signature).await?;
    decode::effects(signature, &transaction)
}

/// Every receipt that the program ever left, oldest first.
///
/// # Errors
/// [`IndexerError`] when the node cannot tell all of them.
pub async fn fetch_all_events(source: &dyn Source, concurrency: usize) -> Result<Vec<ChainEvent>> {
    let tip = source.tip().await?;
    let transactions = after(source, None, tip.slot).await?;
    effects(source, &transactions, concurrency)
        .try_fold(Vec::new(), |mut events, effects| async move {
            events.extend(effects.events);
            Ok(events)
        })
        .await
}
