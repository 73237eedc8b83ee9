//! Lives of accounts, from creation to closing, and whose they are.

use crate::{
    Key, Result,
    receipt::{Body, NewReceipt, PlanOf},
};
use sqlx::PgConnection;
use std::collections::HashMap;

/// An account, from its creation until it closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LifeKey {
    /// The account.
    pub account: Key,
    /// The slot in which it was created.
    pub slot: i64,
}

impl LifeKey {
    /// The life that a receipt is of.
    pub fn of(receipt: &NewReceipt) -> Self {
        Self {
            account: receipt.account,
            slot: receipt.life,
        }
    }
}

/// Where the receipts of a life stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) id: i32,
    pub(crate) org_id: Option<i32>,
    /// Number of the last receipt; 0 without any.
    pub(crate) seq: i64,
    /// The plan that it is under.
    pub(crate) plan: Option<Key>,
    /// The plan that the last change of plan agreed, where the receipts ask for it.
    pub(crate) agreed: Option<Key>,
}

/// Adds the lives of these receipts that are new; returns where all of them stand, and lives that
/// were waiting for their parents and have receipts under plans.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub(crate) async fn open(
    conn: &mut PgConnection,
    receipts: &[NewReceipt],
) -> Result<(HashMap<LifeKey, Standing>, Vec<i32>)> {
    let mut wanted: HashMap<LifeKey, (Option<&NewReceipt>, bool)> = HashMap::new();
    for receipt in receipts {
        let (first, follows) = wanted.entry(LifeKey::of(receipt)).or_default();
        if receipt.owner.is_some() {
            *first = Some(receipt);
        }
        *follows |= receipt.plan == PlanOf::Agreed;
    }
    // One order for all writers, so that none waits for another in a circle.
    let mut keys: Vec<LifeKey> = wanted.keys().copied().collect();
    keys.sort_unstable();
    let owner = |key: &LifeKey| wanted[key].0.and_then(|first| first.owner);
    let accounts: Vec<Key> = keys.iter().map(|key| key.account).collect();
    let slots: Vec<i64> = keys.iter().map(|key| key.slot).collect();
    let kinds: Vec<Option<&str>> = keys.iter().map(|key| Some(owner(key)?.kind)).collect();
    let parents: Vec<Option<Key>> = keys.iter().map(|key| owner(key)?.parent).collect();
    let wallets: Vec<Option<Key>> = keys.iter().map(|key| owner(key)?.wallet).collect();
    let mints: Vec<Option<Key>> = keys.iter().map(|key| owner(key)?.mint).collect();
    let follows: Vec<bool> = keys.iter().map(|key| wanted[key].1).collect();
    let added = sqlx::query_scalar!(
        "insert into life (address, life, kind, parent, wallet, mint)
         select given.*
         from unnest($1::pubkey[], $2::bigint[], $3::text[], $4::pubkey[], $5::pubkey[], $6::pubkey[])
             given (address, life, kind, parent, wallet, mint)
         left join life known on known.address = given.address and known.life = given.life
         where known.id is null or known.kind is null and given.kind is not null
         on conflict (address, life) do update
         set kind = excluded.kind, parent = excluded.parent, wallet = excluded.wallet,
             mint = excluded.mint
         returning id",
        &accounts as _,
        &slots,
        &kinds as _,
        &parents as _,
        &wallets as _,
        &mints as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    let adopted = adopt(&mut *conn, added).await?;
    let standings = standings(conn, &keys, &accounts, &slots, &follows).await?;
    Ok((standings, adopted))
}

async fn standings(
    conn: &mut PgConnection,
    keys: &[LifeKey],
    accounts: &[Key],
    slots: &[i64],
    follows: &[bool],
) -> Result<HashMap<LifeKey, Standing>> {
    let rows = sqlx::query!(
        r#"select given.place as "place!", life.id, life.org_id, coalesce(last.seq, 0) as "seq!",
                  plan.address as "plan?: Key", agreed.body as "agreed?: Body"
           from unnest($1::pubkey[], $2::bigint[], $3::boolean[]) with ordinality
               given (address, life, follows, place)
           join life on life.address = given.address and life.life = given.life
           left join lateral (
               select seq, plan_id from receipt where life_id = life.id order by seq desc limit 1
           ) last on true
           left join life plan on plan.id = last.plan_id
           left join lateral (
               select body from receipt
               where given.follows and life_id = life.id and kind = 'PlanChanged'
               order by seq desc limit 1
           ) agreed on true"#,
        accounts as _,
        slots,
        follows,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let key = keys.get(usize::try_from(row.place - 1).ok()?)?;
            let standing = Standing {
                id: row.id,
                org_id: row.org_id,
                seq: row.seq,
                plan: row.plan,
                agreed: row.agreed.and_then(|body| body.address(0)),
            };
            Some((*key, standing))
        })
        .collect())
}

/// Finds the orgs of lives that were added, and of those whose parents they are, and puts the receipts
/// that these have already under them. Orgs are their own; plans, campaigns and pools come before what
/// belongs to them. Returns the lives whose receipts are to be put under plans.
async fn adopt(conn: &mut PgConnection, mut adopted: Vec<i32>) -> Result<Vec<i32>> {
    let mut late = Vec::new();
    while !adopted.is_empty() {
        adopted = sqlx::query_scalar!(
            "update life set org_id = case when life.address = life.parent then life.id
                                           else parent.org_id end,
                             mint = coalesce(life.mint, parent.mint)
             from life parent
             where life.org_id is null and life.parent = parent.address
               and (life.id = parent.id or parent.org_id is not null)
               and life.id in (select unnest($1::integer[])
                               union all
                               select child.id from life child join life known
                                   on child.parent = known.address
                               where known.id = any($1) and child.org_id is null)
             returning life.id",
            &adopted,
        )
        .fetch_all(&mut *conn)
        .await?;
        if !adopted.is_empty() {
            late.extend(put_under_org(&mut *conn, &adopted).await?);
        }
    }
    Ok(late)
}

/// Receipts that are put under an org get new numbers, so that a reader of an org's by number meets
/// them. Returns the lives of these that have receipts under plans.
async fn put_under_org(conn: &mut PgConnection, lives: &[i32]) -> Result<Vec<i32>> {
    let receipts = sqlx::query_scalar!(
        r#"with late as (
               select arrival, life.org_id, row_number() over (order by arrival) as place
               from receipt join life on life.id = receipt.life_id
               where life.id = any($1) and receipt.org_id is null
           ), numbered as (
               update receipt set org_id = late.org_id, arrival = cursor.arrival + late.place
               from late, cursor
               where receipt.arrival = late.arrival
               returning late.arrival as before, receipt.arrival, receipt.org_id
           ), charged as (
               update charge set org_id = numbered.org_id, arrival = numbered.arrival
               from numbered where charge.arrival = numbered.before
           ), refunded as (
               update refund set org_id = numbered.org_id, arrival = numbered.arrival
               from numbered where refund.arrival = numbered.before
           ), shared as (
               update commission set arrival = numbered.arrival
               from numbered where commission.arrival = numbered.before
           )
           select count(*) as "count!" from numbered"#,
        lives,
    )
    .fetch_one(&mut *conn)
    .await?;
    if receipts == 0 {
        return Ok(Vec::new());
    }
    sqlx::query!("update cursor set arrival = arrival + $1", receipts)
        .execute(&mut *conn)
        .await?;
    Ok(sqlx::query_scalar!(
        "select id from life
         where id = any($1) and kind in ('Subscription', 'Invoice')
           and exists (select from receipt where receipt.life_id = life.id)",
        lives,
    )
    .fetch_all(conn)
    .await?)
}

/// The lives at these addresses; the last, where there are several.
pub(crate) async fn ids(
    conn: &mut PgConnection,
    addresses: &[Option<Key>],
) -> Result<HashMap<Key, i32>> {
    let mut wanted: Vec<Key> = addresses.iter().flatten().copied().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let rows = sqlx::query!(
        r#"select distinct on (address) address as "address: Key", id from life
           where address = any($1::pubkey[]) order by address, life desc"#,
        &wanted as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.address, row.id)).collect())
}
