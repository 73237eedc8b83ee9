//! Totals of the mirror, of one org or of all.

use crate::{Key, Result};
use rust_decimal::Decimal;
use sqlx::PgConnection;

/// Counts of members, points, subscriptions and receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Number of members.
    pub members: i64,
    /// Points that members can redeem at the last moment that the mirror knows.
    pub points: Decimal,
    /// Points that members have received so far.
    pub lifetime_points: Decimal,
    /// Subscriptions in trial, active or due.
    pub active_subscriptions: i64,
    /// Number of receipts.
    pub events: i64,
}

/// Money in one mint, in its smallest unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// Address of the mint.
    pub mint: Key,
    /// Taken from payers.
    pub paid: Decimal,
    /// Received by merchants.
    pub merchant: Decimal,
    /// Received by keepers.
    pub keeper_fees: Decimal,
    /// Given back to payers.
    pub refunded: Decimal,
    /// Commission that payments booked, less what refunds took back.
    pub commission_accrued: Decimal,
    /// Commission that waits for its release.
    pub commission_held: Decimal,
    /// Commission that can be claimed.
    pub commission_claimable: Decimal,
    /// Commission that was claimed.
    pub commission_claimed: Decimal,
}

/// Counts of `org`, or of all orgs.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn counts(conn: &mut PgConnection, org: Option<Key>) -> Result<Counts> {
    Ok(sqlx::query_as!(
        Counts,
        r#"with members as (
               select count(*) as count, coalesce(sum(member.points - expired.points), 0) as points,
                      coalesce(sum(lifetime_points), 0) as lifetime_points
               from member
               cross join (select coalesce((select applied_at from cursor), 0) as now) clock
               cross join lateral (
                   select coalesce(sum(bucket.points), 0) as points
                   from unnest(expiring_points, expires_at) bucket(points, expires_at)
                   where bucket.expires_at <= clock.now
               ) expired
               where ($1::pubkey is null or org = $1) and not closed
           )
           select members.count as "members!", members.points as "points!",
                  members.lifetime_points as "lifetime_points!",
                  (select count(*) from subscription_now
                   where in_time and not (stored).closed
                     and ($1::pubkey is null or plan = any(array(
                              select address::bytea from plan where org = $1))))
                      as "active_subscriptions!",
                  (select count(*) from receipt
                   where $1::pubkey is null
                      or org_id = any(array(select id from life where address = $1)))
                      as "events!"
           from members"#,
        org as _,
    )
    .fetch_one(conn)
    .await?)
}

/// Money of `org`, or of all orgs, by mint.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn money(conn: &mut PgConnection, org: Option<Key>) -> Result<Vec<Money>> {
    Ok(sqlx::query_as!(
        Money,
        r#"with charged as (
               select life.mint, sum(charge.debit) as paid, sum(charge.merchant) as merchant,
                      sum(charge.keeper_fee) as keeper_fees
               from charge join life on life.id = charge.life_id
               where life.mint is not null
                 and ($1::pubkey is null
                      or charge.org_id = any(array(select id from life where address = $1)))
               group by life.mint
           ),
           refunded as (
               select life.mint, sum(refund.amount) as refunded
               from refund join life on life.id = refund.life_id
               where life.mint is not null
                 and ($1::pubkey is null
                      or refund.org_id = any(array(select id from life where address = $1)))
               group by life.mint
           ),
           accrued as (
               select life.mint, sum(commission.amount) as accrued
               from commission
               join receipt using (arrival)
               join life on life.id = receipt.life_id
               where life.mint is not null
                 and ($1::pubkey is null
                      or receipt.org_id = any(array(select id from life where address = $1)))
               group by life.mint
           ),
           owed as (
               select mint, sum(held + queued) as held, sum(claimable) as claimable,
                      sum(claimed) as claimed
               from ledger
               where $1::pubkey is null or org = $1
               group by mint
           )
           select mint as "mint!: Key", coalesce(paid, 0) as "paid!",
                  coalesce(merchant, 0) as "merchant!", coalesce(keeper_fees, 0) as "keeper_fees!",
                  coalesce(refunded, 0) as "refunded!",
                  coalesce(accrued, 0) as "commission_accrued!",
                  coalesce(held, 0) as "commission_held!",
                  coalesce(claimable, 0) as "commission_claimable!",
                  coalesce(claimed, 0) as "commission_claimed!"
           from charged
           full join refunded using (mint)
           full join accrued using (mint)
           full join owed using (mint)
           order by mint"#,
        org as _,
    )
    .fetch_all(conn)
    .await?)
}
