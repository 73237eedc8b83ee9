//! What currencies are worth, as an organisation states it.

use crate::{OrganisationId, Result, read::Page};
use chrono::NaiveDate;
use sqlx::PgConnection;
use tessera_domain::{
    exchange::{Rate, Rates},
    time::Timestamp,
};

/// A rate as it appears in lists.
#[derive(Debug, Clone)]
pub struct RateRow {
    /// Orders the rates as they were first stated.
    pub id: i64,
    /// The stated rate.
    pub rate: Rate,
}

/// States a rate, replacing what was stated for the currency from that day on.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn put(conn: &mut PgConnection, organisation: OrganisationId, rate: &Rate) -> Result<()> {
    sqlx::query!(
        "insert into engine.exchange_rate (organisation, currency, day, usd)
         values ($1, $2, $3, $4)
         on conflict (organisation, currency, day) do update set usd = excluded.usd",
        organisation.0,
        rate.currency,
        rate.from,
        rate.usd,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of rates in the order in which they were first stated.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(conn: &mut PgConnection, page: Page<i64>) -> Result<Vec<RateRow>> {
    let rows = sqlx::query!(
        "select id, currency, day, usd from engine.exchange_rate
         where organisation = engine.current_organisation() and ($1::bigint is null or id > $1)
         order by id limit $2",
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RateRow {
            id: row.id,
            rate: Rate {
                currency: row.currency,
                from: row.day,
                usd: row.usd,
            },
        })
        .collect())
}

/// The rates in force in the last instant before `until`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn in_force(conn: &mut PgConnection, until: Timestamp) -> Result<Rates> {
    let last = Timestamp(until.0.saturating_sub(1)).day();
    let rows = sqlx::query!(
        "select distinct on (currency) currency, day, usd from engine.exchange_rate
         where organisation = engine.current_organisation() and day <= $1
         order by currency, day desc",
        NaiveDate::from_epoch_days(last).unwrap_or(NaiveDate::MAX),
    )
    .fetch_all(conn)
    .await?;
    Ok(Rates::of(rows.into_iter().map(|row| Rate {
        currency: row.currency,
        from: row.day,
        usd: row.usd,
    })))
}
