//! The yardstick of one row a statement.

use crate::copy;
use anyhow::{Result, ensure};
use sqlx::{AssertSqlSafe, Connection, PgExecutor, postgres::PgPoolOptions};
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
    /// Stores a row that a receipt has one of, in the table's copy.
    Row(&'static str, i64),
    /// Stores one of a receipt's commissions.
    Commission(i64, i16),
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
                sqlx::query(statement)
                    .bind(address)
                    .bind(life)
                    .fetch_optional(database)
                    .await?;
            }
            Self::Row(table, arrival) => {
                let statement = format!(
                    "insert into {table}_copy select * from {table} where arrival = $1
                     on conflict do nothing"
                );
                let stored = sqlx::query(AssertSqlSafe(statement)).bind(arrival);
                ensure!(
                    stored.execute(database).await?.rows_affected() == 1,
                    "{table}"
                );
            }
            Self::Commission(arrival, level) => {
                let statement = "insert into commission_copy
                     select * from commission where arrival = $1 and level = $2
                     on conflict do nothing";
                let stored = sqlx::query(statement).bind(arrival).bind(level);
                ensure!(
                    stored.execute(database).await?.rows_affected() == 1,
                    "commission"
                );
            }
        }
        Ok(())
    }
}

/// The steps of the first [`COUNT`] receipts behind `last`: their rows alone, or all that the index
/// does for each.
pub(super) async fn steps(pool: &PgPool, last: i64, all: bool) -> Result<Vec<Step>> {
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
    .bind(i64::try_from(COUNT)?)
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
