//! Deactivates tables that nothing needs, and closes them when the network allows it.
//!
//! The law here: a table is removed from the database only if it is gone for good and can no longer
//! be created. Creating a table takes a slot that the network still remembers, so a reading that
//! shows neither the table nor its slot proves both, however far the node is behind.

use super::{BUDGET, Tables, recent_slots};
use crate::{
    Keeper,
    config::key,
    error::Result,
    node::{ACCOUNTS, Accounts},
    pulse::Pulse,
};
use solana_address_lookup_table_interface::{
    instruction::{close_lookup_table, deactivate_lookup_table},
    program,
    state::AddressLookupTable,
};
use solana_sdk_ids::sysvar::slot_hashes;
use tessera_client::types::Address;
use tessera_store::mirror::keeper as store;

/// The next step for a table that exists.
#[derive(Debug, PartialEq)]
enum Fate {
    Stays,
    Deactivate,
    Close,
}

impl Keeper {
    /// Deactivates tables that were unused for long, or all, and closes those that have been
    /// inactive for long enough. Returns how many are left, active or not.
    pub(crate) async fn upkeep(
        &self,
        tables: &mut Tables,
        pulse: &Pulse,
        all: bool,
    ) -> Result<usize> {
        let rows = {
            let mut conn = self.connection().await?;
            store::tables(&mut conn, key(&self.address())).await?
        };
        let keeper = self.address();
        let (mut left, mut work) = (rows.len(), Vec::new());
        for rows in rows.chunks(ACCOUNTS - 1) {
            let accounts = self.node.accounts(&with_slots(rows)).await?;
            let oldest = oldest_slot(&accounts);
            let mut missing = Vec::new();
            for row in rows {
                let address = Address::from(row.address.0);
                let Some(data) = table(&accounts, &address) else {
                    missing.push(*row);
                    continue;
                };
                let idle =
                    all || row.used_at.saturating_add(self.config.table_idle_secs) <= pulse.now;
                match fate(data, idle, oldest) {
                    Fate::Stays => {}
                    Fate::Deactivate => work.push(vec![deactivate_lookup_table(address, keeper)]),
                    Fate::Close => work.push(vec![close_lookup_table(address, keeper, keeper)]),
                }
            }
            let forgotten = self.forget_tables(&missing).await?;
            if forgotten > 0 {
                left -= forgotten;
                tables.forget();
            }
        }
        if !work.is_empty() && tables.rest.is_over() {
            self.spend(work, BUDGET, &mut tables.rest).await?;
            tables.forget();
        }
        Ok(left)
    }

    /// Removes those tables from the database that can never exist. Returns how many.
    async fn forget_tables(&self, rows: &[store::Table]) -> Result<usize> {
        if rows.is_empty() {
            return Ok(0);
        }
        let accounts = self.node.final_accounts(&with_slots(rows)).await?;
        let oldest = oldest_slot(&accounts);
        let mut forgotten = 0;
        for row in rows {
            if cannot_be_made(row, oldest)
                && table(&accounts, &Address::from(row.address.0)).is_none()
            {
                let mut conn = self.connection().await?;
                store::remove_table(&mut conn, row.address).await?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }
}

/// The accounts to read: tables and slots in one answer, so that both are of one moment.
pub(super) fn with_slots(rows: &[store::Table]) -> Vec<Address> {
    let tables = rows.iter().map(|row| Address::from(row.address.0));
    tables.chain([slot_hashes::ID]).collect()
}

/// The oldest slot that the network remembers; 0 if the node does not show it.
pub(super) fn oldest_slot(accounts: &Accounts) -> u64 {
    let slots = accounts.get(&slot_hashes::ID);
    let slots = slots.map(|it| recent_slots(&it.data)).unwrap_or_default();
    slots.into_iter().min().unwrap_or(0)
}

/// Whether a table that does not exist never will; `oldest` is the oldest slot that is remembered.
pub(super) fn cannot_be_made(row: &store::Table, oldest: u64) -> bool {
    u64::try_from(row.made_slot).is_ok_and(|made| made < oldest)
}

pub(super) fn table<'a>(accounts: &'a Accounts, address: &Address) -> Option<&'a [u8]> {
    let account = accounts.get(address)?;
    program::check_id(&account.owner).then_some(account.data.as_slice())
}

fn fate(data: &[u8], idle: bool, oldest: u64) -> Fate {
    let Ok(table) = AddressLookupTable::deserialize(data) else {
        return Fate::Stays;
    };
    match table.meta.deactivation_slot {
        u64::MAX if idle => Fate::Deactivate,
        u64::MAX => Fate::Stays,
        // The program refuses to close until the network has forgotten the slot.
        since if since < oldest => Fate::Close,
        _ => Fate::Stays,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table deactivated in a slot; active when the slot is `u64::MAX`.
    fn since(slot: u64) -> [u8; 56] {
        let mut data = [0; 56];
        data[0] = 1;
        data[4..12].copy_from_slice(&slot.to_le_bytes());
        data
    }

    #[test]
    fn a_table_is_closed_once_the_network_has_forgotten_when_it_was_put_out_of_use() {
        // Slots without a block do not count among the 512 that are remembered.
        assert_eq!(fate(&since(1_000), true, 400), Fate::Stays);
        assert_eq!(fate(&since(1_000), true, 1_000), Fate::Stays);
        assert_eq!(fate(&since(1_000), false, 1_001), Fate::Close);
        assert_eq!(fate(&since(1_000), true, 0), Fate::Stays);
        assert_eq!(fate(&since(u64::MAX), true, 1_001), Fate::Deactivate);
        assert_eq!(fate(&since(u64::MAX), false, 1_001), Fate::Stays);
        assert_eq!(fate(&[], true, 1_001), Fate::Stays);
    }
}
