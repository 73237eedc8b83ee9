//! An indexer on a scripted node, round by round, and what it stored.

use crate::support::{
    chain::{Chain, Step},
    database::Mirror,
    sums,
};
use anyhow::Result;
use std::sync::Arc;
use tessera_client::{Event, types::events::Receipt};
use tessera_indexer::{Indexer, IndexerConfig, IndexerError};
use tessera_store::{
    PgPool, Source,
    mirror::{
        accounts::{self, Accounts},
        cursor::{self, Cursor},
        receipt::{self, ReceiptRow},
    },
};

pub(crate) const AWARD: Step = Step::Award {
    member: 1,
    points: 5,
};
pub(crate) const CHARGE: Step = Step::Charge {
    subscription: 1,
    levels: 2,
};
pub(crate) const BOTH: Step = Step::Both {
    member: 1,
    subscription: 1,
};

pub(crate) fn indexer(mirror: &Mirror, chain: &Arc<Chain>) -> Indexer {
    let config = IndexerConfig {
        chunk: 2,
        concurrency: 3,
        ..IndexerConfig::default()
    };
    Indexer::new(mirror.pool.clone(), chain.clone(), config)
}

/// All accounts and one round of an indexer that starts for it.
pub(crate) async fn sync(mirror: &Mirror, chain: &Arc<Chain>) -> Result<Cursor, IndexerError> {
    let mut indexer = indexer(mirror, chain);
    let synced = sync_with(&mut indexer).await;
    indexer.close().await?;
    synced
}

pub(crate) async fn sync_with(indexer: &mut Indexer) -> Result<Cursor, IndexerError> {
    indexer.fill_once().await?;
    indexer.sync_once().await
}

/// Everything that the chain determines; when and how an account was read is not among it.
#[derive(Debug, PartialEq)]
pub(crate) struct Tables {
    pub(crate) accounts: Accounts,
    pub(crate) receipts: Vec<ReceiptRow>,
    pub(crate) charges: Vec<(i64, i32, i16, i64, String)>,
    pub(crate) sums: Vec<String>,
    pub(crate) final_slot: i64,
}

/// What there is, and that the kept sums are of it.
pub(crate) async fn tables(pool: &PgPool) -> Result<Tables> {
    let mut conn = pool.acquire().await?;
    sums::ensure_exact(&mut conn).await?;
    let mut accounts = accounts::all(&mut conn).await?;
    for row in &mut accounts.member {
        (row.slot, row.source) = (0, Source::Update);
    }
    for row in &mut accounts.subscription {
        (row.slot, row.source) = (0, Source::Update);
    }
    let cursor = cursor::read(&mut conn).await?;
    let charges = sqlx::query_as(
        "select receipt.slot, receipt.tx_index, receipt.outer_ix, receipt.seq,
                charge.debit || ',' || charge.merchant || ',' ||
                array(select encode(ledger, 'hex') || ':' || amount from commission
                      where commission.arrival = receipt.arrival order by level)::text
         from receipt join charge using (arrival)
         order by receipt.slot, receipt.tx_index, receipt.outer_ix",
    )
    .fetch_all(&mut *conn)
    .await?;
    Ok(Tables {
        accounts,
        receipts: receipt::page(&mut conn, None, 10_000).await?,
        charges,
        sums: sums::all(&mut conn).await?,
        final_slot: cursor.map_or(0, |cursor| cursor.final_slot),
    })
}

/// The event as it was carried.
pub(crate) fn raw(row: &ReceiptRow) -> Vec<u8> {
    let receipt = Receipt {
        account: row.account.0.into(),
        life: row.life.unsigned_abs(),
        seq: row.seq.unsigned_abs(),
        at: row.at,
    };
    Event::assemble(&row.kind, &receipt, &row.body).expect("a kind of event")
}

pub(crate) fn places(tables: &Tables) -> Vec<(i64, i32, i16)> {
    let place = |row: &ReceiptRow| (row.slot, row.tx_index, row.outer_ix);
    tables.receipts.iter().map(place).collect()
}

/// Lets transactions that no node showed be looked for without the pause.
pub(crate) async fn look_now(mirror: &Mirror) -> Result<()> {
    sqlx::query("update walk set again_on = now()")
        .execute(&mirror.pool)
        .await?;
    Ok(())
}
