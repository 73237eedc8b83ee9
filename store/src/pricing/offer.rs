//! Offers. How many are taken is not kept but counted from the quotes that hold them, so a place
//! comes back by itself when a quote runs out.

use crate::{Key, OrganisationId, Result, StoreError, read::Page, rules::stored};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use tessera_domain::pricing::Offer;
use uuid::Uuid;

/// An offer that was published.
#[derive(Debug, Clone)]
pub struct OfferRow {
    /// Its terms.
    pub offer: Offer,
    /// How many customers hold it.
    pub taken: u64,
    /// Who published it.
    pub created_by: String,
    /// When.
    pub published_at: DateTime<Utc>,
    /// Since when no quote can have it any more.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// Who claims an offer; what they hold of it already does not count against them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Claimant {
    /// The wallet.
    pub wallet: Option<Key>,
    /// The quote.
    pub quote: Option<Uuid>,
}

/// Publishes an offer; false when its code was ever used.
///
/// # Errors
/// [`StoreError::Database`].
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
/// [`StoreError::Database`],
/// [`StoreError::Stored`].
pub async fn list(
    conn: &mut PgConnection,
    page: Page<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<OfferRow>> {
    sqlx::query_as!(
        Raw,
        r#"select body, engine.offer_taken(code, $3, null, null) as "taken!", created_by,
                  published_at, withdrawn_at
           from engine.offer
           where organisation = engine.current_organisation() and ($1::text is null or code > $1)
           order by code limit $2"#,
        page.after,
        page.limit,
        now,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(OfferRow::try_from)
    .collect()
}

/// One offer, as of `now`.
///
/// # Errors
/// [`StoreError::Database`],
/// [`StoreError::Stored`].
pub async fn get(
    conn: &mut PgConnection,
    code: &str,
    now: DateTime<Utc>,
) -> Result<Option<OfferRow>> {
    sqlx::query_as!(
        Raw,
        r#"select body, engine.offer_taken(code, $2, null, null) as "taken!", created_by,
                  published_at, withdrawn_at
           from engine.offer
           where organisation = engine.current_organisation() and code = $1"#,
        code,
        now,
    )
    .fetch_optional(conn)
    .await?
    .map(OfferRow::try_from)
    .transpose()
}

/// Ends an offer for new quotes; whether there is such an offer.
///
/// # Errors
/// [`StoreError::Database`].
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

/// The offer of `code`, withdrawn or not, as `claimant` finds it at `now`. A stock stays locked until
/// the transaction ends, so that two cannot both take the last place.
///
/// # Errors
/// [`StoreError::Database`],
/// [`StoreError::Stored`].
pub async fn claim(
    conn: &mut PgConnection,
    code: &str,
    claimant: Claimant,
    now: DateTime<Utc>,
) -> Result<Option<OfferRow>> {
    sqlx::query!(
        "select code from engine.offer
         where organisation = engine.current_organisation() and code = $1 and stock is not null
         for no key update",
        code,
    )
    .fetch_optional(&mut *conn)
    .await?;
    // A statement of its own, which sees what whoever held the lock before has written.
    sqlx::query_as!(
        Raw,
        r#"select body, engine.offer_taken(code, $2, $3, $4) as "taken!", created_by, published_at,
                  withdrawn_at
           from engine.offer
           where organisation = engine.current_organisation() and code = $1"#,
        code,
        now,
        claimant.wallet as _,
        claimant.quote,
    )
    .fetch_optional(conn)
    .await?
    .map(OfferRow::try_from)
    .transpose()
}

/// A row as it is stored.
struct Raw {
    body: Value,
    taken: i64,
    created_by: String,
    published_at: DateTime<Utc>,
    withdrawn_at: Option<DateTime<Utc>>,
}

impl TryFrom<Raw> for OfferRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self> {
        Ok(Self {
            offer: stored(raw.body, "offer")?,
            // A count.
            taken: raw.taken.unsigned_abs(),
            created_by: raw.created_by,
            published_at: raw.published_at,
            withdrawn_at: raw.withdrawn_at,
        })
    }
}
