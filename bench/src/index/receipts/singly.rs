//! The yardstick of one row a statement.

use crate::copy;
use anyhow::{Context, Result, ensure};
use sqlx::{
    AssertSqlSafe, Connection, Encode, PgExecutor, Postgres, Row, Type, ValueRef,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgPoolOptions, PgRow, PgTypeInfo},
};
use std::time::Instant;
use tessera_store::PgPool;

/// Receipts that are stored so.
pub(super) const COUNT: usize = 5_000;

/// Receipts, and what they moved.
pub(super) const MOVED: [&str; 4] = ["receipt", "charge", "refund", "commission"];

/// What one statement does of storing a receipt.
pub(super) enum Step {
    /// Looks up where the receipts of a life stand.
    Standing(Vec<u8>, i64),
    /// Stores a row in the table's copy.
    Row(&'static str, Vec<Value>),
}

/// A value as the server sends and takes it.
pub(super) struct Value(PgTypeInfo, Option<Vec<u8>>);

impl Encode<'_, Postgres> for &Value {
    fn encode_by_ref(
        &self,
        buffer: &mut PgArgumentBuffer,
    ) -> std::result::Result<IsNull, BoxDynError> {
        let bytes = self.1.as_deref();
        buffer.extend_from_slice(bytes.unwrap_or_default());
        Ok(bytes.map_or(IsNull::Yes, |_| IsNull::No))
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.0.clone())
    }
}

impl Type<Postgres> for &Value {
    fn type_info() -> PgTypeInfo {
        <[u8] as Type<Postgres>>::type_info()
    }
}

impl Step {
    async fn run<'c>(&self, database: impl PgExecutor<'c>) -> Result<()> {
        match self {
            Self::Standing(address, life) => {
                let statement = "select life.id, life.org_id, last.seq, last.plan_id
                     from life left join lateral (
                         select seq, plan_id from receipt_copy
                         where life_id = life.id order by seq desc limit 1) last on true
                     where address = $1 and life = $2";
                let found = sqlx::query(statement).bind(address).bind(life);
                found.fetch_one(database).await?;
            }
            Self::Row(table, values) => {
                let places: Vec<String> = (1..=values.len()).map(|it| format!("${it}")).collect();
                let places = places.join(", ");
                let statement =
                    format!("insert into {table}_copy values ({places}) on conflict do nothing");
                let stored = values
                    .iter()
                    .fold(sqlx::query(AssertSqlSafe(statement)), |query, value| {
                        query.bind(value)
                    });
                ensure!(
                    stored.execute(database).await?.rows_affected() == 1,
                    "{table}"
                );
            }
        }
        Ok(())
    }
}

/// The steps of the first [`COUNT`] receipts behind `last`: their rows alone, or all that the index
/// does for each.
pub(super) async fn steps(pool: &PgPool, last: i64, all: bool) -> Result<Vec<Step>> {
    let mut rows = Vec::new();
    for table in if all { &MOVED[..] } else { &MOVED[..1] } {
        let select = format!("select * from {table} where arrival > $1 and arrival <= $2");
        let select = sqlx::query(AssertSqlSafe(select)).bind(last);
        let select = select.bind(last + i64::try_from(COUNT)?);
        for row in select.fetch_all(pool).await? {
            rows.push((row.try_get::<i64, _>("arrival")?, *table, values(&row)?));
        }
    }
    // What a receipt moved stands behind it.
    rows.sort_by_key(|(arrival, ..)| *arrival);
    let lives = "select life.address, life.life from receipt join life on life.id = receipt.life_id
                 where arrival > $1 order by arrival";
    let lives = sqlx::query_as::<_, (Vec<u8>, i64)>(lives).bind(last);
    let mut lives = lives.fetch_all(pool).await?.into_iter();
    let mut steps = Vec::new();
    for (_, table, values) in rows {
        if all && table == "receipt" {
            let (address, life) = lives.next().context("a life")?;
            steps.push(Step::Standing(address, life));
        }
        steps.push(Step::Row(table, values));
    }
    Ok(steps)
}

fn values(row: &PgRow) -> Result<Vec<Value>> {
    let value = |index| {
        let raw = row.try_get_raw(index)?;
        let bytes = match raw.is_null() {
            true => None,
            false => Some(raw.as_bytes().map_err(sqlx::Error::Decode)?.to_vec()),
        };
        Ok(Value(raw.type_info().into_owned(), bytes))
    };
    (0..row.len()).map(value).collect()
}

/// How statements come to the server.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// Each in a transaction, through a pool as sqlx makes it, which asks a connection whether it lives
    /// before it hands it out: as the generated indexers of Carbon write.
    Pool,
    /// Each in a transaction, on one connection.
    Connection,
    /// All in a transaction.
    Transaction,
}

/// Takes steps one after the other, in tables that hold what was stored through
/// `opened`; the seconds that it takes.
pub(super) async fn take(pool: &PgPool, opened: i64, steps: &[Step], way: Way) -> Result<f64> {
    for table in MOVED {
        copy::create_copy_of(pool, table).await?;
        let before = format!("insert into {table}_copy select * from {table} where arrival <= $1");
        let before = sqlx::query(AssertSqlSafe(before)).bind(opened);
        before.execute(pool).await?;
    }
    copy::rest(pool).await?;
    let plain = PgPoolOptions::new().connect_with((*pool.connect_options()).clone());
    let plain = plain.await?;
    let mut conn = plain.acquire().await?;
    let start = Instant::now();
    match way {
        Way::Pool => {
            drop(conn);
            for step in steps {
                step.run(&plain).await?;
            }
        }
        Way::Connection => {
            for step in steps {
                step.run(&mut *conn).await?;
            }
        }
        Way::Transaction => {
            let mut transaction = conn.begin().await?;
            for step in steps {
                step.run(&mut *transaction).await?;
            }
            transaction.commit().await?;
        }
    }
    Ok(start.elapsed().as_secs_f64())
}
