//! A reading of all accounts, against which the mirror is checked. Its repairs are counted: with
//! every transaction followed there is nothing to repair.

use crate::{
    apply::{self, Found},
    reread::reread,
    source::{Result, Source},
};
use solana_address::Address;
use std::collections::{BTreeSet, HashSet};
use tessera_store::{
    Key, PgPool, Source as How, StoreError,
    accounts::{self, Accounts},
};

/// Most rows of a kind in one statement.
const PART: usize = 1_000;

/// All accounts of the program at one slot.
pub(crate) struct Snapshot {
    pub(crate) slot: u64,
    rows: Accounts,
}

impl Snapshot {
    pub(crate) async fn take(source: &dyn Source, min_slot: u64) -> Result<Self> {
        let reading = source.program_accounts(min_slot).await?;
        let mut found = Found::default();
        found.add(&reading, How::Snapshot);
        Ok(Self {
            slot: reading.slot,
            rows: found.rows,
        })
    }

    /// Fills an empty mirror.
    pub(crate) async fn store(self, pool: &PgPool) -> Result<()> {
        for rows in self.rows.chunks(PART) {
            store(pool, rows).await?;
        }
        Ok(())
    }

    /// Repairs what the mirror lacks, has otherwise, or has although it is gone. The mirror has
    /// followed every transaction up to the snapshot's slot. Returns how many rows changed.
    pub(crate) async fn repair(
        self,
        pool: &PgPool,
        source: &dyn Source,
        concurrency: usize,
    ) -> Result<u64> {
        let mut conn = pool.acquire().await.map_err(StoreError::from)?;
        let slot = crate::decode::slot(self.slot);
        let missing: BTreeSet<Address> = accounts::missing(&mut conn, &self.rows, slot)
            .await?
            .into_iter()
            .map(|key| Address::new_from_array(key.0))
            .collect();
        let mut changed = apply::accounts(
            pool,
            &reread(source, &missing, self.slot, concurrency).await?,
        )
        .await?;
        for mut rows in self.rows.chunks(PART) {
            let differing: HashSet<Key> = accounts::differing(&mut conn, &rows)
                .await?
                .into_iter()
                .collect();
            rows.retain(|address| differing.contains(address));
            changed += store(pool, rows).await?;
        }
        Ok(changed)
    }
}

async fn store(pool: &PgPool, rows: Accounts) -> Result<u64> {
    let found = Found {
        rows,
        gone: Vec::new(),
    };
    apply::accounts(pool, &found).await
}
