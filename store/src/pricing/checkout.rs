//! The state on the chain of a wallet that is about to subscribe, from the mirror.

use crate::{
    Key, Result,
    mirror::{member::MemberRow, plan::stored_period, query::members},
    read::Page,
};
use sqlx::PgConnection;
use tessera_domain::billing_period::BillingPeriod;

/// The wallet's membership of `org`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn member(conn: &mut PgConnection, org: Key, wallet: Key) -> Result<Option<MemberRow>> {
    let filter = members::MemberFilter {
        org: Some(org),
        wallet: Some(wallet),
        ..Default::default()
    };
    let page = Page {
        after: None,
        limit: 1,
    };
    Ok(members::list(conn, &filter, page).await?.rows.pop())
}

/// How many periods of which length the wallet has paid for so far, over all plans of `org`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn paid_periods(
    conn: &mut PgConnection,
    org: Key,
    wallet: Key,
) -> Result<Vec<(BillingPeriod, u64)>> {
    let rows = sqlx::query!(
        r#"select coalesce(plan.period_secs, charge.paid_through - charge.period_start) as "secs!",
                  coalesce(plan.period_months, 0::smallint) as "months!", count(*) as "periods!"
           from life org
           join life payer on payer.org_id = org.id
           join receipt on receipt.life_id = payer.id
           join charge using (arrival)
           left join life plan_life on plan_life.id = receipt.plan_id
           left join plan on plan.address = plan_life.address
           where org.address = $1 and payer.wallet = $2 and charge.debit > 0
             and payer.kind = 'Subscription'
           group by 1, 2"#,
        org as _,
        wallet as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let period = stored_period(row.secs, row.months)?;
            Some((period, row.periods.unsigned_abs()))
        })
        .collect())
}

/// Whether the wallet has a subscription, opened under the plan, that prevents another one paid
/// from `payer_token`: one that has not been ended, and that can still be charged or is paid from
/// another token account.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn is_subscribed(
    conn: &mut PgConnection,
    plan: Key,
    wallet: Key,
    payer_token: Key,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (
               select from subscription_now
               where (stored).first_plan = $1 and wallet = $2
                 and (stored).state in (1, 2, 3) and not (stored).closed
                 and (status in ('trial', 'active', 'due', 'past_due')
                      -- The program does not see the end of another plan, which it was changed to.
                      or (status = 'ended' and plan <> $1)
                      or (stored).payer_token <> $3::pubkey))
           as "exists!""#,
        plan as _,
        wallet as _,
        payer_token as _,
    )
    .fetch_one(conn)
    .await?)
}

/// The codes of `org` of a shape, and the members by whom their owners earn.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn referrers(
    conn: &mut PgConnection,
    org: Key,
    shape: &str,
) -> Result<Vec<(String, MemberRow)>> {
    let rows = sqlx::query!(
        r#"select code.code, row_of(stored) as "row!: MemberRow"
           from code join member stored on stored.org = code.org and stored.wallet = code.owner
           where (code.org = $1) is true and translate(code.code, 'OIL-_', '011') = $2
             and not code.closed and not stored.closed"#,
        org as _,
        shape,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.code, row.row)).collect())
}

/// Those of `wallets` that have a ledger of `org` in `mint`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn with_ledger(
    conn: &mut PgConnection,
    org: Key,
    mint: Key,
    wallets: &[Key],
) -> Result<Vec<Key>> {
    Ok(sqlx::query_scalar!(
        r#"select wallet as "wallet: Key" from ledger
           where org = $1 and mint = $2 and wallet = any($3::pubkey[]) and not closed"#,
        org as _,
        mint as _,
        wallets as _,
    )
    .fetch_all(conn)
    .await?)
}
