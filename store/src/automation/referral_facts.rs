//! What the mirror knows of an org's members and payments, for referral campaigns: only what stays on the
//! chain, so that nothing qualifies by a payment that may still vanish.

use crate::{Key, Result, U64};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// A wallet that registered.
#[derive(Debug, Clone)]
pub struct MemberFact {
    /// The wallet.
    pub wallet: Key,
    /// The wallet that referred it.
    pub referrer: Option<Key>,
    /// When it registered, Unix seconds.
    pub registered_at: i64,
    /// Who paid for its account.
    pub funder: Key,
}

/// A payment.
#[derive(Debug, Clone)]
pub struct PaymentFact {
    /// The receipt's number in the mirror.
    pub arrival: i64,
    /// The subscription or invoice that was paid, by its number.
    pub life: i32,
    /// Which of its receipts.
    pub seq: i64,
    /// The transaction.
    pub signature: [u8; 64],
    /// Where in it.
    pub outer_ix: i16,
    /// The inner call's number.
    pub inner_ix: i16,
    /// The wallet that paid.
    pub wallet: Key,
    /// When, Unix seconds.
    pub at: i64,
    /// Until when it paid for, Unix seconds.
    pub paid_through: i64,
    /// In the mint's smallest unit.
    pub units: U64,
}

/// A refund.
#[derive(Debug, Clone)]
pub struct RefundFact {
    /// The receipt's number in the mirror.
    pub arrival: i64,
    /// The subscription or invoice.
    pub life: i32,
    /// Which of its receipts.
    pub seq: i64,
    /// When, Unix seconds.
    pub at: i64,
    /// In the mint's smallest unit.
    pub units: U64,
}

/// What a payment gave a referral level, or a refund took back of it.
#[derive(Debug, Clone)]
pub struct ShareFact {
    /// The payment's or refund's number in the mirror.
    pub arrival: i64,
    /// The wallet whose ledger it is.
    pub wallet: Key,
    /// In the mint's smallest unit; below 0 when it was taken back.
    pub units: Decimal,
}

/// The members of an org.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn members(conn: &mut PgConnection, org: Key) -> Result<Vec<MemberFact>> {
    Ok(sqlx::query_as!(
        MemberFact,
        r#"select wallet as "wallet: Key", referrer_1 as "referrer: Key", registered_at,
                  rent_payer as "funder: Key"
           from member where org = $1 and not closed"#,
        org as _,
    )
    .fetch_all(conn)
    .await?)
}

/// The payments to an org in a mint.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn payments(conn: &mut PgConnection, org: Key, mint: Key) -> Result<Vec<PaymentFact>> {
    Ok(sqlx::query_as!(
        PaymentFact,
        r#"select charge.arrival, charge.life_id as life, receipt.seq,
                  receipt.signature as "signature: [u8; 64]", receipt.outer_ix, receipt.inner_ix,
                  life.wallet as "wallet!: Key", charge.at, charge.paid_through, charge.debit as "units: U64"
           from charge
           join receipt on receipt.arrival = charge.arrival
           join life on life.id = charge.life_id
           where charge.org_id = any(array(select id from life where address = $1))
             and life.mint = $2 and life.wallet is not null
             and charge.slot <= (select final_slot from cursor)
           order by charge.life_id, receipt.seq"#,
        org as _,
        mint as _,
    )
    .fetch_all(conn)
    .await?)
}

/// The refunds of an org in a mint.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn refunds(conn: &mut PgConnection, org: Key, mint: Key) -> Result<Vec<RefundFact>> {
    Ok(sqlx::query_as!(
        RefundFact,
        r#"select refund.arrival, refund.life_id as life, receipt.seq, refund.at, refund.amount as "units: U64"
           from refund
           join receipt on receipt.arrival = refund.arrival
           join life on life.id = refund.life_id
           where refund.org_id = any(array(select id from life where address = $1)) and life.mint = $2
             and refund.slot <= (select final_slot from cursor)
           order by refund.life_id, receipt.seq"#,
        org as _,
        mint as _,
    )
    .fetch_all(conn)
    .await?)
}

/// The commission of these payments and refunds, each by its number in the mirror.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn shares(conn: &mut PgConnection, arrivals: &[i64]) -> Result<Vec<ShareFact>> {
    Ok(sqlx::query_as!(
        ShareFact,
        r#"select commission.arrival, owner.wallet as "wallet!: Key", amount as units
           from commission
           cross join lateral (
               select wallet from life
               where life.address = commission.ledger and wallet is not null limit 1
           ) owner
           where commission.arrival = any($1)
           order by commission.arrival, level"#,
        arrivals,
    )
    .fetch_all(conn)
    .await?)
}

/// The decimals of a mint, as any plan has them.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn decimals(conn: &mut PgConnection, mint: Key) -> Result<Option<i16>> {
    Ok(sqlx::query_scalar!(
        "select decimals from plan where mint = $1 limit 1",
        mint as _,
    )
    .fetch_optional(conn)
    .await?)
}

/// A change of a membership of a segment.
#[derive(Debug, Clone)]
pub struct MembershipFact {
    /// The canonical person.
    pub person: Uuid,
    /// Whether they became a member; else they no longer were one.
    pub entered: bool,
    /// When.
    pub at: DateTime<Utc>,
}

/// Changes of canonical people's memberships of a segment, earliest first, and the beginning of those that
/// last.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn memberships(
    conn: &mut PgConnection,
    segment: &str,
    canonical: &[Uuid],
    [entered, exited]: [&str; 2],
) -> Result<Vec<MembershipFact>> {
    Ok(sqlx::query_as!(
        MembershipFact,
        r#"select person as "person!", entered as "entered!", at as "at!" from (
               select member.canonical as person, event.name = $3 as entered, event.at
               from engine.person member
               join engine.event on event.person = member.id
               where event.organisation = engine.current_organisation() and member.canonical = any($2)
                 and event.name in ($3, $4) and event.source = 'engine'
                 and event.properties ->> 'segment' = $1
               union
               select person, true, entered_at from engine.segment_member
               where organisation = engine.current_organisation() and segment = $1 and person = any($2)
           ) change
           order by person, at, entered"#,
        segment,
        canonical,
        entered,
        exited,
    )
    .fetch_all(conn)
    .await?)
}
