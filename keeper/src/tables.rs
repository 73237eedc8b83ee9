//! Lookup tables: created, extended, reused, and closed when nothing needs them.
//!
//! The law here: the chain says what a table holds; the database says that it is ours, and records
//! it before it exists. So no rent is lost, whenever the process ends. Nothing is bought while a
//! node does not show the last purchase yet.

mod upkeep;

use crate::{
    Keeper,
    config::key,
    error::Result,
    job::Job,
    message::Budget,
    node::ACCOUNTS,
    pack::Places,
    pulse::{BYTE, HEADER, Pulse},
    spend::{LOOK, LOOKS, Rest, Spent},
};
use solana_address_lookup_table_interface::{
    instruction::{create_lookup_table, extend_lookup_table},
    state::{AddressLookupTable, LOOKUP_TABLE_MAX_ADDRESSES, LOOKUP_TABLE_META_SIZE},
};
use solana_instruction::Instruction;
use solana_message::AddressLookupTableAccount;
use solana_sdk_ids::{compute_budget, sysvar::slot_hashes};
use std::collections::HashSet;
use tessera_client::types::{Address, ID};
use tessera_store::mirror::keeper as store;
use tokio::time::sleep;

/// The least number of jobs for which tables are worth their fees: fewer fit a transaction or two
/// without.
const FEW: usize = 8;
/// Addresses that a transaction adds, and that one which also creates the table adds.
const ADDED: usize = 28;
const FIRST: usize = 27;
/// A table's instructions take a few thousand compute units.
const BUDGET: Budget = Budget {
    units: 60_000,
    loaded: 1 << 20,
    unit_price: 0,
};

/// A table in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) address: Address,
    /// The addresses that it holds; the rest of its room is free.
    addresses: Vec<Address>,
}

/// The tables of this keeper that are in use.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    serving: Vec<Table>,
    /// How many keep rent or may do so: all in the database that are not known to be gone.
    count: usize,
    /// Whether they were read completely, and nothing has invalidated that since.
    known: bool,
    /// The slot of the last purchase: an earlier reading lacks it.
    bought: u64,
    rest: Rest,
}

impl Tables {
    /// The table that holds each address.
    pub(crate) fn places(&self) -> Places {
        let mut places = Places::new();
        for (at, table) in self.serving.iter().enumerate() {
            for address in &table.addresses {
                places.entry(*address).or_insert(at);
            }
        }
        places
    }

    /// Has the tables read again before their next use.
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
    /// A table in use that has room.
    Serving(Address),
    /// A new table without an address yet.
    New,
    /// A new table: the instruction that creates it, its address, and the slot that the address is
    /// derived from.
    Made(Instruction, Address, u64),
}

impl Addition {
    /// The most that it costs in rent and fees, lamports.
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

/// The slots whose blocks the network remembers, the latest first.
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
        match tables.known {
            true => Ok(()),
            false => self.read_tables(tables).await,
        }
    }

    /// Puts the accounts of jobs into tables, as far as the number of tables and `spare` lamports
    /// allow. Returns the fees; none when there was nothing to add and the tables are unchanged.
    /// After a failure, transactions are only longer.
    pub(crate) async fn cover(
        &self,
        tables: &mut Tables,
        jobs: &[&Job],
        pulse: &Pulse,
        spare: u64,
        unit_price: u64,
    ) -> Result<Option<u64>> {
        if jobs.len() < FEW || !tables.known || !tables.rest.is_over() {
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
        // Whatever the outcome, the tables may differ from what was read.
        tables.forget();
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
        let made = self.spend(first, budget, &mut tables.rest).await?;
        let filled = match tables.rest.is_over() {
            true => self.spend(later, budget, &mut tables.rest).await?,
            false => Spent::default(),
        };
        tables.bought = tables.bought.max(made.slot).max(filled.slot);
        self.read_tables(tables).await?;
        Ok(Some(made.fees + filled.fees))
    }

    /// The addresses to add, by table.
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
        let free = self.config.tables.saturating_sub(tables.count);
        for addresses in wanted.chunks(LOOKUP_TABLE_MAX_ADDRESSES).take(free) {
            additions.push(Addition {
                table: Target::New,
                addresses: addresses.to_vec(),
            });
        }
        additions
    }

    /// Gives each new table its address, which is derived from a slot that has a block.
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

    /// The instructions of additions, by transaction: with `first`, those that create tables.
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

    /// Reads the tables in the database until the node shows the last purchase in effect. They are
    /// then known, unless one is missing that may still appear.
    async fn read_tables(&self, tables: &mut Tables) -> Result<()> {
        let rows = {
            let mut conn = self.connection().await?;
            store::tables(&mut conn, key(&self.address())).await?
        };
        tables.known = false;
        for look in 0..LOOKS {
            if look > 0 {
                sleep(LOOK).await;
            }
            let shown = self.shown(&rows).await?;
            tables.count = rows.len() - shown.gone;
            tables.serving = shown.serving;
            if shown.slot > shown.extended.max(tables.bought) {
                tables.known = !shown.lacking;
                break;
            }
        }
        Ok(())
    }

    /// Reads tables from a node.
    async fn shown(&self, rows: &[store::Table]) -> Result<Shown> {
        let mut shown = Shown {
            slot: u64::MAX,
            ..Shown::default()
        };
        for rows in rows.chunks(ACCOUNTS - 1) {
            let accounts = self.node.accounts(&upkeep::with_slots(rows)).await?;
            shown.slot = shown.slot.min(accounts.slot);
            let oldest = upkeep::oldest_slot(&accounts);
            for row in rows {
                let address = Address::from(row.address.0);
                match upkeep::table(&accounts, &address) {
                    Some(data) => shown.take(address, data),
                    None if upkeep::cannot_be_made(row, oldest) => shown.gone += 1,
                    None => shown.lacking = true,
                }
            }
        }
        Ok(shown)
    }
}

/// The tables in the database, as a node shows them.
#[derive(Debug, Default)]
struct Shown {
    serving: Vec<Table>,
    /// The slot at which they were read, and the last one in which one was extended.
    slot: u64,
    extended: u64,
    /// How many do not exist and can no longer be created.
    gone: usize,
    /// Whether one is missing that may still appear.
    lacking: bool,
}

impl Shown {
    fn take(&mut self, address: Address, data: &[u8]) {
        let Ok(table) = AddressLookupTable::deserialize(data) else {
            return;
        };
        if table.meta.deactivation_slot == u64::MAX {
            self.extended = self.extended.max(table.meta.last_extended_slot);
            let addresses = table.addresses.to_vec();
            self.serving.push(Table { address, addresses });
        }
    }
}
