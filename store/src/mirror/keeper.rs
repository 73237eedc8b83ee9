//! The work of a keeper: due subscriptions, those that are postponed, and its lookup tables. Times
//! are the network's clock, Unix seconds.

use crate::{Key, Result};
use sqlx::PgConnection;

/// The first pause of a period, and the longest later one, seconds.
const FIRST_PAUSE: i64 = 60;
const LONGEST_PAUSE: i64 = 3_600;
/// Interval, counted from 1970, of the moments at which all subscriptions that wait for others are
/// tried together, seconds. A keeper goes through what is due once a minute, so all of them are due
/// again in the same walk; and a charge that is sure to succeed is only minutes late.
const TOGETHER: i64 = 300;

/// The subscriptions that a keeper works on, and its share of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Orgs that are served; all when empty.
    pub orgs: Vec<Key>,
    /// Mints that are served; all when empty.
    pub mints: Vec<Key>,
    /// Its part of [`Scope::shards`], from 0.
    pub shard: i32,
    /// How many keepers divide the work.
    pub shards: i32,
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            orgs: Vec::new(),
            mints: Vec::new(),
            shard: 0,
            shards: 1,
        }
    }
}

/// The position of a walk through due subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// When the last subscription seen became due.
    pub next_due: i64,
    /// The last subscription seen.
    pub address: Key,
}

/// A subscription that is due by the mirror, and the accounts to read before charging it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Address of the subscription.
    pub address: Key,
    /// When it became due, Unix seconds.
    pub next_due: i64,
    /// The plan that the next charge is made under.
    pub plan: Key,
    /// Address of the plan's org.
    pub org: Key,
    /// Address of the plan's mint.
    pub mint: Key,
    /// Program that owns the mint.
    pub token_program: Key,
    /// The token account that pays.
    pub payer_token: Key,
}

/// Subscriptions after `after` that are due at `now` and not postponed, longest due first.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn candidates(
    conn: &mut PgConnection,
    scope: &Scope,
    now: i64,
    after: Option<Mark>,
    limit: i64,
) -> Result<Vec<Candidate>> {
    let after = after.unwrap_or(Mark {
        next_due: i64::MIN,
        address: Key([0; 32]),
    });
    Ok(sqlx::query_as!(
        Candidate,
        // Part of an address serves as its hash: addresses are hashes.
        r#"select subscription.address as "address: Key", subscription.next_due,
                  plan.address as "plan: Key", plan.org as "org: Key", plan.mint as "mint: Key",
                  plan.token_program as "token_program: Key",
                  subscription.payer_token as "payer_token: Key"
           from subscription
           join plan on plan.address = coalesce(subscription.pending_plan, subscription.plan)
           where subscription.state in (1, 2, 3) and not subscription.closed
             and subscription.next_due <= $1
             and (subscription.next_due, subscription.address) > ($2, $3::bytea)
             and (cardinality($4::bytea[]) = 0 or plan.org = any($4::bytea[]))
             and (cardinality($5::bytea[]) = 0 or plan.mint = any($5::bytea[]))
             and (get_byte(subscription.address, 0) * 65536 + get_byte(subscription.address, 1) * 256
                  + get_byte(subscription.address, 2)) % $7 = $6
             and not exists (
                 select from keeper_postponed postponed
                 where postponed.subscription = subscription.address
                   and postponed.next_due = subscription.next_due and postponed.until > $1)
           order by subscription.next_due, subscription.address
           limit $8"#,
        now,
        after.next_due,
        after.address.as_ref(),
        &bytes(&scope.orgs) as &[Vec<u8>],
        &bytes(&scope.mints) as &[Vec<u8>],
        scope.shard,
        scope.shards.max(1),
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// A period that cannot be charged for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postponement {
    /// Address of the subscription.
    pub subscription: Key,
    /// The period, by when it is due.
    pub next_due: i64,
    /// When it must be tried in any case, because something else may be possible then.
    pub at_latest: i64,
    /// Whether it waits for others to charge with, and so is tried when they are.
    pub with_others: bool,
    /// The reason, for people.
    pub reason: String,
}

/// Postpones periods from `now` on, each for twice as long as the last time; those that wait for
/// others until the next moment that they share. At most one for each subscription.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn postpone(
    conn: &mut PgConnection,
    now: i64,
    postponements: &[Postponement],
) -> Result<()> {
    let keys: Vec<Key> = postponements.iter().map(|it| it.subscription).collect();
    let due: Vec<i64> = postponements.iter().map(|it| it.next_due).collect();
    let latest: Vec<i64> = postponements.iter().map(|it| it.at_latest).collect();
    let together: Vec<bool> = postponements.iter().map(|it| it.with_others).collect();
    let reasons: Vec<String> = postponements.iter().map(|it| it.reason.clone()).collect();
    sqlx::query!(
        "insert into keeper_postponed (subscription, next_due, until, pause, reason)
         select given.subscription, given.next_due,
                greatest($1::bigint + 1, least(given.at_latest,
                    case when given.together then ($1 / $8 + 1) * $8 else $1 + paused.pause end)),
                paused.pause, given.reason
         from unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::text[], $9::boolean[])
              as given (subscription, next_due, at_latest, reason, together)
         left join keeper_postponed earlier
              on earlier.subscription = given.subscription and earlier.next_due = given.next_due
         cross join lateral (
             select case when given.together then $8
                         else least(coalesce(earlier.pause * 2, $6), $7) end as pause) paused
         on conflict (subscription) do update
         set next_due = excluded.next_due, until = excluded.until, pause = excluded.pause,
             reason = excluded.reason",
        now,
        &bytes(&keys) as &[Vec<u8>],
        &due,
        &latest,
        &reasons,
        FIRST_PAUSE,
        LONGEST_PAUSE,
        TOGETHER,
        &together,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes postponements of periods that are over; returns how many.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn forget_settled(conn: &mut PgConnection) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from keeper_postponed postponed using subscription
         where subscription.address = postponed.subscription
           and (subscription.next_due > postponed.next_due
                or subscription.state not in (1, 2, 3) or subscription.closed)"
    )
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected())
}

/// A lookup table that a keeper created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Address of the table.
    pub address: Key,
    /// When it was last used.
    pub used_at: i64,
    /// The slot from which its address is derived. Once the network no longer remembers that slot,
    /// the table can no longer be created.
    pub made_slot: i64,
}

/// The tables of a keeper that are not closed yet.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn tables(conn: &mut PgConnection, keeper: Key) -> Result<Vec<Table>> {
    Ok(sqlx::query_as!(
        Table,
        r#"select address as "address: Key", used_at, made_slot
           from keeper_table where keeper = $1 order by address"#,
        keeper.as_ref(),
    )
    .fetch_all(conn)
    .await?)
}

/// Records a table before it is created, so that its rent is never lost track of.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn add_table(conn: &mut PgConnection, keeper: Key, table: &Table) -> Result<()> {
    sqlx::query!(
        "insert into keeper_table (address, keeper, used_at, made_slot) values ($1, $2, $3, $4)
         on conflict (address) do nothing",
        table.address.as_ref(),
        keeper.as_ref(),
        table.used_at,
        table.made_slot,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records that tables were used at `now`.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn use_tables(conn: &mut PgConnection, addresses: &[Key], now: i64) -> Result<()> {
    sqlx::query!(
        "update keeper_table set used_at = greatest(used_at, $2) where address = any($1::bytea[])",
        &bytes(addresses) as &[Vec<u8>],
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes a table that does not exist and can no longer be created.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn remove_table(conn: &mut PgConnection, address: Key) -> Result<()> {
    sqlx::query!(
        "delete from keeper_table where address = $1",
        address.as_ref()
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn bytes(keys: &[Key]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.0.to_vec()).collect()
}
