//! Places of offers: who holds one, and until when.
//!
//! A hold that has run out is judged once and then gone or kept for good, so that a count reads the
//! holds that last and no quote that is over. A quote that the chain settles is judged when what the
//! chain has finalized is past its deadline, since no charge can come or vanish there any more; until
//! then it counts by what is mirrored so far.

use crate::{Key, OrganisationId, Result, pricing::quote::Quote};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Time after a deadline in which a network whose clock is late may still take the quote, and the mirror
/// learns so.
const GRACE: TimeDelta = TimeDelta::minutes(2);
/// Holds that a claim judges at most: many more than it adds, few enough to be done under a lock.
const JUDGED_BY_CLAIM: i64 = 100;
/// Holds that are judged in one transaction when no one waits.
const JUDGED_AT_LEISURE: i64 = 1_000;

/// A customer, who takes one place of an offer however many quotes they have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder(Vec<u8>);

impl Holder {
    /// The wallet, or the quote where it names none.
    pub fn of(wallet: Option<Key>, quote: Uuid) -> Self {
        Self(wallet.map_or_else(|| quote.into_bytes().to_vec(), |key| key.0.to_vec()))
    }
}

/// Holds a place of the offer inside the quote until its deadline; nothing without an offer.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn hold(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    quote: &Quote,
) -> Result<()> {
    write(conn, organisation, quote, Some(quote.deadline)).await
}

/// Holds it for good.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn keep(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    quote: &Quote,
) -> Result<()> {
    write(conn, organisation, quote, None).await
}

async fn write(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    quote: &Quote,
    until: Option<DateTime<Utc>>,
) -> Result<()> {
    let Some(offer) = &quote.offer else {
        return Ok(());
    };
    sqlx::query!(
        "insert into engine.offer_hold (quote, organisation, offer, holder, signed, expires_at)
         values ($1, $2, $3, $4, $5, coalesce($6::timestamptz, 'infinity'))
         on conflict (quote) do update set expires_at = excluded.expires_at",
        quote.id,
        organisation.0,
        offer,
        Holder::of(quote.wallet, quote.id).0,
        quote.signed.is_some(),
        until,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many customers other than `but` hold each of these offers at `at`; those that no one holds are
/// absent.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn taken(
    conn: &mut PgConnection,
    offers: &[&str],
    but: Option<&Holder>,
    at: DateTime<Utc>,
) -> Result<HashMap<String, u64>> {
    let counts = sqlx::query!(
        r#"select offer, count(distinct holder) as "taken!" from engine.offer_hold
           where organisation = engine.current_organisation() and offer = any($1)
             and holder is distinct from $2
             and (expires_at > $3
                  or (signed
                      and (expires_at >= (select to_timestamp(applied_at) from public.cursor)
                           or engine.is_used(quote))))
           group by offer"#,
        offers as _,
        but.map(|holder| holder.0.as_slice()),
        at - GRACE,
    )
    .fetch_all(conn)
    .await?;
    // A count.
    let counts = counts.into_iter();
    Ok(counts
        .map(|row| (row.offer, row.taken.unsigned_abs()))
        .collect())
}

/// Judges holds of an offer that have run out at `at`, the oldest first and no more than a claim has
/// time for.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn judge(conn: &mut PgConnection, offer: &str, at: DateTime<Utc>) -> Result<()> {
    let over = sqlx::query_scalar!(
        "select quote from engine.offer_hold
         where organisation = engine.current_organisation() and offer = $1 and expires_at <= $2
           and (not signed or expires_at < (select to_timestamp(final_at) from public.cursor))
         order by expires_at limit $3
         for update skip locked",
        offer,
        at - GRACE,
        JUDGED_BY_CLAIM,
    )
    .fetch_all(&mut *conn)
    .await?;
    settle(conn, &over).await
}

/// Judges holds of all organisations that have run out at `at`; whether some may be left. For a
/// transaction without an organisation.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn judge_all(conn: &mut PgConnection, at: DateTime<Utc>) -> Result<bool> {
    let over = sqlx::query_scalar!(
        "select quote from engine.offer_hold
         where expires_at <= $1
           and (not signed or expires_at < (select to_timestamp(final_at) from public.cursor))
         order by expires_at limit $2
         for update skip locked",
        at - GRACE,
        JUDGED_AT_LEISURE,
    )
    .fetch_all(&mut *conn)
    .await?;
    settle(conn, &over).await?;
    Ok(i64::try_from(over.len()).is_ok_and(|judged| judged == JUDGED_AT_LEISURE))
}

/// Keeps the places that the chain was paid for, and gives the others back.
async fn settle(conn: &mut PgConnection, over: &[Uuid]) -> Result<()> {
    if over.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update engine.offer_hold set expires_at = 'infinity'
         where quote = any($1) and signed and engine.is_used(quote)",
        over,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from engine.offer_hold where quote = any($1) and expires_at < 'infinity'",
        over,
    )
    .execute(conn)
    .await?;
    Ok(())
}
