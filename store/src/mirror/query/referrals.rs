//! The tree of members below a wallet, and what they earned that wallet.
//!
//! A member's row names its referrers, so each level is read by one index and nothing recurses. A
//! payment's earnings are the commission booked to a ledger of the wallet, less what refunds took
//! back; its level is the payer's depth.

use crate::{Key, Result, read::MintSum};
use rust_decimal::Decimal;
use sqlx::PgConnection;

/// A member below the wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralNode {
    /// The org that it joined.
    pub org: Key,
    /// Its wallet.
    pub wallet: Key,
    /// The wallet that referred it.
    pub referrer: Option<Key>,
    /// Levels below the root, from 1.
    pub depth: i32,
    /// When it registered, Unix seconds.
    pub registered_at: i64,
    /// The code that it registered with.
    pub code: Option<String>,
    /// Its subscriptions to the org's plans in trial, active or due.
    pub active_subscriptions: i64,
    /// What its payments earned the root.
    pub earned: Vec<MintSum>,
}

/// Totals of one level of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralLevel {
    /// Levels below the root, from 1.
    pub depth: i32,
    /// Members on this level.
    pub members: i64,
    /// What its payments earned the root.
    pub earned: Vec<MintSum>,
}

/// The first `limit` members below `root`, of `org` only when given, nearest and oldest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn nodes(
    conn: &mut PgConnection,
    root: Key,
    org: Option<Key>,
    limit: i64,
) -> Result<Vec<ReferralNode>> {
    let rows = sqlx::query!(
        r#"with node as (
               select address, org, wallet, referrer_1, registered_at, code,
                      case $1::pubkey when referrer_1 then 1 when referrer_2 then 2 else 3 end as depth
               from member
               where (referrer_1 = $1 or referrer_2 = $1 or referrer_3 = $1)
                 and ($2::pubkey is null or org = $2)
                 and not closed
               order by depth, registered_at, address
               limit $3
           )
           select node.org as "org: Key", node.wallet as "wallet: Key",
                  node.referrer_1 as "referrer: Key", node.depth as "depth!", node.registered_at,
                  node.code, active.count as "active_subscriptions!",
                  earned.mints as "mints!: Vec<Key>", earned.amounts as "amounts!: Vec<Decimal>"
           from node
           cross join lateral (
               select count(*) as count
               from subscription_now standing
               join plan on plan.address = standing.plan
               where standing.wallet = node.wallet and plan.org = node.org
                 and in_time and not (stored).closed
           ) active
           cross join lateral (
               select coalesce(array_agg(mint order by mint), '{}') as mints,
                      coalesce(array_agg(amount order by mint), '{}') as amounts
               from (
                   select ledger.mint, sum(commission.amount) as amount
                   from life ledger
                   join commission on commission.ledger = ledger.address
                   join receipt using (arrival)
                   join life payer on payer.id = receipt.life_id
                   where payer.wallet = node.wallet
                     and ledger.wallet = $1 and ledger.parent = node.org and ledger.mint is not null
                   group by ledger.mint
               ) by_mint
           ) earned
           order by node.depth, node.registered_at, node.address"#,
        root as _,
        org as _,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ReferralNode {
            org: row.org,
            wallet: row.wallet,
            referrer: row.referrer,
            depth: row.depth,
            registered_at: row.registered_at,
            code: row.code,
            active_subscriptions: row.active_subscriptions,
            earned: sums(row.mints, row.amounts),
        })
        .collect())
}

/// All three levels below `root`, empty ones too.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn levels(
    conn: &mut PgConnection,
    root: Key,
    org: Option<Key>,
) -> Result<Vec<ReferralLevel>> {
    let rows = sqlx::query!(
        r#"with members as (
               select case $1::pubkey when referrer_1 then 1 when referrer_2 then 2 else 3 end as depth,
                      count(*) as count
               from member
               where (referrer_1 = $1 or referrer_2 = $1 or referrer_3 = $1)
                 and ($2::pubkey is null or org = $2)
                 and not closed
               group by 1
           ),
           by_mint as (
               select commission.level, ledger.mint, sum(commission.amount) as amount
               from (select distinct address, mint from life
                     where wallet = $1 and mint is not null
                       and ($2::pubkey is null or parent = $2)) ledger
               join commission on commission.ledger = ledger.address
               group by commission.level, ledger.mint
           )
           select level.depth as "depth!", coalesce(members.count, 0) as "members!",
                  array(select mint from by_mint where by_mint.level = level.depth order by mint)
                      as "mints!: Vec<Key>",
                  array(select amount from by_mint where by_mint.level = level.depth order by mint)
                      as "amounts!: Vec<Decimal>"
           from generate_series(1, 3) level(depth)
           left join members using (depth)
           order by level.depth"#,
        root as _,
        org as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ReferralLevel {
            depth: row.depth,
            members: row.members,
            earned: sums(row.mints, row.amounts),
        })
        .collect())
}

fn sums(mints: Vec<Key>, amounts: Vec<Decimal>) -> Vec<MintSum> {
    mints
        .into_iter()
        .zip(amounts)
        .map(|(mint, amount)| MintSum { mint, amount })
        .collect()
}
