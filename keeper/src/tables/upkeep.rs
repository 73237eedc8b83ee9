//! Tables that nothing needs: put out of use, and closed when the network lets them go.

use super::{BUDGET, Tables};
use crate::{Keeper, config::key, error::Result, pulse::Pulse};
use solana_address_lookup_table_interface::{
    instruction::{close_lookup_table, deactivate_lookup_table},
    program,
    state::{AddressLookupTable, estimate_last_valid_slot},
};
use tessera_client::types::Address;
use tessera_store::keeper as store;

/// For how long a table may be noted that was never made: no transaction lives as long.
const MAKING_SECS: i64 = 600;

/// What becomes of a table.
enum Fate {
    Serves,
    Deactivate,
    Rests(u64),
    Close,
    Gone,
}

impl Keeper {
    /// Puts tables out of use that did not serve for long, or all, and closes those that have been out
    /// of use for long enough. How many are left, in use or not.
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
        let addresses: Vec<Address> = rows
            .iter()
            .map(|row| Address::from(row.address.0))
            .collect();
        let accounts = self.node.accounts(&addresses).await?;
        let (mut left, mut work) = (rows.len(), Vec::new());
        for (row, address) in rows.iter().zip(&addresses) {
            let idle = all || row.used_at.saturating_add(self.config.table_idle_secs) <= pulse.now;
            let fate = match accounts
                .get(address)
                .filter(|it| program::check_id(&it.owner))
            {
                None if row.used_at.saturating_add(MAKING_SECS) <= pulse.now => Fate::Gone,
                None if row.retired_slot.is_some() => Fate::Gone,
                None => Fate::Serves,
                Some(account) => fate(&account.data, idle, accounts.slot),
            };
            let keeper = self.address();
            match fate {
                Fate::Serves => {}
                Fate::Deactivate => work.push(vec![deactivate_lookup_table(*address, keeper)]),
                Fate::Close => work.push(vec![close_lookup_table(*address, keeper, keeper)]),
                Fate::Rests(slot) => {
                    let slot = i64::try_from(slot).unwrap_or(i64::MAX);
                    let mut conn = self.connection().await?;
                    store::retire_table(&mut conn, row.address, slot).await?;
                }
                Fate::Gone => {
                    let mut conn = self.connection().await?;
                    store::remove_table(&mut conn, row.address).await?;
                    left -= 1;
                }
            }
        }
        if !work.is_empty() {
            self.spend(work, BUDGET).await?;
            tables.known = false;
        }
        Ok(left)
    }
}

fn fate(data: &[u8], idle: bool, slot: u64) -> Fate {
    let Ok(table) = AddressLookupTable::deserialize(data) else {
        return Fate::Serves;
    };
    match table.meta.deactivation_slot {
        u64::MAX if idle => Fate::Deactivate,
        u64::MAX => Fate::Serves,
        since if slot > estimate_last_valid_slot(since) => Fate::Close,
        since => Fate::Rests(since),
    }
}
