//! Offers. The places taken are counted from the holds in force: see [`offer_hold`].

use super::offer_hold::{self, Holder};
use crate::{OrganisationId, Result, read::Page, rules::stored};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use tessera_domain::pricing::Offer;

/// An offer that was published.
#[derive(Debug, Clone)]
pub struct OfferRow {
    /// Its terms.
    pub offer: Offer,
    /// How many customers hold it.
    pub taken: u64,
    /// The API key or wallet that published it.
    pub created_by: String,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// When it was withdrawn; quotes issued since cannot use it.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// Publishes an offer; false when an offer, withdrawn or not, already has the code.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    offer: &Offer,
    created_by: &str,
    published_at: DateTime<Utc>,
) -> Result<bool> {
    let stock = offer.urgency.stock();
    let inserted = sqlx::query!(
        "insert into engine.offer
             (organisation, code, body, ends_at, stock, created_by, published_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (organisation, code) do nothing",
        organisation.0,
        offer.code,
        sqlx::types::Json(offer) as _,
        offer.urgency.ends_at().map(DateTime::<Utc>::from),
        stock.map(|stock| i64::try_from(stock).unwrap_or(i64::MAX)),
        created_by,
        published_at,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// A page of offers by code, as of `now`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn list(
    conn: &mut PgConnection,
    page: Page<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<OfferRow>> {
    let rows = sqlx::query_as!(
        Raw,
        "select code, body, created_by, published_at, withdrawn_at from engine.offer
         where organisation = engine.current_organisation() and ($1::text is null or code > $1)
         order by code limit $2",
        page.after,
        page.limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let codes: Vec<&str> = rows.iter().map(|row| row.code.as_str()).collect();
    let taken = offer_hold::taken(conn, &codes, None, now).await?;
    let counted = |row: Raw| {
        let taken = taken.get(&row.code).copied().unwrap_or_default();
        row.counted(taken)
    };
    rows.into_iter().map(counted).collect()
}

/// One offer, as of `now`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn get(
    conn: &mut PgConnection,
    code: &str,
    now: DateTime<Utc>,
) -> Result<Option<OfferRow>> {
    match raw(conn, code).await? {
        Some(row) => count(conn, row, None, now).await.map(Some),
        None => Ok(None),
    }
}

/// One offer as `holder` finds it: a place that they already hold does not count against them.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn found_by(
    conn: &mut PgConnection,
    code: &str,
    holder: &Holder,
    now: DateTime<Utc>,
) -> Result<Option<OfferRow>> {
    match raw(conn, code).await? {
        Some(row) => count(conn, row, Some(holder), now).await.map(Some),
        None => Ok(None),
    }
}

/// The codes of a shape, and whether they were withdrawn.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of_shape(conn: &mut PgConnection, shape: &str) -> Result<Vec<(String, bool)>> {
    let rows = sqlx::query!(
        r#"select code, withdrawn_at is not null as "withdrawn!" from engine.offer
           where organisation = engine.current_organisation()
             and translate(code, 'OIL-_', '011') = $1"#,
        shape,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.code, row.withdrawn))
        .collect())
}

/// Withdraws an offer from new quotes; whether there is such an offer.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn withdraw(conn: &mut PgConnection, code: &str, now: DateTime<Utc>) -> Result<bool> {
    let withdrawn = sqlx::query!(
        "update engine.offer set withdrawn_at = coalesce(withdrawn_at, $2)
         where organisation = engine.current_organisation() and code = $1",
        code,
        now,
    )
    .execute(conn)
    .await?;
    Ok(withdrawn.rows_affected() == 1)
}

/// The offer of `code`, withdrawn or not, as `holder` finds it at `now`: a place that they already
/// hold does not count against them. A limited offer stays locked until the transaction ends, so
/// that two holders cannot both take the last place; places of an unlimited one are not counted.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn claim(
    conn: &mut PgConnection,
    code: &str,
    holder: &Holder,
    now: DateTime<Utc>,
) -> Result<Option<OfferRow>> {
    let locked = sqlx::query!(
        "select code from engine.offer
         where organisation = engine.current_organisation() and code = $1 and stock is not null
         for no key update",
        code,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = raw(conn, code).await? else {
        return Ok(None);
    };
    if locked.is_none() {
        return row.counted(0).map(Some);
    }
    // Separate statements, which see what the previous holder of the lock wrote.
    offer_hold::judge(conn, code, now).await?;
    count(conn, row, Some(holder), now).await.map(Some)
}

async fn raw(conn: &mut PgConnection, code: &str) -> Result<Option<Raw>> {
    Ok(sqlx::query_as!(
        Raw,
        "select code, body, created_by, published_at, withdrawn_at from engine.offer
         where organisation = engine.current_organisation() and code = $1",
        code,
    )
    .fetch_optional(conn)
    .await?)
}

async fn count(
    conn: &mut PgConnection,
    row: Raw,
    but: Option<&Holder>,
    now: DateTime<Utc>,
) -> Result<OfferRow> {
    let taken = offer_hold::taken(conn, &[&row.code], but, now).await?;
    row.counted(taken.into_values().sum())
}

struct Raw {
    code: String,
    body: Value,
    created_by: String,
    published_at: DateTime<Utc>,
    withdrawn_at: Option<DateTime<Utc>>,
}

impl Raw {
    fn counted(self, taken: u64) -> Result<OfferRow> {
        Ok(OfferRow {
            offer: stored(self.body, "offer")?,
            taken,
            created_by: self.created_by,
            published_at: self.published_at,
            withdrawn_at: self.withdrawn_at,
        })
    }
}
