//! Lookup tables: made, extended, used again, and closed when nothing needs them.
//!
//! The law here: what a table is, the chain says; that it is ours, the database, which knows of it
//! before it exists. So no rent is lost, whenever the process ends.

mod upkeep;

use crate::{
    Keeper,
    config::key,
    error::Result,
    job::Job,
    message::Budget,
    pack::Places,
    pulse::{BYTE, HEADER, Pulse},
    spend::Rest,
};
use solana_address_lookup_table_interface::{
    instruction::{create_lookup_table, extend_lookup_table},
    program,
    state::{AddressLookupTable, LOOKUP_TABLE_MAX_ADDRESSES, LOOKUP_TABLE_META_SIZE},
};
use solana_instruction::Instruction;
use solana_message::AddressLookupTableAccount;
use solana_sdk_ids::{compute_budget, sysvar::slot_hashes};
use std::{collections::HashSet, time::Duration};
use tessera_client::types::{Address, ID};
use tessera_store::keeper as store;
use tokio::time::sleep;

/// Jobs from which on tables are worth their fees: fewer fit a transaction or two without.
const FEW: usize = 8;
/// Addresses that a transaction adds, and one that makes the table as well.
const ADDED: usize = 28;
const FIRST: usize = 27;
/// A table's instructions take a few thousand.
const BUDGET: Budget = Budget {
    units: 60_000,
    loaded: 1 << 20,
    unit_price: 0,
};
/// Looks at the slot until an extension counts.
const LOOKS: u32 = 50;
const LOOK: Duration = Duration::from_millis(100);

/// A table that serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) address: Address,
    /// What it holds; the rest of its room is free.
    addresses: Vec<Address>,
}

/// The tables of this keeper that serve.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    serving: Vec<Table>,
    /// Whether they were read, and nothing says since that they are others.
    known: bool,
    rest: Rest,
}

impl Tables {
    /// Where each address stands.
    pub(crate) fn places(&self) -> Places {
        let mut places = Places::new();
        for (at, table) in self.serving.iter().enumerate() {
            for address in &table.addresses {
                places.entry(*address).or_insert(at);
            }
        }
        places
    }

    /// Reads them again before they are used again.
    pub(crate) fn forget(&mut self) {
        self.known = false;
    }

    /// Tables by their numbers, as messages name them.
    pub(crate) fn named(
        &self,
        numbers: impl IntoIterator<Item = usize>,
    ) -> Vec<AddressLookupTableAccount> {
        let tables = numbers.into_iter().filter_map(|at| self.serving.get(at));
        tables
            .map(|table| AddressLookupTableAccount {
                key: table.address,
                addresses: table.addresses.clone(),
            })
            .collect()
    }
}

/// Addresses for a table.
struct Addition {
    table: Target,
    addresses: Vec<Address>,
}

#[derive(PartialEq)]
enum Target {
    /// One that has room.
    Serving(Address),
    /// One that does not exist, and has no place yet.
    New,
    /// One that does not exist, what makes it, where, and the slot that this follows from.
    Made(Instruction, Address, u64),
}

impl Addition {
    /// What it costs at most, rent and fees, lamports.
    fn cost(&self, budget: &Budget) -> u64 {
        let made = match self.table {
            Target::Serving(_) => 0,
            Target::New | Target::Made(..) => HEADER + LOOKUP_TABLE_META_SIZE as u64,
        };
        let addresses = self.addresses.len();
        let transactions = addresses.div_ceil(FIRST) as u64;
        BYTE * (made + 32 * addresses as u64) + transactions * budget.fee()
    }
}

/// The slots whose blocks the network remembers, the last first.
fn recent_slots(slot_hashes: &[u8]) -> Vec<u64> {
    let entries = slot_hashes.get(8..).unwrap_or_default().chunks_exact(40);
    entries
        .filter_map(|entry| entry.first_chunk().copied())
        .map(u64::from_le_bytes)
        .collect()
}

impl Keeper {
    /// Reads the tables unless they are known.
    pub(crate) async fn know_tables(&self, tables: &mut Tables) -> Result<()> {
        if !tables.known {
            self.read_tables(tables).await?;
            tables.known = true;
        }
        Ok(())
    }

    /// Puts the accounts of jobs into tables, as far as that many tables may be and `spare` lamports
    /// reach. What it cost, without rent; none when there was nothing to add and the tables are as they
    /// were. Where something fails, transactions are only longer.
    pub(crate) async fn cover(
        &self,
        tables: &mut Tables,
        jobs: &[&Job],
        pulse: &Pulse,
        spare: u64,
        unit_price: u64,
    ) -> Result<Option<u64>> {
        if jobs.len() < FEW || !tables.rest.is_over() {
            return Ok(None);
        }
        let budget = Budget {
            unit_price,
            ..BUDGET
        };
        let mut additions = self.additions(tables, jobs);
        let mut left = spare;
        additions.retain(|it| {
            let rest = left.checked_sub(it.cost(&budget));
            left = rest.unwrap_or(left);
            rest.is_some()
        });
        self.place(&mut additions).await?;
        if additions.is_empty() {
            return Ok(None);
        }
        let mut conn = self.connection().await?;
        for addition in &additions {
            if let Target::Made(_, address, slot) = &addition.table {
                let table = store::Table {
                    address: key(address),
                    used_at: pulse.now,
                    made_slot: i64::try_from(*slot).unwrap_or(i64::MAX),
                };
                store::add_table(&mut conn, key(&self.address()), &table).await?;
            }
        }
        drop(conn);
        let (mut first, mut later) = (Vec::new(), Vec::new());
        for addition in &additions {
            self.instructions(addition, &mut first, &mut later);
        }
        let mut paid = self.spend(first, budget, &mut tables.rest).await?;
        if tables.rest.is_over() {
            paid += self.spend(later, budget, &mut tables.rest).await?;
        }
        self.read_tables(tables).await?;
        Ok(Some(paid))
    }

    /// What is to be added where.
    fn additions(&self, tables: &Tables, jobs: &[&Job]) -> Vec<Addition> {
        let places = tables.places();
        let mut seen = HashSet::from([ID, compute_budget::ID, self.address()]);
        let mut wanted: Vec<Address> = jobs
            .iter()
            .flat_map(|job| &job.instruction.accounts)
            .map(|account| account.pubkey)
            .filter(|address| !places.contains_key(address) && seen.insert(*address))
            .collect();
        let mut additions = Vec::new();
        for table in &tables.serving {
            let room = LOOKUP_TABLE_MAX_ADDRESSES.saturating_sub(table.addresses.len());
            let addresses: Vec<Address> = wanted.drain(..room.min(wanted.len())).collect();
            if !addresses.is_empty() {
                additions.push(Addition {
                    table: Target::Serving(table.address),
                    addresses,
                });
            }
        }
        let free = self.config.tables.saturating_sub(tables.serving.len());
        for addresses in wanted.chunks(LOOKUP_TABLE_MAX_ADDRESSES).take(free) {
            additions.push(Addition {
                table: Target::New,
                addresses: addresses.to_vec(),
            });
        }
        additions
    }

    /// Gives each new table its place, which follows from a slot that has a block.
    async fn place(&self, additions: &mut Vec<Addition>) -> Result<()> {
        if !additions.iter().any(|it| it.table == Target::New) {
            return Ok(());
        }
        let accounts = self.node.accounts(&[slot_hashes::ID]).await?;
        let mut slots = accounts
            .get(&slot_hashes::ID)
            .map(|it| recent_slots(&it.data))
            .unwrap_or_default()
            .into_iter();
        for addition in additions.iter_mut().filter(|it| it.table == Target::New) {
            if let Some(slot) = slots.next() {
                let (make, address) = create_lookup_table(self.address(), self.address(), slot);
                addition.table = Target::Made(make, address, slot);
            }
        }
        additions.retain(|it| it.table != Target::New);
        Ok(())
    }

    /// The instructions of an addition, by transaction: those that make tables `first`.
    fn instructions(
        &self,
        addition: &Addition,
        first: &mut Vec<Vec<Instruction>>,
        later: &mut Vec<Vec<Instruction>>,
    ) {
        let keeper = self.address();
        let (make, table) = match &addition.table {
            Target::New => return,
            Target::Serving(table) => (None, *table),
            Target::Made(make, table, _) => (Some(make.clone()), *table),
        };
        let extend = |addresses: &[Address]| {
            extend_lookup_table(table, keeper, Some(keeper), addresses.to_vec())
        };
        let mut rest = addition.addresses.as_slice();
        if let Some(make) = make {
            let (begin, others) = rest.split_at(rest.len().min(FIRST));
            first.push(vec![make, extend(begin)]);
            rest = others;
        }
        later.extend(rest.chunks(ADDED).map(|chunk| vec![extend(chunk)]));
    }

    /// Reads the tables that the database knows of, and waits until what was added counts.
    async fn read_tables(&self, tables: &mut Tables) -> Result<()> {
        let rows = {
            let mut conn = self.connection().await?;
            store::tables(&mut conn, key(&self.address())).await?
        };
        let addresses: Vec<Address> = rows
            .iter()
            .map(|row| Address::from(row.address.0))
            .collect();
        let accounts = self.node.accounts(&addresses).await?;
        let mut extended = 0;
        tables.serving.clear();
        for address in addresses {
            let Some(account) = accounts
                .get(&address)
                .filter(|it| program::check_id(&it.owner))
            else {
                continue;
            };
            let Ok(table) = AddressLookupTable::deserialize(&account.data) else {
                continue;
            };
            if table.meta.deactivation_slot == u64::MAX {
                extended = extended.max(table.meta.last_extended_slot);
                let addresses = table.addresses.to_vec();
                tables.serving.push(Table { address, addresses });
            }
        }
        let mut slot = accounts.slot;
        for _ in 0..LOOKS {
            if slot > extended {
                break;
            }
            sleep(LOOK).await;
            slot = self.node.slot().await?;
        }
        Ok(())
    }
}
