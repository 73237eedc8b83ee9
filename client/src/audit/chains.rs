//! Every account's chain of receipts.

use super::{Check, Report, Snapshot};
use crate::{
    decode::{Account, Event},
    receipts::ReceiptState,
};
use std::collections::{BTreeMap, HashMap};
use tessera_types::{Address, events::Receipt};

/// The chain of one account, as far as it is read.
struct Chain<'a> {
    /// What the account says.
    claimed: ReceiptState,
    state: ReceiptState,
    /// Receipts whose turn has not come: a node promises no order inside a slot.
    waiting: BTreeMap<u64, &'a [u8]>,
    broken: bool,
}

/// What an account says of its receipts; an authority has none.
fn receipts(account: &Account) -> Option<ReceiptState> {
    match account {
        Account::Authority(_) => None,
        receipted => Some(receipted.header().into()),
    }
}

/// Checks every chain and returns the receipts that the accounts count, in chain order. Receipts of
/// another life of an address are not its account's.
pub(super) fn verify(snapshot: &Snapshot, report: &mut Report) -> Vec<Event> {
    let mut chains: HashMap<Address, Chain> = snapshot
        .accounts
        .iter()
        .filter_map(|(address, account)| {
            let claimed = receipts(account)?;
            let chain = Chain {
                claimed,
                state: ReceiptState::new(claimed.life),
                waiting: BTreeMap::new(),
                broken: false,
            };
            Some((*address, chain))
        })
        .collect();
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
        match chains.get_mut(&receipt.account) {
            Some(chain) => chain.take(&receipt, raw, &mut counted, report),
            None => report.refuse(
                Check::Receipts,
                (receipt.account, Some(receipt.seq)),
                "a receipt names an account that does not exist or has none",
            ),
        }
    }
    for address in snapshot.accounts.keys() {
        if let Some(chain) = chains.get(address) {
            report.count(Check::Receipts);
            chain.require_whole(*address, report);
        }
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
        let later = receipt.seq > self.claimed.seq;
        if self.broken || later || receipt.life != self.claimed.life {
            return;
        }
        let doubled = receipt.seq <= self.state.seq;
        if doubled || self.waiting.insert(receipt.seq, raw).is_some() {
            let at = (receipt.account, Some(receipt.seq));
            return self.refuse(at, "the receipt stands there twice".to_owned(), report);
        }
        while let Some(next) = self.waiting.remove(&(self.state.seq + 1)) {
            match self.state.append(&receipt.account, next) {
                Ok(event) => counted.push(event),
                Err(error) => {
                    let at = (receipt.account, Some(error.seq()));
                    return self.refuse(at, error.to_string(), report);
                }
            }
        }
    }

    fn refuse(&mut self, at: super::report::At, detail: String, report: &mut Report) {
        self.broken = true;
        report.refuse(Check::Receipts, at, detail);
    }

    fn require_whole(&self, address: Address, report: &mut Report) {
        let (claimed, found) = (self.claimed, self.state);
        if self.broken || found == claimed {
            return;
        }
        let (seq, detail) = match found.seq == claimed.seq {
            true => (
                found.seq,
                "the receipts do not hash to the account's head".to_owned(),
            ),
            false => (
                found.seq + 1,
                format!(
                    "the account counts {} receipts, and this one is missing",
                    claimed.seq
                ),
            ),
        };
        report.refuse(Check::Receipts, (address, Some(seq)), detail);
    }
}
