//! Receipts: events decoded and stored with what they moved, beside a raw binary COPY of the same rows and
//! one row a statement.

use crate::{
    chain::History,
    copy,
    table::{Goal, Table, rate},
};
use anyhow::{Context, Result, ensure};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sqlx::{AssertSqlSafe, PgConnection};
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
/// Receipts that are stored one row a statement.
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
    let singles = steps(pool, last, false).await?;
    let one = rate(singles.len(), singly(pool, &singles, false).await?);
    let one_of_many = rate(singles.len(), singly(pool, &singles, true).await?);
    let whole = steps(pool, last, true).await?;
    let same = rate(singles.len(), singly(pool, &whole, false).await?);
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
    table.note(
        "(e) the same, one row a statement and a transaction",
        same,
        "receipts/s",
    );
    table.judge("(d) to (e)", stored / same, "", Goal::AtLeast(20.0));
    table.note("receipt rows alone, one a transaction", one, "rows/s");
    table.note(
        "receipt rows alone, one a statement, all in a transaction",
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

/// What one statement does of storing a receipt.
enum Step {
    /// Looks up where the receipts of a life stand.
    Standing(Vec<u8>, i64),
    /// Stores a row that a receipt has one of, in the table's copy.
    Row(&'static str, i64),
    /// Stores one of a receipt's commissions.
    Commission(i64, i16),
}

impl Step {
    async fn run(&self, conn: &mut PgConnection) -> Result<()> {
        match self {
            Self::Standing(address, life) => {
                let statement = "select life.id, life.org_id, last.seq, last.plan_id
                     from life left join lateral (
                         select seq, plan_id from receipt_copy
                         where life_id = life.id order by seq desc limit 1) last on true
                     where address = $1 and life = $2";
                sqlx::query(statement)
                    .bind(address)
                    .bind(life)
                    .fetch_optional(conn)
                    .await?;
            }
            Self::Row(table, arrival) => {
                let statement = format!(
                    "insert into {table}_copy select * from {table} where arrival = $1
                     on conflict do nothing"
                );
                let stored = sqlx::query(AssertSqlSafe(statement)).bind(arrival);
                ensure!(stored.execute(conn).await?.rows_affected() == 1, "{table}");
            }
            Self::Commission(arrival, level) => {
                let statement = "insert into commission_copy
                     select * from commission where arrival = $1 and level = $2
                     on conflict do nothing";
                let stored = sqlx::query(statement).bind(arrival).bind(level);
                ensure!(
                    stored.execute(conn).await?.rows_affected() == 1,
                    "commission"
                );
            }
        }
        Ok(())
    }
}

/// The steps of the first [`SINGLY`] receipts behind `last`: their rows alone, or all that the index
/// does for each.
async fn steps(pool: &PgPool, last: i64, all: bool) -> Result<Vec<Step>> {
    let receipts: Vec<(i64, Vec<u8>, i64, bool, bool, i64)> = sqlx::query_as(
        "select receipt.arrival, life.address, life.life, charge.arrival is not null,
                refund.arrival is not null,
                (select count(*) from commission where commission.arrival = receipt.arrival)
         from receipt join life on life.id = receipt.life_id
         left join charge on charge.arrival = receipt.arrival
         left join refund on refund.arrival = receipt.arrival
         where receipt.arrival > $1 order by receipt.arrival limit $2",
    )
    .bind(last)
    .bind(SINGLY)
    .fetch_all(pool)
    .await?;
    let mut steps = Vec::new();
    for (arrival, address, life, charge, refund, levels) in receipts {
        if !all {
            steps.push(Step::Row("receipt", arrival));
            continue;
        }
        steps.push(Step::Standing(address, life));
        steps.push(Step::Row("receipt", arrival));
        if charge {
            steps.push(Step::Row("charge", arrival));
        }
        if refund {
            steps.push(Step::Row("refund", arrival));
        }
        steps.extend((1..=i16::try_from(levels)?).map(|level| Step::Commission(arrival, level)));
    }
    Ok(steps)
}

/// Takes steps one after the other, each or all of them in a transaction; the seconds that it takes.
async fn singly(pool: &PgPool, steps: &[Step], together: bool) -> Result<f64> {
    for table in ["receipt", "charge", "refund", "commission"] {
        copy::create_copy_of(pool, table).await?;
    }
    copy::rest(pool).await?;
    let mut conn = pool.acquire().await?;
    let start = Instant::now();
    if together {
        sqlx::query("begin").execute(&mut *conn).await?;
    }
    for step in steps {
        step.run(&mut conn).await?;
    }
    if together {
        sqlx::query("commit").execute(&mut *conn).await?;
    }
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
