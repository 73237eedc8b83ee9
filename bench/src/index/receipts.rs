//! Receipts: events decoded and stored with what they moved, beside a raw binary COPY of the same rows and
//! one row a statement.

use crate::{
    chain::History,
    copy,
    table::{Goal, Table, rate},
};
use anyhow::{Context, Result, ensure};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::time::Instant;
use tessera_indexer::{IndexerConfig, decode};
use tessera_store::{
    Key, PgPool,
    cursor::{self, Cursor},
    receipt::{self, NewReceipt, Place},
};

/// Charges that a keeper makes in a transaction.
const IN_ONE: i16 = 4;
/// Transactions in a slot.
const IN_SLOT: i32 = 50;
/// Rows that are stored one a statement.
const SINGLY: i64 = 5_000;

/// An event as it was carried, and where.
type Carried = (Place, [u8; 64], Vec<u8>);

pub(crate) async fn measure(pool: &PgPool, count: usize, table: &mut Table) -> Result<()> {
    let cursor = cursor::init(&mut *pool.acquire().await?, Key([1; 32]), 0).await?;
    let mut history = History::default();
    let mut slots = Slots::default();
    let wallets = u64::try_from(count)? / 20;
    let opening: Vec<Carried> = history
        .opening(wallets)
        .into_iter()
        .map(|event| slots.place(event))
        .collect();
    store(pool, &cursor, &opening).await?;
    let random = &mut StdRng::seed_from_u64(2);
    let events: Vec<Carried> = (0..count)
        .map(|_| slots.place(history.next(wallets, random)))
        .collect();
    copy::rest(pool).await?;
    let last = cursor::read(&mut *pool.acquire().await?).await?;
    let last = last.context("a cursor")?.arrival;

    let before = rows(pool).await?;
    let secs = store(pool, &cursor, &events).await?;
    let stored = rate(count, secs);
    let stored_rows = rate(usize::try_from(rows(pool).await? - before)?, secs);
    copy::rest(pool).await?;
    sizes(pool, table).await?;

    let rows = format!("select * from receipt where arrival > {last} order by arrival");
    let bytes = copy::out(pool, &format!("copy ({rows}) to stdout (format binary)")).await?;
    let copied = copy::into_copy_of(pool, "receipt", &bytes).await?;
    ensure!(copied.rows == count as u64, "{} rows", copied.rows);
    let raw = rate(count, copied.secs);
    let (one, one_of_many) = (
        singly(pool, last, false).await?,
        singly(pool, last, true).await?,
    );
    table.note(
        "COPY of receipt rows, without what they moved",
        raw,
        "rows/s",
    );
    table.judge(
        "(d) receipts decoded and stored",
        stored,
        "receipts/s",
        Goal::AtLeast(20_000.0),
    );
    table.note("(d) to COPY", stored / raw, "");
    table.note("rows of (d), with what they moved", stored_rows, "rows/s");
    table.note("(e) one row a statement and a transaction", one, "rows/s");
    table.judge(
        "rows of (d) to (e)",
        stored_rows / one,
        "",
        Goal::AtLeast(20.0),
    );
    table.note(
        "one row a statement, all in a transaction",
        one_of_many,
        "rows/s",
    );
    Ok(())
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
/// other writers out. The seconds that it takes.
async fn store(pool: &PgPool, cursor: &Cursor, events: &[Carried]) -> Result<f64> {
    let start = Instant::now();
    let batch = IndexerConfig::default().chunk * usize::try_from(IN_ONE)?;
    let mut new = 0;
    for part in events.chunks(batch) {
        let receipts = part
            .iter()
            .map(|(place, signature, event)| decode::receipt(*place, *signature, event));
        let receipts: Vec<NewReceipt> = receipts.collect::<Result<_, _>>()?;
        let mut transaction = pool.begin().await?;
        cursor::fence(&mut transaction, cursor.filling).await?;
        new += receipt::insert(&mut transaction, &receipts, true)
            .await?
            .new;
        transaction.commit().await?;
    }
    ensure!(new == events.len(), "{new} of {} are new", events.len());
    Ok(start.elapsed().as_secs_f64())
}

/// A row of `receipt`.
type Row = (
    i64,
    i64,
    i64,
    i64,
    i32,
    i32,
    Option<i32>,
    Option<i32>,
    String,
    i16,
    i16,
    Vec<u8>,
    Vec<u8>,
);

/// Stores rows one a statement, and each or all of them in a transaction; how many a second.
async fn singly(pool: &PgPool, last: i64, together: bool) -> Result<f64> {
    copy::create_copy_of(pool, "receipt").await?;
    let rows: Vec<Row> = sqlx::query_as(
        "select arrival, slot, seq, at, tx_index, life_id, org_id, plan_id, kind::text, outer_ix,
                inner_ix, signature, body
         from receipt where arrival > $1 order by arrival limit $2",
    )
    .bind(last)
    .bind(SINGLY)
    .fetch_all(pool)
    .await?;
    copy::rest(pool).await?;
    let count = rows.len();
    let mut conn = pool.acquire().await?;
    let start = Instant::now();
    if together {
        sqlx::query("begin").execute(&mut *conn).await?;
    }
    for row in rows {
        sqlx::query(
            "insert into receipt_copy (arrival, slot, seq, at, tx_index, life_id, org_id, plan_id,
                                       kind, outer_ix, inner_ix, signature, body)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::receipt_kind, $10, $11, $12, $13)
             on conflict do nothing",
        )
        .bind(row.0)
        .bind(row.1)
        .bind(row.2)
        .bind(row.3)
        .bind(row.4)
        .bind(row.5)
        .bind(row.6)
        .bind(row.7)
        .bind(row.8)
        .bind(row.9)
        .bind(row.10)
        .bind(row.11)
        .bind(row.12)
        .execute(&mut *conn)
        .await?;
    }
    if together {
        sqlx::query("commit").execute(&mut *conn).await?;
    }
    Ok(rate(count, start.elapsed().as_secs_f64()))
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
