//! What came after the mark and is not handed on yet.
//!
//! Law: a block is complete once its end came, and the chain once every block's parent came before
//! it.

use super::Stretch;
use crate::node::{Content, Listed, Tip, Transaction};
use std::collections::BTreeMap;

/// Bytes that are handed on at a time.
const ENOUGH: usize = 8 << 20;
/// Most bytes that are held.
const MOST: usize = 128 << 20;
/// Blocks that are handed on at a time.
const ENOUGH_BLOCKS: usize = 64;
/// Most blocks that may come before one that they follow.
const DISORDER: usize = 16;

/// The end of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) tip: Tip,
    pub(super) parent: u64,
    /// The server's number of the bank that became the block.
    pub(super) bank: u64,
    /// Whether nothing of what is missing before it can come any more.
    pub(super) live: bool,
}

/// A transaction, as far as it was understood.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) slot: u64,
    pub(super) bank: u64,
    pub(super) index: u32,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Understood(Transaction),
    Unread(Listed),
}

#[derive(Debug, Default)]
pub(super) struct Held {
    /// Everything up to and including this slot is handed on or known otherwise.
    known: u64,
    /// Everything up to and including this block is here.
    whole: Option<Tip>,
    /// Number of consecutive blocks that end with it.
    blocks: usize,
    /// Blocks after it that wait for another.
    waiting: BTreeMap<u64, Block>,
    transactions: BTreeMap<u64, Vec<Read>>,
    bytes: usize,
}

impl Held {
    pub(super) fn new(known: u64) -> Self {
        Self {
            known,
            ..Self::default()
        }
    }

    pub(super) fn known(&self) -> u64 {
        self.known
    }

    /// Everything up to and including this slot is known or here.
    pub(super) fn end(&self) -> u64 {
        self.whole.map_or(self.known, |tip| tip.slot)
    }

    /// Whether something can be handed on.
    pub(super) fn ready(&self) -> bool {
        self.whole.is_some()
    }

    /// Whether so much is here that it should be handed on.
    pub(super) fn enough(&self) -> bool {
        self.ready() && (self.bytes >= ENOUGH || self.blocks >= ENOUGH_BLOCKS)
    }

    pub(super) fn too_much(&self) -> bool {
        !self.ready() && self.bytes > MOST
    }

    /// The mark that the waiting blocks follow, if the missing one will not come.
    pub(super) fn hole(&self) -> Option<u64> {
        let (_, first) = self.waiting.first_key_value()?;
        (first.live || self.waiting.len() >= DISORDER).then_some(first.parent)
    }

    pub(super) fn block(&mut self, block: Block) {
        // Only one of several banks for a slot became the block.
        if let Some(reads) = self.transactions.get_mut(&block.tip.slot) {
            reads.retain(|read| read.bank == block.bank);
            self.weigh();
        }
        self.waiting.insert(block.tip.slot, block);
        self.link();
    }

    pub(super) fn transaction(&mut self, read: Read) {
        self.bytes += weight(&read);
        self.transactions.entry(read.slot).or_default().push(read);
    }

    /// Drops what is not complete: it will come again.
    pub(super) fn cut(&mut self) {
        self.waiting.clear();
        self.transactions.split_off(&after(self.end()));
        self.weigh();
    }

    /// Drops a slot whose transactions came only in part.
    pub(super) fn forget(&mut self, slot: u64) {
        self.transactions.remove(&slot);
        self.weigh();
    }

    /// Notes that everything up to and including `slot` is known otherwise.
    pub(super) fn skip(&mut self, slot: u64) {
        if slot == self.known {
            return;
        }
        self.known = slot;
        self.transactions = self.transactions.split_off(&after(slot));
        self.weigh();
        self.whole = self.whole.filter(|tip| tip.slot > slot);
        self.blocks = self.blocks.min(usize::from(self.whole.is_some()));
        self.link();
    }

    /// A transaction that can be handed on but was not understood.
    pub(super) fn unread(&self) -> Option<Listed> {
        let through = self.whole?.slot;
        let reads = self.transactions.range(..=through);
        reads
            .flat_map(|(_, reads)| reads)
            .find_map(|read| match read.what {
                What::Unread(listed) => Some(listed),
                What::Understood(_) => None,
            })
    }

    /// Replaces a transaction that was not understood.
    pub(super) fn resolve(&mut self, listed: &Listed, whole: Transaction) {
        let reads = self.transactions.get_mut(&listed.slot);
        let same = |read: &&mut Read| matches!(&read.what, What::Unread(one) if one == listed);
        for read in reads.into_iter().flatten().filter(same) {
            read.what = What::Understood(whole.clone());
        }
        self.weigh();
    }

    /// Takes everything that is complete and understood.
    pub(super) fn take(&mut self) -> Stretch {
        let Some(through) = self.whole.take() else {
            return Stretch::default();
        };
        let later = self.transactions.split_off(&after(through.slot));
        let taken = std::mem::replace(&mut self.transactions, later);
        self.weigh();
        self.known = through.slot;
        self.blocks = 0;
        let mut transactions = Vec::new();
        for (_, mut reads) in taken {
            reads.sort_by_key(|read| read.index);
            transactions.extend(reads.into_iter().filter_map(|read| match read.what {
                What::Understood(transaction) => Some(transaction),
                What::Unread(_) => None,
            }));
        }
        transactions.dedup();
        Stretch {
            transactions,
            through: Some(through),
            missing: None,
        }
    }

    fn link(&mut self) {
        let mut end = self.end();
        while let Some(first) = self.waiting.first_entry() {
            let block = *first.get();
            if block.tip.slot > end {
                if block.parent > end {
                    break;
                }
                end = block.tip.slot;
                self.whole = Some(block.tip);
                self.blocks += 1;
            }
            first.remove();
        }
    }

    fn weigh(&mut self) {
        self.bytes = self.transactions.values().flatten().map(weight).sum();
    }
}

/// A server may name any slot.
fn after(slot: u64) -> u64 {
    slot.saturating_add(1)
}

fn weight(read: &Read) -> usize {
    let mut bytes = size_of::<Read>();
    if let What::Understood(transaction) = &read.what
        && let Content::Calls(done) = &transaction.content
    {
        bytes += size_of_val(&done.touched[..]) + size_of_val(&done.calls[..]);
        for call in done.calls.iter().flat_map(|call| &call.inner) {
            bytes += size_of_val(call) + size_of_val(&call.accounts[..]) + call.data.len();
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Calls, Place};
    use tessera_client::{
        carried::{InnerCall, OuterCall},
        types::ID,
    };

    fn block(slot: u64, parent: u64, bank: u64) -> Block {
        Block {
            tip: Tip { slot, at: 0 },
            parent,
            bank,
            live: false,
        }
    }

    fn read(slot: u64, bank: u64, index: u32, bytes: usize) -> Read {
        let inner = InnerCall {
            program: ID,
            accounts: vec![],
            data: vec![0; bytes],
            height: Some(2),
        };
        let calls = vec![OuterCall {
            program: ID,
            inner: vec![inner],
        }];
        Read {
            slot,
            bank,
            index,
            what: What::Understood(Transaction {
                signature: [u8::try_from(bank).expect("few"); 64].into(),
                place: Place { slot, index },
                content: Content::Calls(Calls {
                    calls,
                    touched: vec![],
                }),
            }),
        }
    }

    #[test]
    fn a_block_without_end_is_not_held_for_ever() {
        let mut held = Held::new(50);
        held.transaction(read(51, 0, 0, MOST / 2));
        assert!(!held.too_much());
        held.transaction(read(51, 0, 1, MOST / 2));
        assert!(held.too_much());
        // With its end a block can be handed on, however long it is.
        held.block(block(51, 50, 0));
        assert!(held.enough() && !held.too_much());
        assert_eq!(held.take().transactions.len(), 2);
        assert_eq!(held.bytes, 0);
    }

    #[test]
    fn what_a_connection_showed_in_part_ends_with_it() {
        let mut held = Held::new(50);
        held.transaction(read(51, 0, 0, 0));
        held.block(block(51, 50, 0));
        held.transaction(read(52, 0, 0, 0));
        held.block(block(54, 53, 0));
        held.cut();
        held.block(block(52, 51, 0));
        held.block(block(53, 52, 0));
        let stretch = held.take();
        let slots = stretch.transactions.iter().map(|one| one.place.slot);
        assert!(slots.eq([51]));
        assert_eq!(stretch.through.map(|tip| tip.slot), Some(53));
    }

    #[test]
    fn no_slot_is_too_high() {
        let mut held = Held::new(50);
        held.transaction(read(u64::MAX, 0, 0, 0));
        held.block(block(u64::MAX, 50, 0));
        assert!(held.ready());
        held.cut();
        assert_eq!(held.take().through.map(|tip| tip.slot), Some(u64::MAX));
        held.skip(u64::MAX);
        assert_eq!(held.end(), u64::MAX);
    }

    #[test]
    fn long_pasts_are_handed_on_in_parts() {
        let mut held = Held::new(50);
        let blocks = u64::try_from(ENOUGH_BLOCKS).expect("few");
        for slot in 51..50 + blocks {
            held.block(block(slot, slot - 1, 0));
            assert!(!held.enough());
        }
        held.block(block(50 + blocks, 49 + blocks, 0));
        assert!(held.enough());
        held.take();
        held.transaction(read(51 + blocks, 0, 0, ENOUGH));
        assert!(!held.enough());
        held.block(block(51 + blocks, 50 + blocks, 0));
        assert!(held.enough());
    }

    #[test]
    fn of_two_banks_for_a_slot_the_one_that_became_the_block_counts() {
        let mut held = Held::new(50);
        held.transaction(read(51, 1, 0, 0));
        held.transaction(read(51, 2, 0, 0));
        held.block(block(51, 50, 2));
        let stretch = held.take();
        let signatures: Vec<_> = stretch
            .transactions
            .iter()
            .map(|one| one.signature)
            .collect();
        assert_eq!(signatures, [[2; 64].into()]);
    }

    #[test]
    fn what_is_known_otherwise_closes_a_hole() {
        let mut held = Held::new(50);
        for slot in 54..70 {
            assert_eq!(held.hole(), None);
            held.transaction(read(slot, 0, 0, 0));
            held.block(block(slot, slot - 1, 0));
        }
        assert_eq!(held.hole(), Some(53));
        held.skip(52);
        assert!(!held.ready());
        held.skip(60);
        assert_eq!(held.hole(), None);
        let stretch = held.take();
        let slots = stretch.transactions.iter().map(|one| one.place.slot);
        assert!(slots.eq(61..70));
        assert_eq!(held.known(), 69);
    }
}
