//! The program's history, oldest first, as receipts that pass one by one.

use super::{AuditError, Received, Sink, looks::Looks, spill::Spill};
use futures::{StreamExt, TryStreamExt, stream};
use solana_signature::Signature;
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};
use tessera_client::{
    audit::{Auditor, Passing, Position},
    carried,
    types::ID,
};
use tessera_indexer::node::{Commitment, Content, Listing, Node, Pages, Transaction};
use tokio::time::sleep;

/// Transactions that are fetched at a time.
const CONCURRENCY: usize = 16;
/// How long a slot at which accounts were read may take to become as certain as the history.
pub(super) const PATIENCE: Duration = Duration::from_secs(180);
/// About a slot.
pub(super) const PAUSE: Duration = Duration::from_millis(200);
/// Transactions between two log messages about progress.
const WORD: u64 = 20_000;

/// What was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Transactions that name the program.
    pub transactions: u64,
    /// Receipts.
    pub receipts: u64,
}

/// A walk through the history.
pub(super) struct Walk<'a> {
    node: &'a dyn Node,
    commitment: Commitment,
    /// The slot up to which everything has passed; none at first.
    passed: Option<u64>,
    /// The last transaction that called the program, and its slot.
    last: Option<(Signature, u64)>,
    pub(super) figures: Figures,
}

impl<'a> Walk<'a> {
    pub(super) fn new(node: &'a dyn Node, commitment: Commitment, from: Option<Position>) -> Self {
        let last = from.and_then(|it| it.last);
        Self {
            node,
            commitment,
            passed: from.map(|it| it.slot),
            last: last.map(|(signature, slot)| (signature.into(), slot)),
            figures: Figures::default(),
        }
    }

    /// The slot up to which everything has passed.
    pub(super) fn slot(&self) -> u64 {
        self.passed.unwrap_or(0)
    }

    pub(super) fn position(&self) -> Position {
        let last = self.last;
        Position {
            slot: self.slot(),
            last: last.map(|(signature, slot)| (signature.into(), slot)),
        }
    }

    /// Lets everything pass up to the newest slot, which is `slot` or later.
    pub(super) async fn reach(
        &mut self,
        slot: u64,
        auditor: &mut Auditor,
        looks: &mut Looks,
        sink: &mut dyn Sink,
    ) -> Result<(), AuditError> {
        let started = Instant::now();
        let tip = loop {
            let tip = self.node.tip(self.commitment).await?.slot;
            if tip >= slot.max(self.slot()) {
                break tip;
            }
            if started.elapsed() > PATIENCE {
                return Err(AuditError::Behind(slot.max(self.slot())));
            }
            sleep(PAUSE).await;
        };
        self.advance(tip, auditor, looks, sink).await
    }

    async fn advance(
        &mut self,
        to: u64,
        auditor: &mut Auditor,
        looks: &mut Looks,
        sink: &mut dyn Sink,
    ) -> Result<(), AuditError> {
        let listed = self.list(to).await?.oldest_first()?;
        let (node, commitment) = (self.node, self.commitment);
        let mut transactions = stream::iter(listed)
            .map(|listed| async move {
                let listed = listed?;
                Ok::<_, AuditError>(node.transaction(&listed, commitment).await?)
            })
            .buffered(CONCURRENCY);
        // The transactions of one slot, which a node may list in any order.
        let mut slot: Vec<Transaction> = Vec::new();
        while let Some(transaction) = transactions.try_next().await? {
            if let Some(before) = slot.first().map(|it| it.place.slot)
                && before != transaction.place.slot
            {
                let found = transaction.place.slot;
                if found < before {
                    return Err(AuditError::Order { before, found });
                }
                let whole = std::mem::take(&mut slot);
                self.pass(whole, auditor, looks, sink).await?;
            }
            slot.push(transaction);
        }
        self.pass(slot, auditor, looks, sink).await?;
        looks.until(to, auditor);
        self.passed = Some(to);
        Ok(())
    }

    /// The transactions after what has passed, up to a slot, newest first. Failed ones changed
    /// nothing.
    async fn list(&self, to: u64) -> Result<Spill, AuditError> {
        let mut spill = Spill::new()?;
        let listing = Listing {
            address: ID,
            before: None,
            until: None,
            min_slot: to,
            commitment: self.commitment,
        };
        let mut pages = Pages::new(self.node, listing);
        while let Some(page) = pages.next().await? {
            for listed in &page {
                if self.passed.is_some_and(|passed| listed.slot <= passed) {
                    return Ok(spill);
                }
                if listed.slot <= to && !listed.failed {
                    spill.push(listed)?;
                }
            }
        }
        Ok(spill)
    }

    /// Lets the transactions of one slot pass, in the order in which they ran.
    async fn pass(
        &mut self,
        mut slot: Vec<Transaction>,
        auditor: &mut Auditor,
        looks: &mut Looks,
        sink: &mut dyn Sink,
    ) -> Result<(), AuditError> {
        let Some(number) = slot.first().map(|it| it.place.slot) else {
            return Ok(());
        };
        // Pages may overlap, so a transaction may be listed twice.
        let mut once = HashSet::new();
        slot.retain(|it| once.insert(it.signature));
        slot.sort_by_key(|it| it.place.index);
        looks.before(number, auditor);
        for transaction in slot {
            self.figures.transactions += 1;
            if self.figures.transactions.is_multiple_of(WORD) {
                let Figures {
                    transactions,
                    receipts,
                } = self.figures;
                tracing::info!(transactions, receipts, slot = number, "audit under way");
            }
            let signature = transaction.signature;
            self.take(transaction, auditor, sink).await?;
            looks.within(number, auditor, Some(signature));
        }
        Ok(())
    }

    async fn take(
        &mut self,
        transaction: Transaction,
        auditor: &mut Auditor,
        sink: &mut dyn Sink,
    ) -> Result<(), AuditError> {
        let Transaction {
            signature,
            place,
            content,
        } = transaction;
        let calls = match content {
            Content::Nothing => return Ok(()),
            Content::Calls(calls) => calls,
            Content::Unreadable { reason, .. } => {
                auditor.miss(signature.into(), &reason);
                return Ok(());
            }
        };
        self.last = Some((signature, place.slot));
        let invocations = match carried::invocations(&calls.calls) {
            Ok(invocations) => invocations,
            Err(error) => {
                auditor.miss(signature.into(), &error.to_string());
                return Ok(());
            }
        };
        for receipt in invocations {
            if receipt.data.is_empty() {
                auditor.take_unstated(signature.into(), &receipt.tokens);
                continue;
            }
            self.figures.receipts += 1;
            auditor.take(&Passing {
                slot: Some(place.slot),
                transaction: Some(signature.into()),
                raw: &receipt.data,
                tokens: Some(&receipt.tokens),
            });
            sink.take(Received {
                signature,
                place,
                outer: receipt.outer,
                inner: receipt.inner,
                raw: receipt.data,
            })
            .await?;
        }
        Ok(())
    }
}
