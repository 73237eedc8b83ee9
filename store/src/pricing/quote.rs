//! Quotes: promised prices, each with its breakdown.

use crate::{Key, OrganisationId, Result, StoreError, U64, read::Page, rules::stored};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use tessera_domain::{experiments::preset::ShownArm, pricing::PriceBreakdown};
use uuid::Uuid;

/// A quote.
#[derive(Debug, Clone)]
pub struct Quote {
    /// Also the subject of the quote's events.
    pub id: Uuid,
    /// The only wallet that can use it; none when any can.
    pub wallet: Option<Key>,
    /// The plan that it is for; none when it is tied to no plan.
    pub plan: Option<Key>,
    /// The code of the offer whose reduction is in the price.
    pub offer: Option<String>,
    /// The price in the plan's mint's smallest unit; none without a plan.
    pub price_units: Option<U64>,
    /// The steps by which the price was computed.
    pub breakdown: PriceBreakdown,
    /// The arms that it is shown with; they never change.
    pub arms: Vec<ShownArm>,
    /// The signature for the chain; none without a wallet and a plan.
    pub signed: Option<Signed>,
    /// The last moment at which it is valid, whole seconds; by the network's clock when it is
    /// signed.
    pub deadline: DateTime<Utc>,
    /// The API key or wallet that asked for it.
    pub created_by: String,
    /// When it was issued.
    pub created_at: DateTime<Utc>,
    /// When it was accepted through the API; none before.
    pub accepted_at: Option<DateTime<Utc>>,
}

/// The values signed besides the price, and the signature over all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed {
    /// The quote authority.
    pub signer: Key,
    /// Ed25519.
    pub signature: [u8; 64],
    /// The Org's cluster tag.
    pub cluster_tag: [u8; 8],
    /// Higher than that of every earlier quote for this plan and wallet.
    pub nonce: u64,
    /// Most periods after the first that may be approved at this price.
    pub most_periods: u32,
}

/// Which quotes are listed; all of them by default.
#[derive(Debug, Clone, Default)]
pub struct QuoteFilter {
    /// For this wallet.
    pub wallet: Option<Key>,
    /// For this plan.
    pub plan: Option<Key>,
}

/// The nonce of the next quote to sign for this plan and wallet: higher than the nonce of every
/// quote issued here, and than the last one that the subscription has used.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn next_nonce(conn: &mut PgConnection, plan: Key, wallet: Key) -> Result<u64> {
    let nonce = sqlx::query_scalar!(
        r#"select greatest(nextval('engine.quote_nonce'),
                           (select quote_nonce + 1 from subscription
                            where first_plan = $1 and wallet = $2)) as "nonce!: U64""#,
        plan as _,
        wallet as _,
    )
    .fetch_one(conn)
    .await?;
    Ok(nonce.0)
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
             (id, organisation, wallet, plan, price_book, offer, price_units, breakdown, arms,
              signer, signature, cluster_tag, nonce, most_periods, deadline, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        quote.id,
        organisation.0,
        quote.wallet as _,
        quote.plan as _,
        i32::try_from(quote.breakdown.book_version).unwrap_or(i32::MAX),
        quote.offer,
        quote.price_units as _,
        sqlx::types::Json(&quote.breakdown) as _,
        sqlx::types::Json(&quote.arms) as _,
        quote.signed.map(|it| it.signer) as _,
        quote.signed.as_ref().map(|it| it.signature.as_slice()),
        quote.signed.as_ref().map(|it| it.cluster_tag.as_slice()),
        quote.signed.map(|it| U64(it.nonce)) as _,
        quote.signed.map(|it| i64::from(it.most_periods)),
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
                  price_units as "price_units: U64", breakdown, arms, signer as "signer: Key",
                  signature as "signature: [u8; 64]", cluster_tag as "cluster_tag: [u8; 8]",
                  nonce as "nonce: U64", most_periods, deadline, created_by, created_at, accepted_at
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
                  price_units as "price_units: U64", breakdown, arms, signer as "signer: Key",
                  signature as "signature: [u8; 64]", cluster_tag as "cluster_tag: [u8; 8]",
                  nonce as "nonce: U64", most_periods, deadline, created_by, created_at, accepted_at
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

/// Records at `now` that a quote is accepted. False when its deadline has passed at `clock` and it
/// had not been accepted.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn accept(
    conn: &mut PgConnection,
    id: Uuid,
    now: DateTime<Utc>,
    clock: DateTime<Utc>,
) -> Result<bool> {
    let accepted = sqlx::query!(
        "update engine.quote set accepted_at = coalesce(accepted_at, $2)
         where organisation = engine.current_organisation() and id = $1
           and (accepted_at is not null or deadline >= $3)",
        id,
        now,
        clock,
    )
    .execute(conn)
    .await?;
    Ok(accepted.rows_affected() == 1)
}

struct Raw {
    id: Uuid,
    wallet: Option<Key>,
    plan: Option<Key>,
    offer: Option<String>,
    price_units: Option<U64>,
    breakdown: Value,
    arms: Value,
    signer: Option<Key>,
    signature: Option<[u8; 64]>,
    cluster_tag: Option<[u8; 8]>,
    nonce: Option<U64>,
    most_periods: Option<i64>,
    deadline: DateTime<Utc>,
    created_by: String,
    created_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
}

impl Raw {
    fn signed(&self) -> Option<Signed> {
        Some(Signed {
            signer: self.signer?,
            signature: self.signature?,
            cluster_tag: self.cluster_tag?,
            nonce: self.nonce?.0,
            // Written from a u32.
            most_periods: u32::try_from(self.most_periods?).ok()?,
        })
    }
}

impl TryFrom<Raw> for Quote {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self> {
        Ok(Self {
            id: raw.id,
            wallet: raw.wallet,
            plan: raw.plan,
            signed: raw.signed(),
            offer: raw.offer,
            price_units: raw.price_units,
            breakdown: stored(raw.breakdown, "quote")?,
            arms: stored(raw.arms, "quote")?,
            deadline: raw.deadline,
            created_by: raw.created_by,
            created_at: raw.created_at,
            accepted_at: raw.accepted_at,
        })
    }
}
