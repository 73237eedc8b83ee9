//! What the mirror's rows add up to, from all of them: the independent truth about the sums that it keeps.

use crate::support::rows::{ORG, key};
use anyhow::{Result, ensure};
use tessera_store::{Key, PgConnection};

const COUNTS: &str = "
    with members as (
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
    select jsonb_build_object(
        'members', members.count, 'points', members.points,
        'lifetime_points', members.lifetime_points,
        'active_subscriptions', (
            select count(*) from subscription_now
            where in_time and not (stored).closed
              and ($1::pubkey is null or plan = any(array(
                       select address::bytea from plan where org = $1)))),
        'receipts', (
            select count(*) from receipt
            where $1::pubkey is null
               or org_id = any(array(select id from life where address = $1))))::text
    from members";

const MONEY: &str = "
    with charged as (
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
        select mint, sum(held + queued) as held, sum(claimable) as claimable, sum(claimed) as claimed
        from ledger
        where $1::pubkey is null or org = $1
        group by mint
    )
    select coalesce(jsonb_agg(jsonb_build_object(
        'mint', mint, 'paid', coalesce(paid, 0), 'merchant', coalesce(merchant, 0),
        'keeper_fees', coalesce(keeper_fees, 0), 'refunded', coalesce(refunded, 0),
        'accrued', coalesce(accrued, 0), 'held', coalesce(held, 0),
        'claimable', coalesce(claimable, 0), 'claimed', coalesce(claimed, 0)) order by mint), '[]')::text
    from charged
    full join refunded using (mint)
    full join accrued using (mint)
    full join owed using (mint)";

const KEPT_COUNTS: &str = "
    select coalesce(
        (select to_jsonb(kept) - 'org' from org_sum kept
         where org = $1 or $1::pubkey is null and org is null),
        '{\"members\": 0, \"points\": 0, \"lifetime_points\": 0, \"active_subscriptions\": 0,
          \"receipts\": 0}')::text";

const KEPT_MONEY: &str = "
    select coalesce(jsonb_agg(to_jsonb(kept) - '{org,parts}'::text[] order by mint), '[]')::text
    from org_mint_sum kept where org = $1 or $1::pubkey is null and org is null";

/// Every kept row, in an order of its own.
const ALL: &str = "
    select to_jsonb(it)::text from org_sum it
    union all select to_jsonb(it)::text from org_mint_sum it
    union all select to_jsonb(it)::text from org_expiry it
    order by 1";

/// Every row of the kept sums.
pub(crate) async fn all(conn: &mut PgConnection) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(ALL).fetch_all(conn).await?)
}

/// Fails unless the kept sums of everything and of orgs 1 and 2 are what all rows add up to, and there
/// is no row but those that a mirror would have that is filled again.
pub(crate) async fn ensure_exact(conn: &mut PgConnection) -> Result<()> {
    let mut again = sqlx::Connection::begin(&mut *conn).await?;
    // What is written meanwhile waits with its sums, and is not seen.
    sqlx::query("lock table org_sum, org_mint_sum, org_expiry in access exclusive mode")
        .execute(&mut *again)
        .await?;
    for org in [None, Some(key(ORG, 1)), Some(key(ORG, 2))] {
        for (what, kept, truth) in [
            ("counts", KEPT_COUNTS, COUNTS),
            ("money", KEPT_MONEY, MONEY),
        ] {
            let (kept, truth) = (
                ask(&mut again, kept, org).await?,
                ask(&mut again, truth, org).await?,
            );
            ensure!(
                kept == truth,
                "{what} of {org:?}: {kept} is kept of {truth}"
            );
        }
    }
    let kept = all(&mut again).await?;
    sqlx::query("select sums_again()")
        .execute(&mut *again)
        .await?;
    let filled = all(&mut again).await?;
    again.rollback().await?;
    ensure!(kept == filled, "kept {kept:#?}, filled again {filled:#?}");
    Ok(())
}

async fn ask(conn: &mut PgConnection, statement: &'static str, org: Option<Key>) -> Result<String> {
    Ok(sqlx::query_scalar(statement)
        .bind(org)
        .fetch_one(conn)
        .await?)
}
