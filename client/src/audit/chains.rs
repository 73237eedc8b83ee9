//! Every account's chain of receipts.
//!
//! Law: an account's receipts hash to its head. Of an account that is gone, and of every earlier
//! life of an address, the last receipt says that it was closed, and names the head of those before
//! it.

use super::{Check, Report, Snapshot, report::At};
use crate::{decode::Event, receipts::ReceiptState};
use std::collections::BTreeMap;
use tessera_types::{Address, events::Receipt};

/// The chain of one life of an address, as far as it is read.
struct Chain<'a> {
    /// What the account says; none when it is gone.
    claimed: Option<ReceiptState>,
    state: ReceiptState,
    /// Receipts whose turn has not come: a node promises no order inside a slot.
    waiting: BTreeMap<u64, &'a [u8]>,
    closed: bool,
    broken: bool,
}

impl Chain<'_> {
    fn new(life: u64, claimed: Option<ReceiptState>) -> Self {
        Self {
            claimed,
            state: ReceiptState::new(life),
            waiting: BTreeMap::new(),
            closed: false,
            broken: false,
        }
    }
}

/// Checks every chain and returns, in chain order, the receipts that accounts count and those of
/// accounts that were closed. Receipts of a life that began after the accounts were read are the
/// next audit's.
pub(super) fn verify(snapshot: &Snapshot, report: &mut Report) -> Vec<Event> {
    let mut chains: BTreeMap<(Address, u64), Chain> = BTreeMap::new();
    for (address, account) in &snapshot.accounts {
        let claimed = ReceiptState::from(account.header());
        let chain = Chain::new(claimed.life, Some(claimed));
        chains.insert((*address, claimed.life), chain);
    }
    let mut counted = Vec::new();
    for raw in &snapshot.events {
        let receipt = match Event::decode(raw) {
            Ok(event) => *event.receipt(),
            Err(error) => {
                let detail = format!("a receipt cannot be decoded: {error}");
                report.refuse(Check::Receipts, (tessera_types::ID, None), detail);
                continue;
            }
        };
        let account = snapshot.accounts.get(&receipt.account);
        if account.is_some_and(|account| receipt.life > account.header().life) {
            continue;
        }
        chains
            .entry((receipt.account, receipt.life))
            .or_insert_with(|| Chain::new(receipt.life, None))
            .take(&receipt, raw, &mut counted, report);
    }
    for ((address, _), chain) in &chains {
        report.count(Check::Receipts);
        chain.require_whole(*address, report);
    }
    counted
}

impl<'a> Chain<'a> {
    /// Appends a receipt and all that waited for it.
    fn take(
        &mut self,
        receipt: &Receipt,
        raw: &'a [u8],
        counted: &mut Vec<Event>,
        report: &mut Report,
    ) {
        let later = self
            .claimed
            .is_some_and(|claimed| receipt.seq > claimed.seq);
        if self.broken || later {
            return;
        }
        let doubled = receipt.seq <= self.state.seq;
        if doubled || self.waiting.insert(receipt.seq, raw).is_some() {
            let at = (receipt.account, Some(receipt.seq));
            return self.refuse(at, "the receipt stands there twice".to_owned(), report);
        }
        while let Some(next) = self.waiting.remove(&(self.state.seq + 1)) {
            let head = self.state.head;
            match self.state.append(&receipt.account, next) {
                Ok(event) => {
                    if let Err(detail) = self.require_open(head, &event) {
                        let at = (receipt.account, Some(self.state.seq));
                        return self.refuse(at, detail.to_owned(), report);
                    }
                    counted.push(event);
                }
                Err(error) => {
                    let at = (receipt.account, Some(error.seq()));
                    return self.refuse(at, error.to_string(), report);
                }
            }
        }
    }

    /// Nothing follows the receipt that closes an account, and that names the `head` before it.
    fn require_open(&mut self, head: [u8; 32], event: &Event) -> Result<(), &'static str> {
        if self.closed {
            return Err("the account was closed before this receipt");
        }
        if let Event::Closed(closed) = event {
            if closed.head != head {
                return Err("the receipts before it do not hash to the head that it names");
            }
            if self.claimed.is_some() {
                return Err("the account was closed, and is there");
            }
            self.closed = true;
        }
        Ok(())
    }

    fn refuse(&mut self, at: At, detail: String, report: &mut Report) {
        self.broken = true;
        report.refuse(Check::Receipts, at, detail);
    }

    fn require_whole(&self, address: Address, report: &mut Report) {
        let found = self.state;
        let whole = match self.claimed {
            Some(claimed) => found == claimed,
            None => self.closed && self.waiting.is_empty(),
        };
        if self.broken || whole {
            return;
        }
        let (seq, detail) = match self.claimed {
            Some(claimed) if found.seq == claimed.seq => (
                found.seq,
                "the receipts do not hash to the account's head".to_owned(),
            ),
            Some(claimed) => (
                found.seq + 1,
                format!(
                    "the account counts {} receipts, and this one is missing",
                    claimed.seq
                ),
            ),
            None => (
                found.seq + 1,
                "the account is gone, and this receipt, which may be its last, is missing"
                    .to_owned(),
            ),
        };
        report.refuse(Check::Receipts, (address, Some(seq)), detail);
    }
}
