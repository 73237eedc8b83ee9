//! What was spent to win customers: one amount for each day, channel and currency.

use crate::{OrganisationId, Result, read::Page};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// Spend of a day on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spend {
    /// The UTC day.
    pub day: NaiveDate,
    /// The marketing channel.
    pub channel: String,
    /// A mint or an ISO 4217 code.
    pub currency: String,
    /// In whole units of the currency.
    pub amount: Decimal,
}

/// Spend as it appears in lists.
#[derive(Debug, Clone)]
pub struct SpendRow {
    /// Orders the rows of a day.
    pub id: i64,
    /// The recorded spend.
    pub spend: Spend,
}

/// Records spend, replacing what was recorded for the day, channel and currency.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn put(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    spend: &Spend,
) -> Result<()> {
    record(conn, organisation, None, spend).await
}

/// Records spend as [`put`] does, for an import; returns the amount that it recorded before for the day,
/// channel and currency, which stays, if it did.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn bring(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    import: Uuid,
    spend: &Spend,
) -> Result<Option<Decimal>> {
    let before = sqlx::query_scalar!(
        "select amount from engine.spend
         where organisation = $1 and day = $2 and channel = $3 and currency = $4 and import = $5
         for no key update",
        organisation.0,
        spend.day,
        spend.channel,
        spend.currency,
        import,
    )
    .fetch_optional(&mut *conn)
    .await?;
    if before.is_some() {
        return Ok(before);
    }
    record(conn, organisation, Some(import), spend).await?;
    Ok(None)
}

async fn record(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    import: Option<Uuid>,
    spend: &Spend,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.spend (organisation, day, channel, currency, amount, import)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organisation, day, channel, currency) do update
         set amount = excluded.amount, import = excluded.import",
        organisation.0,
        spend.day,
        spend.channel,
        spend.currency,
        spend.amount,
        import,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of spend by day, from `from` through `through`; a row's key is its day and id.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    from: Option<NaiveDate>,
    through: Option<NaiveDate>,
    page: Page<(NaiveDate, i64)>,
) -> Result<Vec<SpendRow>> {
    let (after_day, after_id) = page.after.unzip();
    let rows = sqlx::query!(
        "select id, day, channel, currency, amount from engine.spend
         where organisation = engine.current_organisation()
           and ($1::date is null or day >= $1)
           and ($2::date is null or day <= $2)
           and ($3::date is null or (day, id) > ($3, $4))
         order by day, id limit $5",
        from,
        through,
        after_day,
        after_id,
        page.limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SpendRow {
            id: row.id,
            spend: Spend {
                day: row.day,
                channel: row.channel,
                currency: row.currency,
                amount: row.amount,
            },
        })
        .collect())
}
