//! Lives of accounts, from creation to closing, and their owners.

use crate::{
    Key, Result,
    mirror::receipt::{Body, NewReceipt, Owner, PlanOf},
};
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

/// An account, from its creation until it closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LifeKey {
    /// Address of the account.
    pub account: Key,
    /// The slot in which it was created.
    pub slot: i64,
}

impl LifeKey {
    /// The life that a receipt belongs to.
    pub fn of(receipt: &NewReceipt) -> Self {
        Self {
            account: receipt.account,
            slot: receipt.life,
        }
    }
}

/// The latest state of a life's receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) id: i32,
    pub(crate) org_id: Option<i32>,
    /// Number of the last receipt; 0 without any.
    pub(crate) seq: i64,
    /// The plan of the last receipt.
    pub(crate) plan: Option<Key>,
    /// The plan of the last change of plan, where the new receipts need it.
    pub(crate) agreed: Option<Key>,
}

/// A life to find or add: its owner, if one of the receipts states it, and whether one of them is
/// under the plan of the last change of plan.
struct Asked {
    key: LifeKey,
    owner: Option<Owner>,
    follows: bool,
}

/// Adds the new ones among the lives of these receipts. Returns the standing of all of them, and
/// the lives that were waiting for their parents and have receipts under plans.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub(crate) async fn open(
    conn: &mut PgConnection,
    receipts: &[NewReceipt],
) -> Result<(HashMap<LifeKey, Standing>, Vec<i32>)> {
    let asked = asked(receipts);
    let mut lives = standings(&mut *conn, asked.iter().collect()).await?;
    let without_org = |it: &&Asked| lives.get(&it.key).is_none_or(|life| life.org_id.is_none());
    let unplaced: Vec<&Asked> = asked.iter().filter(without_org).collect();
    let new = |it: &&&Asked| it.owner.is_some() || !lives.contains_key(&it.key);
    let new: Vec<&Asked> = unplaced.iter().filter(new).copied().collect();
    if new.is_empty() {
        return Ok((lives, Vec::new()));
    }
    let added = add(&mut *conn, &new).await?;
    let adopted = adopt(&mut *conn, added).await?;
    lives.extend(standings(conn, unplaced).await?);
    Ok((lives, adopted))
}

/// Each life once, in the same order for all writers, so that no two of them deadlock.
fn asked(receipts: &[NewReceipt]) -> Vec<Asked> {
    let mut asked: HashMap<LifeKey, Asked> = HashMap::new();
    for receipt in receipts {
        let key = LifeKey::of(receipt);
        let life = asked.entry(key).or_insert(Asked {
            key,
            owner: None,
            follows: false,
        });
        life.owner = receipt.owner.or(life.owner);
        life.follows |= receipt.plan == PlanOf::Agreed;
    }
    let mut asked: Vec<Asked> = asked.into_values().collect();
    asked.sort_unstable_by_key(|life| life.key);
    asked
}

/// Adds missing lives, and stores the owners of lives that had none; returns the numbers of both.
async fn add(conn: &mut PgConnection, new: &[&Asked]) -> Result<Vec<i32>> {
    let accounts: Vec<Key> = new.iter().map(|it| it.key.account).collect();
    let slots: Vec<i64> = new.iter().map(|it| it.key.slot).collect();
    let kinds: Vec<Option<&str>> = new.iter().map(|it| Some(it.owner?.kind)).collect();
    let parents: Vec<Option<Key>> = new.iter().map(|it| it.owner?.parent).collect();
    let wallets: Vec<Option<Key>> = new.iter().map(|it| it.owner?.wallet).collect();
    let mints: Vec<Option<Key>> = new.iter().map(|it| it.owner?.mint).collect();
    // A life whose parent is added here waits for it, whatever earlier lives the parent's address
    // had.
    let added: HashSet<Key> = accounts.iter().copied().collect();
    let is_known = |parent: &Key| !added.contains(parent);
    let known: Vec<Option<Key>> = parents.iter().map(|it| it.filter(is_known)).collect();
    Ok(sqlx::query_scalar!(
        "insert into life (address, life, kind, parent, wallet, mint, org_id)
         select given.address, given.life, given.kind, given.parent, given.wallet,
                coalesce(given.mint, above.mint), above.org_id
         from unnest($1::pubkey[], $2::bigint[], $3::text[], $4::pubkey[], $5::pubkey[], $6::pubkey[],
                     $7::pubkey[])
             given (address, life, kind, parent, wallet, mint, known_parent)
         left join lateral (
             select id, kind from life
             where address = given.address and life = given.life limit 1
         ) known on true
         left join lateral (
             select org_id, mint from life
             where address = given.known_parent order by life desc limit 1
         ) above on true
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
        &known as _,
    )
    .fetch_all(conn)
    .await?)
}

/// The standings of those lives that are stored.
async fn standings(
    conn: &mut PgConnection,
    asked: Vec<&Asked>,
) -> Result<HashMap<LifeKey, Standing>> {
    let accounts: Vec<Key> = asked.iter().map(|it| it.key.account).collect();
    let slots: Vec<i64> = asked.iter().map(|it| it.key.slot).collect();
    let follows: Vec<bool> = asked.iter().map(|it| it.follows).collect();
    let rows = sqlx::query!(
        r#"select given.place as "place!", life.id, life.org_id, coalesce(last.seq, 0) as "seq!",
                  plan.address as "plan?: Key", agreed.body as "agreed?: Body"
           from unnest($1::pubkey[], $2::bigint[], $3::boolean[]) with ordinality
               given (address, life, follows, place)
           cross join lateral (
               select id, org_id from life
               where address = given.address and life = given.life limit 1
           ) life
           left join lateral (
               select seq, plan_id from receipt where life_id = life.id order by seq desc limit 1
           ) last on true
           left join life plan on plan.id = last.plan_id
           left join lateral (
               select body from receipt
               where given.follows and life_id = life.id and kind::text = 'PlanChanged'
               order by seq desc limit 1
           ) agreed on true"#,
        &accounts as _,
        &slots,
        &follows,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let asked = asked.get(usize::try_from(row.place - 1).ok()?)?;
            let standing = Standing {
                id: row.id,
                org_id: row.org_id,
                seq: row.seq,
                plan: row.plan,
                agreed: row.agreed.and_then(|body| body.address(0)),
            };
            Some((asked.key, standing))
        })
        .collect())
}

/// Finds the orgs of the added lives and of their children, and assigns the receipts already stored
/// to them. An org is its own parent; plans, campaigns and pools are resolved before their
/// children, and of a parent's lives the last one counts. Returns the lives whose receipts have to
/// be assigned to plans.
async fn adopt(conn: &mut PgConnection, mut adopted: Vec<i32>) -> Result<Vec<i32>> {
    let mut late = Vec::new();
    loop {
        let waiting = waiting(&mut *conn, &adopted).await?;
        if waiting.is_empty() {
            return Ok(late);
        }
        adopted = sqlx::query_scalar!(
            "update life set org_id = case when life.address = life.parent then life.id
                                           else parent.org_id end,
                             mint = coalesce(life.mint, parent.mint)
             from life parent
             where life.id = any($1) and life.parent = parent.address
               and (life.id = parent.id
                    or parent.org_id is not null
                       and not exists (select from life newer
                                       where newer.address = parent.address
                                         and newer.life > parent.life))
             returning life.id",
            &waiting,
        )
        .fetch_all(&mut *conn)
        .await?;
        if adopted.is_empty() {
            return Ok(late);
        }
        late.extend(put_under_org(&mut *conn, &adopted).await?);
    }
}

/// Those of these lives and of their children that have no org yet.
async fn waiting(conn: &mut PgConnection, lives: &[i32]) -> Result<Vec<i32>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id!" from life where id = any($1) and org_id is null
           union
           select child.id
           from life known
           -- Looked up one by one, however few the lives without an org are.
           cross join lateral (
               select id from life
               where parent = known.address and parent is not null and org_id is null offset 0
           ) child
           where known.id = any($1)"#,
        lives,
    )
    .fetch_all(conn)
    .await?)
}

/// Assigns the lives' receipts to their orgs, with new numbers, so that a reader who goes through
/// an org's receipts by number finds them. Returns those lives that have receipts under plans.
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

/// The lives at these addresses; the last one where there are several.
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
