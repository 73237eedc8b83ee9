//! Subscriptions to which something will happen.

use crate::{Key, Result};
use sqlx::PgConnection;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Those whose trial ends by this moment, Unix seconds.
    TrialEnds {
        /// The moment.
        by: i64,
    },
    /// Those that are paid for and due again by this moment, Unix seconds.
    Renews {
        /// The moment.
        by: i64,
    },
    /// Those whose payment was missed and can still be made up.
    Missed,
    /// Those of which fewer periods than this can still be collected.
    Approved {
        /// The number of periods.
        below: i64,
    },
}

/// A subscription to which something will happen.
#[derive(Debug, Clone)]
pub struct Coming {
    /// Its address.
    pub subscription: Key,
    /// The subscriber.
    pub wallet: Key,
    /// When the next period is due, or the trial ends, Unix seconds.
    pub next_due: i64,
    /// Periods that can still be collected.
    pub periods_left: i64,
    /// The receipt of the signature that approved them.
    pub agreement_seq: i64,
}

/// A page of subscriptions of an Org, by address.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn page(
    conn: &mut PgConnection,
    org: Key,
    wanted: Wanted,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Coming>> {
    // 1 trial, 2 active, 3 past due.
    let (states, due_by, below): (&[i16], _, _) = match wanted {
        Wanted::TrialEnds { by } => (&[1], by, i64::MAX),
        Wanted::Renews { by } => (&[2], by, i64::MAX),
        Wanted::Missed => (&[3], i64::MAX, i64::MAX),
        Wanted::Approved { below } => (&[1, 2], i64::MAX, below),
    };
    Ok(sqlx::query_as!(
        Coming,
        r#"select subscription.address as "subscription: Key", subscription.wallet as "wallet: Key",
                  next_due, approved_periods + 1 - periods_paid as "periods_left!",
                  agreement_seq::bigint as "agreement_seq!"
           from subscription join plan on plan.address = subscription.plan
           where plan.org = $1 and not subscription.closed and state = any($2) and next_due <= $3
             and approved_periods + 1 - periods_paid < $4
             and ($5::bytea is null or subscription.address > $5)
           order by subscription.address limit $6"#,
        org as _,
        states,
        due_by,
        below,
        after as Option<Key>,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
