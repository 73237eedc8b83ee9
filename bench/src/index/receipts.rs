//! Receipts: events decoded and stored with what they moved, beside a raw binary COPY of the same rows and
//! one row a statement.

mod singly;

use crate::{
    chain::History,
    copy,
    table::{Goal, Table, rate},
};
use anyhow::{Context, Result, ensure};
use rand::{Rng, SeedableRng, rngs::StdRng};
use singly::{MOVED, Way};
use std::time::Instant;
use tessera_indexer::{IndexerConfig, decode};
use tessera_store::{
    Key, PgPool,
    mirror::{
        cursor::{self, Cursor},
        receipt::{self, NewReceipt, Place},
    },
};
use tokio::sync::mpsc::channel;

/// Charges that a keeper makes in a transaction.
const IN_ONE: i16 = 4;
/// Transactions in a slot.
const IN_SLOT: i32 = 50;
/// Batches that are decoded ahead of the one that is stored.
const AHEAD: usize = 2;
/// Rounds, in each of which everything is measured.
const ROUNDS: usize = 3;

/// An event as it was carried, and where.
type Carried = (Place, [u8; 64], Vec<u8>);

pub(crate) async fn measure(pool: &PgPool, count: usize, table: &mut Table) -> Result<()> {
    let cursor = cursor::init(&mut *pool.acquire().await?, Key([1; 32]), 0).await?;
    let mut history = History::default();
    let mut slots = Slots::default();
    let wallets = u64::try_from(count)? / 20;
    let opening = history.opening(wallets).into_iter();
    let opening = opening.map(|event| slots.place(event)).collect();
    store(pool, &cursor, opening).await?;
    let opened = arrival(pool).await?;
    let random = &mut StdRng::seed_from_u64(2);
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let events = (0..count / ROUNDS).map(|_| slots.place(history.next(wallets, random)));
        rounds.push(round(pool, &cursor, opened, events.collect()).await?);
    }
    sizes(pool, table).await?;
    report(&rounds, table);
    Ok(())
}

/// What a round came to, receipts a second.
struct Round {
    /// (d).
    stored: f64,
    /// The same in rows, with what was moved.
    stored_rows: f64,
    /// (a), a raw COPY of the same rows.
    copied: f64,
    /// Of the receipts among these alone.
    copied_alone: f64,
    /// (e), one row a statement.
    singly: f64,
    /// The same on one connection.
    singly_held: f64,
    /// Receipts alone, each in a transaction.
    alone: f64,
    /// Receipts alone, all in a transaction.
    alone_together: f64,
}

/// Stores receipts, then the same ones as the yardsticks do: whatever else the machine does meanwhile
/// falls on all of them.
async fn round(pool: &PgPool, cursor: &Cursor, opened: i64, events: Vec<Carried>) -> Result<Round> {
    copy::rest(pool).await?;
    let last = arrival(pool).await?;
    let (count, before) = (events.len(), rows(pool).await?);
    let secs = store(pool, cursor, events).await?;
    let stored_rows = usize::try_from(rows(pool).await? - before)?;

    let mut copied = Vec::new();
    for table in MOVED {
        let rows = format!("select * from {table} where arrival > {last} order by arrival");
        let bytes = copy::out(pool, &format!("copy ({rows}) to stdout (format binary)")).await?;
        copied.push(copy::into_copy_of(pool, table, &bytes).await?);
    }
    ensure!(count >= singly::COUNT, "too few receipts: {count}");
    ensure!(copied[0].rows == count as u64, "{} rows", copied[0].rows);
    let whole = singly::steps(pool, last, true).await?;
    let receipts = singly::steps(pool, last, false).await?;
    let one_by_one = |steps, way| async move {
        let secs = singly::take(pool, opened, steps, way).await?;
        anyhow::Ok(rate(singly::COUNT, secs))
    };
    Ok(Round {
        stored: rate(count, secs),
        stored_rows: rate(stored_rows, secs),
        copied: rate(count, copied.iter().map(|it| it.secs).sum()),
        copied_alone: rate(count, copied[0].secs),
        singly: one_by_one(&whole, Way::Pool).await?,
        singly_held: one_by_one(&whole, Way::Connection).await?,
        alone: one_by_one(&receipts, Way::Pool).await?,
        alone_together: one_by_one(&receipts, Way::Transaction).await?,
    })
}

/// Of each figure and each ratio the middle one.
fn report(rounds: &[Round], table: &mut Table) {
    let middle = |of: fn(&Round) -> f64| {
        let mut figures: Vec<f64> = rounds.iter().map(of).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let (least, times) = (Goal::AtLeast, "receipts/s");
    table.note("(a) COPY of the rows of (d)", middle(|it| it.copied), times);
    table.note(
        "COPY of receipt rows alone",
        middle(|it| it.copied_alone),
        "rows/s",
    );
    let stored = middle(|it| it.stored);
    table.judge(
        "(d) receipts decoded and stored",
        stored,
        times,
        least(20_000.0),
    );
    let stored_rows = middle(|it| it.stored_rows);
    table.note("rows of (d), with what they moved", stored_rows, "rows/s");
    let to_copy = middle(|it| it.stored / it.copied);
    table.judge("(d) to (a)", to_copy, "", least(0.3));
    let to_copy = middle(|it| it.stored / it.copied_alone);
    table.note("(d) to COPY of receipt rows alone", to_copy, "");
    table.note(
        "(e) the same, one row a statement and a transaction, through sqlx's pool",
        middle(|it| it.singly),
        times,
    );
    let to_singly = middle(|it| it.stored / it.singly);
    table.judge("(d) to (e)", to_singly, "", least(20.0));
    table.note(
        "(e) on one connection, without the pool",
        middle(|it| it.singly_held),
        times,
    );
    let to_held = middle(|it| it.stored / it.singly_held);
    table.note("(d) to that", to_held, "");
    table.note(
        "receipt rows alone, one a transaction",
        middle(|it| it.alone),
        "rows/s",
    );
    table.note(
        "receipt rows alone, one a statement, all in a transaction",
        middle(|it| it.alone_together),
        "rows/s",
    );
}

/// The number of the last receipt.
async fn arrival(pool: &PgPool) -> Result<i64> {
    let cursor = cursor::read(&mut *pool.acquire().await?).await?;
    Ok(cursor.context("a cursor")?.arrival)
}

/// Rows of receipts and of what they moved.
async fn rows(pool: &PgPool) -> Result<i64> {
    let count = "select (select count(*) from receipt) + (select count(*) from charge)
                        + (select count(*) from refund) + (select count(*) from commission)";
    Ok(sqlx::query_scalar(count).fetch_one(pool).await?)
}

/// Numbers events as a chain does.
#[derive(Default)]
struct Slots {
    slot: i64,
    tx_index: i32,
    in_transaction: i16,
    signature: Option<[u8; 64]>,
}

impl Slots {
    fn place(&mut self, event: Vec<u8>) -> Carried {
        self.in_transaction += 1;
        if self.in_transaction > IN_ONE || self.signature.is_none() {
            self.in_transaction = 1;
            self.tx_index += 1;
            if self.tx_index == IN_SLOT {
                (self.slot, self.tx_index) = (self.slot + 1, 0);
            }
            let seed = self.slot.unsigned_abs() << 16 | u64::from(self.tx_index.unsigned_abs());
            self.signature = Some(StdRng::seed_from_u64(seed).random());
        }
        let place = Place {
            slot: 2_000 + self.slot,
            tx_index: self.tx_index,
            outer_ix: self.in_transaction,
            inner_ix: 0,
        };
        (place, self.signature.unwrap_or([0; 64]), event)
    }
}

/// Decodes and stores events in batches as the indexer does: so many transactions, in one that keeps
/// other writers out, and decoded ahead by another task. The seconds that it takes.
async fn store(pool: &PgPool, cursor: &Cursor, events: Vec<Carried>) -> Result<f64> {
    let start = Instant::now();
    let (count, batch) = (events.len(), IndexerConfig::default().chunk);
    let batch = batch * usize::try_from(IN_ONE)?;
    let (sender, mut batches) = channel(AHEAD);
    let decoding = tokio::spawn(async move {
        for part in events.chunks(batch) {
            let receipts = part
                .iter()
                .map(|(place, signature, event)| decode::receipt(*place, *signature, event));
            sender
                .send(receipts.collect::<Result<Vec<NewReceipt>, _>>()?)
                .await?;
        }
        anyhow::Ok(())
    });
    let mut new = 0;
    while let Some(receipts) = batches.recv().await {
        let mut transaction = pool.begin().await?;
        cursor::fence(&mut transaction, cursor.filling).await?;
        new += receipt::insert(&mut transaction, &receipts, true)
            .await?
            .new;
        transaction.commit().await?;
    }
    decoding.await??;
    ensure!(new == count, "{new} of {count} are new");
    Ok(start.elapsed().as_secs_f64())
}

/// Bytes a receipt: the table and each index, and what it moved beside it.
async fn sizes(pool: &PgPool, table: &mut Table) -> Result<()> {
    let each = |what: &str| format!("({what})::float8 / (select count(*) from receipt)");
    let of = |what: String| async move {
        let size = sqlx::AssertSqlSafe(format!("select {what}"));
        sqlx::query_scalar::<_, f64>(size).fetch_one(pool).await
    };
    let all = of(each("pg_total_relation_size('receipt')")).await?;
    table.judge(
        "a receipt with its indexes",
        all,
        "bytes",
        Goal::AtMost(400.0),
    );
    let heap = of(each("pg_relation_size('receipt')")).await?;
    table.note("of it the row", heap, "bytes");
    let indexes: Vec<String> = sqlx::query_scalar(
        "select indexrelid::regclass::text from pg_index where indrelid = 'receipt'::regclass
         order by 1",
    )
    .fetch_all(pool)
    .await?;
    for index in indexes {
        let size = of(each(&format!("pg_relation_size('{index}')"))).await?;
        table.note(&format!("of it {index}"), size, "bytes");
    }
    let moved = "select sum(pg_total_relation_size(moved))
                 from unnest('{charge, refund, commission}'::regclass[]) moved";
    let moved = of(each(moved)).await?;
    table.note("what it moved, beside it", moved, "bytes");
    Ok(())
}
