//! Totals of the mirror, of one org or of all: sums that the mirror's triggers keep, so a question
//! costs the same however much they are of.

use crate::{Key, Result};
use rust_decimal::Decimal;
use sqlx::PgConnection;

/// Counts of members, points, subscriptions and receipts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    let counts = sqlx::query_as!(
        Counts,
        "select members, points, lifetime_points, active_subscriptions, receipts as events
         from org_sum where org = $1 or $1::pubkey is null and org is null",
        org as _,
    )
    .fetch_optional(conn)
    .await?;
    Ok(counts.unwrap_or_default())
}

/// Money of `org`, or of all orgs, in at most `limit` mints, by mint.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn money(conn: &mut PgConnection, org: Option<Key>, limit: i64) -> Result<Vec<Money>> {
    Ok(sqlx::query_as!(
        Money,
        r#"select mint as "mint: Key", paid, merchant, keeper_fees, refunded,
                  accrued as commission_accrued, held as commission_held,
                  claimable as commission_claimable, claimed as commission_claimed
           from org_mint_sum where org = $1 or $1::pubkey is null and org is null
           order by mint limit $2"#,
        org as _,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
