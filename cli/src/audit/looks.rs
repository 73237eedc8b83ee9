//! Accounts and vaults that were read, waiting until the receipts up to their slot have passed.
//!
//! Law: a reading shows the chain between two transactions of its slot, or at the slot's end; nodes
//! differ in this. So an account holds if it is what receipts had made at one of these moments, and
//! a vault if it held what was owed at all of them. If it held less than was owed at some, the last
//! transaction that changed the debt says what the vault held after it.

use solana_signature::Signature;
use std::collections::BTreeMap;
use tessera_client::{
    audit::{Auditor, Looked, Seized},
    types::Address,
};

/// An account's data as read; none when there is none.
struct AccountLook {
    address: Address,
    data: Option<Vec<u8>>,
}

impl AccountLook {
    fn len(&self) -> usize {
        self.data.as_ref().map_or(0, Vec::len)
    }

    fn look(&self, auditor: &Auditor) -> Looked {
        auditor.look_at_data(&self.address, self.data.as_deref())
    }
}

/// What a vault held when it was read, and what it owed during that slot.
struct VaultLook {
    vault: Address,
    held: u64,
    /// What it owed at the end of the slot, and the most that it owed at any moment of it.
    owed: Option<u128>,
    most: u128,
    /// The last transaction that changed what it owed.
    moved: Option<Signature>,
}

impl VaultLook {
    /// Notes what the vault owes after `transaction`, or before the slot's first.
    fn note(&mut self, auditor: &Auditor, transaction: Option<Signature>) {
        let owed = auditor.owed_by(&self.vault);
        if self.owed.is_some_and(|before| before != owed) {
            self.moved = transaction;
        }
        self.owed = Some(owed);
        self.most = self.most.max(owed);
    }
}

/// Everything that was read at a slot.
#[derive(Default)]
struct Slot {
    accounts: Vec<AccountLook>,
    vaults: Vec<VaultLook>,
}

/// A vault that was short in two readings.
pub(super) struct Short {
    pub(super) vault: Address,
    /// The slot of the reading.
    pub(super) slot: u64,
    pub(super) held: u64,
    pub(super) looked: Looked,
}

/// A vault whose balance at the decisive moment only a transaction states.
pub(super) struct Moved {
    pub(super) vault: Address,
    pub(super) transaction: Signature,
    /// The balance as read, and the slot of the reading.
    pub(super) slot: u64,
    pub(super) held: u64,
    /// The debt after that transaction.
    pub(super) owed: u128,
}

/// Most accounts that are read a second time.
const MOST_DOUBTFUL: usize = 10_000;

/// All readings that wait.
#[derive(Default)]
pub(super) struct Looks {
    waiting: BTreeMap<u64, Slot>,
    bytes: usize,
    /// Accounts that did not hold, until they are read again.
    accounts: Vec<Address>,
    vaults: Vec<Address>,
    /// Whether this is the second reading.
    again: bool,
    /// Vaults that moved in the slot of their reading and may be short.
    pub(super) moved: Vec<Moved>,
    /// Vaults that are short.
    pub(super) short: Vec<Short>,
}

impl Looks {
    pub(super) fn add_account(&mut self, slot: u64, address: Address, data: Option<Vec<u8>>) {
        let look = AccountLook { address, data };
        self.bytes += look.len();
        self.waiting.entry(slot).or_default().accounts.push(look);
    }

    pub(super) fn add_vault(&mut self, slot: u64, vault: Address, held: u64) {
        let look = VaultLook {
            vault,
            held,
            owed: None,
            most: 0,
            moved: None,
        };
        self.waiting.entry(slot).or_default().vaults.push(look);
    }

    /// Bytes of the accounts that are waiting.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The newest slot that something was read at.
    pub(super) fn newest(&self) -> Option<u64> {
        self.waiting.last_key_value().map(|(slot, _)| *slot)
    }

    /// Accounts and vaults that did not hold; after this call, such a reading is a finding.
    pub(super) fn doubtful(&mut self) -> (Vec<Address>, Vec<Address>) {
        self.again = true;
        let (accounts, vaults) = (&mut self.accounts, &mut self.vaults);
        (std::mem::take(accounts), std::mem::take(vaults))
    }

    /// To be called before the first transaction of a slot.
    pub(super) fn before(&mut self, slot: u64, auditor: &mut Auditor) {
        if let Some(last) = slot.checked_sub(1) {
            self.until(last, auditor);
        }
        self.within(slot, auditor, None);
    }

    /// To be called after a transaction of a slot, or before the first.
    pub(super) fn within(
        &mut self,
        slot: u64,
        auditor: &mut Auditor,
        transaction: Option<Signature>,
    ) {
        let Some(looks) = self.waiting.get_mut(&slot) else {
            return;
        };
        let bytes = &mut self.bytes;
        looks.accounts.retain(|look| {
            let looked = look.look(auditor);
            let holds = looked.holds();
            if holds {
                *bytes -= look.len();
                auditor.book(looked);
            }
            !holds
        });
        for look in &mut looks.vaults {
            look.note(auditor, transaction);
        }
    }

    /// To be called when all transactions up to a slot have passed.
    pub(super) fn until(&mut self, slot: u64, auditor: &mut Auditor) {
        while let Some(entry) = self.waiting.first_entry()
            && *entry.key() <= slot
        {
            let (at, Slot { accounts, vaults }) = entry.remove_entry();
            for look in accounts {
                self.bytes -= look.len();
                self.end_account(&look, auditor);
            }
            for mut look in vaults {
                look.note(auditor, None);
                self.end_vault(at, &look, auditor);
            }
        }
    }

    fn end_account(&mut self, look: &AccountLook, auditor: &mut Auditor) {
        let looked = look.look(auditor);
        if looked.holds() || self.again || self.accounts.len() >= MOST_DOUBTFUL {
            auditor.book(looked);
        } else {
            self.accounts.push(look.address);
        }
    }

    fn end_vault(&mut self, slot: u64, look: &VaultLook, auditor: &mut Auditor) {
        let (vault, held) = (look.vault, look.held);
        let looked = auditor.look_at_vault_that_owed(&vault, held, look.most);
        if looked.holds() {
            auditor.book_vault(&vault, held, looked, &Seized::default());
        } else if let (Some(transaction), Some(owed)) = (look.moved, look.owed) {
            self.moved.push(Moved {
                vault,
                transaction,
                slot,
                held,
                owed,
            });
        } else if self.again {
            self.short.push(Short {
                vault,
                slot,
                held,
                looked,
            });
        } else {
            self.vaults.push(vault);
        }
    }
}
