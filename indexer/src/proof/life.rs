//! Checks that the receipts of one life are all there. Pure.

use sha2::{Digest, Sha256};
use tessera_client::{Event, types::events::Receipt};
use tessera_store::{
    Key,
    mirror::{
        proof::{Claim, Head, Unproven},
        receipt::Place,
    },
};

/// A fault in the receipts of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// The life; none when the mirror knows none.
    pub(super) life_id: Option<i32>,
    /// The account.
    pub(super) account: Key,
    /// The first receipt that is missing or wrong.
    pub(super) seq: i64,
    /// Receipts that the account does not count, although it was read after them.
    pub(super) surplus: Vec<Place>,
    /// Whether stored receipts differ from what was hashed.
    pub(super) altered: bool,
}

impl Finding {
    /// An account that counts receipts, none of which the mirror has.
    pub(super) fn unknown(account: Key) -> Self {
        Self {
            life_id: None,
            account,
            seq: 1,
            surplus: vec![],
            altered: false,
        }
    }
}

/// How far a life is proven, and the first fault after that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) seq: i64,
    pub(super) head: Key,
    pub(super) finding: Option<Finding>,
    /// Whether the account was read after the last final slot, so that it is judged later.
    pub(super) pending: bool,
}

/// Judges the next receipts of a life after those that are proven, by number, where more follow.
pub(super) fn judge_part(claim: &Claim, receipts: &[Unproven], final_slot: i64) -> Verdict {
    let (chain, finding) = follow(claim, receipts);
    let finding = finding.or_else(|| surplus(claim, receipts, final_slot));
    verdict(claim, chain, finding, false)
}

/// Judges the receipts of a life after those that are proven, by number; they are complete through
/// `final_slot`.
pub(super) fn judge(claim: &Claim, receipts: &[Unproven], final_slot: i64) -> Verdict {
    let (chain, mut finding) = follow(claim, receipts);
    let found = |seq, surplus, altered| finding_of(claim, seq, surplus, altered);
    let gone = claim.gone_slot.is_some_and(|slot| slot <= final_slot);
    if finding.is_none() && gone && !claim.ended {
        finding = found(chain.seq + 1, vec![], false);
    }
    let settled = claim.head.filter(|head| head.slot <= final_slot);
    if let (None, Some(head)) = (&finding, settled) {
        finding = match chain.contradicts(Some(&head)) {
            true => found(chain.seq, vec![], true),
            false => surplus(claim, receipts, final_slot),
        };
        if finding.is_none() && chain.seq < head.seq {
            finding = found(chain.seq + 1, vec![], false);
        }
    }
    let later = |slot: i64| slot > final_slot;
    let goes = claim.gone_slot.is_some_and(later) && !claim.ended;
    let says_more = |head: &Head| later(head.slot) && head.seq > chain.seq;
    let pending = finding.is_none() && (goes || claim.head.as_ref().is_some_and(says_more));
    verdict(claim, chain, finding, pending)
}

/// Receipts that the account did not count when it was read after them.
fn surplus(claim: &Claim, receipts: &[Unproven], final_slot: i64) -> Option<Finding> {
    let head = claim
        .head
        .filter(|head| head.slot <= final_slot && !head.closed)?;
    let surplus: Vec<Place> = receipts
        .iter()
        .filter(|it| it.seq > head.seq && it.slot <= head.slot)
        .map(place)
        .collect();
    match surplus.is_empty() {
        true => None,
        false => finding_of(claim, head.seq + 1, surplus, false),
    }
}

/// Follows receipts from the last proven one to the first that is missing or altered.
fn follow(claim: &Claim, receipts: &[Unproven]) -> (Chain, Option<Finding>) {
    let mut chain = Chain {
        seq: claim.proven_seq,
        head: claim.proven_head,
        closed: false,
    };
    for receipt in receipts {
        if receipt.seq != chain.seq + 1 {
            let missing = finding_of(claim, chain.seq + 1, vec![], false);
            return (chain, missing);
        }
        if !chain.append(claim, receipt) || chain.contradicts(claim.head.as_ref()) {
            return (chain, finding_of(claim, receipt.seq, vec![], true));
        }
    }
    (chain, None)
}

fn finding_of(claim: &Claim, seq: i64, surplus: Vec<Place>, altered: bool) -> Option<Finding> {
    Some(Finding {
        life_id: Some(claim.life_id),
        account: claim.account,
        seq,
        surplus,
        altered,
    })
}

/// A life with altered receipts is proven from its beginning again; one with surplus receipts is
/// proven no further.
fn verdict(claim: &Claim, chain: Chain, finding: Option<Finding>, pending: bool) -> Verdict {
    let (seq, head) = match &finding {
        Some(finding) if finding.altered => (0, Key([0; 32])),
        Some(finding) if !finding.surplus.is_empty() => (claim.proven_seq, claim.proven_head),
        _ => (chain.seq, chain.head),
    };
    Verdict {
        seq,
        head,
        finding,
        pending,
    }
}

fn place(receipt: &Unproven) -> Place {
    Place {
        slot: receipt.slot,
        tx_index: receipt.tx_index,
        outer_ix: receipt.outer_ix,
        inner_ix: receipt.inner_ix,
    }
}

struct Chain {
    seq: i64,
    head: Key,
    closed: bool,
}

impl Chain {
    /// Appends a receipt; returns whether it can follow.
    fn append(&mut self, claim: &Claim, receipt: &Unproven) -> bool {
        let head = Receipt {
            account: claim.account.0.into(),
            life: claim.life.unsigned_abs(),
            seq: receipt.seq.unsigned_abs(),
            at: receipt.at,
        };
        let Some(raw) = Event::assemble(&receipt.kind, &head, &receipt.body) else {
            return false;
        };
        let names_head = match Event::decode(&raw) {
            Ok(Event::Closed(closed)) => {
                let named = closed.head == self.head.0;
                self.closed = true;
                named
            }
            Ok(_) => !self.closed,
            Err(_) => false,
        };
        let hash = Sha256::new().chain_update(self.head.0).chain_update(&raw);
        self.head = Key(hash.finalize().into());
        self.seq += 1;
        names_head
    }

    fn contradicts(&self, head: Option<&Head>) -> bool {
        head.is_some_and(|head| head.seq == self.seq && self.seq > 0 && head.hash != self.head)
    }
}

#[cfg(test)]
mod tests;
