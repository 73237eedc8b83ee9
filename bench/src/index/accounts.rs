//! Account rows: new ones, and ones that are there already, beside a raw binary COPY of the same rows.

use crate::{
    chain,
    copy::{self, Copied},
    table::{Goal, Table, rate},
};
use anyhow::{Result, ensure};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use std::time::Instant;
use tessera_client::{Account, types::Address};
use tessera_indexer::decode;
use tessera_store::{
    PgPool, Source,
    mirror::accounts::{self, AccountRow, Accounts},
};

/// Rows in a statement and a transaction, as the reading of all accounts stores them.
const PART: usize = 5_000;

/// Makes the account with a number, after so many receipts.
type Make = fn(u64, u64) -> Account;

pub(crate) async fn measure(pool: &PgPool, count: u64, table: &mut Table) -> Result<()> {
    let kinds: [(&str, chain::Kind, Make); 2] = [
        ("member", chain::Kind::Member, chain::member),
        (
            "subscription",
            chain::Kind::Subscription,
            chain::subscription,
        ),
    ];
    for (name, kind, make) in kinds {
        let mut numbers: Vec<u64> = (0..count).collect();
        let new = rows(kind, make, &numbers, 1)?;
        let inserted = upsert(pool, new).await?;

        // In another order than they lie in.
        numbers.shuffle(&mut StdRng::seed_from_u64(1));
        let newer = rows(kind, make, &numbers, 2)?;
        copy::rest(pool).await?;
        let updated = upsert(pool, newer).await?;

        let bytes = copy::out(pool, &format!("copy {name} to stdout (format binary)")).await?;
        let Copied { rows, secs } = copy::into_copy_of(pool, name, &bytes).await?;
        ensure!(rows == count, "{rows} rows were copied");
        let count = usize::try_from(count)?;
        let raw = rate(count, secs);
        let (inserted, updated) = (rate(count, inserted), rate(count, updated));
        table.note(&format!("(a) COPY of {name} rows"), raw, "rows/s");
        table.note(&format!("(b) {name} upserts, all new"), inserted, "rows/s");
        table.judge("(b) to (a)", inserted / raw, "", Goal::AtLeast(0.35));
        table.note(&format!("(c) {name} upserts, all there"), updated, "rows/s");
        table.judge("(c) to (a)", updated / raw, "", Goal::AtLeast(0.2));
        copy::rest(pool).await?;
    }
    Ok(())
}

/// Rows as the index decodes them from accounts after so many receipts.
fn rows(kind: chain::Kind, make: Make, numbers: &[u64], receipts: u64) -> Result<Accounts> {
    let row = |number: &u64| -> Result<AccountRow> {
        let data = make(*number, receipts).encode();
        let address: Address = chain::address(kind, *number);
        let slot = chain::LIFE + receipts;
        Ok(decode::account(address, slot, Source::Update, &data)?)
    };
    numbers.iter().map(row).collect()
}

/// Stores rows in parts, each in a transaction; the seconds that it takes.
async fn upsert(pool: &PgPool, rows: Accounts) -> Result<f64> {
    let count = rows.len();
    let start = Instant::now();
    let mut changed = 0;
    for part in rows.chunks(PART) {
        let mut transaction = pool.begin().await?;
        changed += accounts::upsert(&mut transaction, &part).await?;
        transaction.commit().await?;
    }
    let secs = start.elapsed().as_secs_f64();
    ensure!(changed == count as u64, "{changed} of {count} rows changed");
    Ok(secs)
}
