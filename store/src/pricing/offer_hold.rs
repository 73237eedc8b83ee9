//! Holds: places of offers, each with its holder and its end.
//!
//! A hold that has run out is settled once, and then deleted or kept for good, so that counting
//! reads only holds in force and no expired quotes. The hold of a quote that the chain settles is
//! settled once the chain's finalized state is past the deadline, since no charge can then appear
//! or vanish; until then it counts, unless the mirror is past the deadline and has no charge that
//! used the quote. While the mirror lacks receipts of the holder's subscription, one of which may be
//! that charge, it counts and is not settled.

use crate::{Key, OrganisationId, Result, pricing::quote::Quote};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Time after a deadline within which a network whose clock is late may still accept the quote and
/// the mirror may learn of it.
const GRACE: TimeDelta = TimeDelta::minutes(2);
/// Most holds that a claim settles: many more than it adds, few enough for a locked transaction.
const JUDGED_BY_CLAIM: i64 = 100;
/// Most holds that are settled in one transaction when nothing waits for it.
const JUDGED_AT_LEISURE: i64 = 1_000;

/// A customer, who takes one place of an offer however many quotes they have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder(Vec<u8>);

impl Holder {
    /// The wallet, or the quote when it names no wallet.
    pub fn of(wallet: Option<Key>, quote: Uuid) -> Self {
        Self(wallet.map_or_else(|| quote.into_bytes().to_vec(), |key| key.0.to_vec()))
    }
}

/// Holds a place of the quote's offer until the quote's deadline. Does nothing for a quote without
/// an offer.
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

/// Holds a place of the quote's offer for good.
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

/// How many customers other than `but` hold each of these offers at `at`; offers without holders
/// are left out.
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
                           or engine.is_used(quote) or engine.lacks_receipts(quote))))
           group by offer"#,
        offers as _,
        but.map(|holder| holder.0.as_slice()),
        at - GRACE,
    )
    .fetch_all(conn)
    .await?;
    // A count is never negative.
    let counts = counts.into_iter();
    Ok(counts
        .map(|row| (row.offer, row.taken.unsigned_abs()))
        .collect())
}

/// Settles holds of an offer that have run out at `at`, the oldest first and no more than a claim
/// has time for.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn judge(conn: &mut PgConnection, offer: &str, at: DateTime<Utc>) -> Result<()> {
    let over = sqlx::query_scalar!(
        "select quote from engine.offer_hold
         where organisation = engine.current_organisation() and offer = $1 and expires_at <= $2
           and (not signed
                or (expires_at < (select to_timestamp(final_at) from public.cursor)
                    and not engine.lacks_receipts(quote)))
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

/// Settles holds of all organisations that have run out at `at`; whether some may be left. For a
/// transaction without an organisation.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn judge_all(conn: &mut PgConnection, at: DateTime<Utc>) -> Result<bool> {
    let over = sqlx::query_scalar!(
        "select quote from engine.offer_hold
         where expires_at <= $1
           and (not signed
                or (expires_at < (select to_timestamp(final_at) from public.cursor)
                    and not engine.lacks_receipts(quote)))
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

/// Keeps the places whose quotes were paid on the chain, and gives the others back.
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
