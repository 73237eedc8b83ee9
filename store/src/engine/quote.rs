//! Quotes: what somebody was promised, and how that price came about.

use super::{OrganisationId, rules::stored};
use crate::{Key, Result, StoreError, U64, read::Page};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use tessera_domain::pricing::PriceBreakdown;
use uuid::Uuid;

/// A quote.
#[derive(Debug, Clone)]
pub struct Quote {
    /// Its id.
    pub id: Uuid,
    /// Who alone may use it.
    pub wallet: Option<Key>,
    /// What it is for.
    pub plan: Option<Key>,
    /// The offer whose reduction is in the price.
    pub offer: Option<String>,
    /// The price in the plan's mint's smallest unit; none without a plan.
    pub price_units: Option<U64>,
    /// How the price came about.
    pub breakdown: PriceBreakdown,
    /// For the chain; none without a wallet and a plan.
    pub signed: Option<Signed>,
    /// The last moment at which it is good, whole seconds.
    pub deadline: DateTime<Utc>,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
}

/// A signature of a quote's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed {
    /// The quote authority.
    pub signer: Key,
    /// Ed25519.
    pub signature: [u8; 64],
}

/// Which quotes are wanted; none narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct QuoteFilter {
    /// For this wallet.
    pub wallet: Option<Key>,
    /// For this plan.
    pub plan: Option<Key>,
}

/// Adds a quote.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    quote: &Quote,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.quote
             (id, organisation, wallet, plan, price_book, offer, price_units, breakdown, signer,
              signature, deadline, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        quote.id,
        organisation.0,
        quote.wallet as _,
        quote.plan as _,
        i32::try_from(quote.breakdown.book_version).unwrap_or(i32::MAX),
        quote.offer,
        quote.price_units as _,
        sqlx::types::Json(&quote.breakdown) as _,
        quote.signed.map(|it| it.signer) as _,
        quote.signed.as_ref().map(|it| it.signature.as_slice()),
        quote.deadline,
        quote.created_by,
        quote.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One quote.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Quote>> {
    sqlx::query_as!(
        Raw,
        r#"select id, wallet as "wallet: Key", plan as "plan: Key", offer,
                  price_units as "price_units: U64", breakdown, signer as "signer: Key",
                  signature as "signature: [u8; 64]", deadline, created_by, created_at, accepted_at
           from engine.quote where organisation = engine.current_organisation() and id = $1"#,
        id,
    )
    .fetch_optional(conn)
    .await?
    .map(Quote::try_from)
    .transpose()
}

/// A page of quotes, oldest first.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`].
pub async fn list(
    conn: &mut PgConnection,
    filter: &QuoteFilter,
    page: Page<Uuid>,
) -> Result<Vec<Quote>> {
    sqlx::query_as!(
        Raw,
        r#"select id, wallet as "wallet: Key", plan as "plan: Key", offer,
                  price_units as "price_units: U64", breakdown, signer as "signer: Key",
                  signature as "signature: [u8; 64]", deadline, created_by, created_at, accepted_at
           from engine.quote
           where organisation = engine.current_organisation()
             and ($1::pubkey is null or wallet = $1) and ($2::pubkey is null or plan = $2)
             and ($3::uuid is null or id > $3)
           order by id limit $4"#,
        filter.wallet as _,
        filter.plan as _,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Quote::try_from)
    .collect()
}

/// Notes at `now` that a quote is accepted; false when its deadline has passed and it was not.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn accept(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let accepted = sqlx::query!(
        "update engine.quote set accepted_at = coalesce(accepted_at, $2)
         where organisation = engine.current_organisation() and id = $1
           and (accepted_at is not null or deadline >= $2)",
        id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(accepted.rows_affected() == 1)
}

/// A row as it is stored.
struct Raw {
    id: Uuid,
    wallet: Option<Key>,
    plan: Option<Key>,
    offer: Option<String>,
    price_units: Option<U64>,
    breakdown: Value,
    signer: Option<Key>,
    signature: Option<[u8; 64]>,
    deadline: DateTime<Utc>,
    created_by: String,
    created_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
}

impl TryFrom<Raw> for Quote {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self> {
        Ok(Self {
            id: raw.id,
            wallet: raw.wallet,
            plan: raw.plan,
            offer: raw.offer,
            price_units: raw.price_units,
            breakdown: stored(raw.breakdown, "quote")?,
            signed: raw
                .signer
                .zip(raw.signature)
                .map(|(signer, signature)| Signed { signer, signature }),
            deadline: raw.deadline,
            created_by: raw.created_by,
            created_at: raw.created_at,
            accepted_at: raw.accepted_at,
        })
    }
}
