//! What the mirror holds and the event log lacks. Only what is final on the chain is handed on, so
//! that nothing is built on what may vanish.

use crate::{
    Key, OrganisationId, Result, U64,
    mirror::{receipt::Body, subscription::SubscriptionRow},
    work,
};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A receipt of an organisation's Org, with its wallet, plan and mint.
#[derive(Debug, Clone)]
pub struct ChainEvent {
    /// Its number in the mirror.
    pub arrival: i64,
    /// First signature of the transaction, which names it.
    pub signature: [u8; 64],
    /// Index of the transaction's instruction.
    pub outer_ix: i16,
    /// Number of the inner call, 0 for the instruction itself.
    pub inner_ix: i16,
    /// The network's clock, Unix seconds.
    pub at: i64,
    /// The event's name in the IDL.
    pub kind: String,
    /// The account that it is a receipt of.
    pub account: Key,
    /// The account's life: the slot in which it was created.
    pub life: i64,
    /// Which of the receipts of that life, from 1.
    pub seq: i64,
    /// The event after its discriminator and its receipt.
    pub body: Vec<u8>,
    /// The wallet whose account it is a receipt of.
    pub wallet: Key,
    /// The plan of a subscription or an invoice from this receipt on.
    pub plan: Option<Key>,
    /// The mint that is paid in.
    pub mint: Option<Key>,
    /// Decimals of the mint.
    pub decimals: Option<i16>,
}

/// A subscription whose payment was due longer ago than its grace allows.
#[derive(Debug, Clone)]
pub struct Overdue {
    /// Address of the subscription.
    pub subscription: Key,
    /// The plan that the payment is due under.
    pub plan: Key,
    /// The subscriber's wallet.
    pub wallet: Key,
    /// The mint that is paid in.
    pub mint: Key,
    /// Decimals of the mint.
    pub decimals: i16,
    /// When the payment was due, Unix seconds.
    pub next_due: i64,
    /// When the grace ended, Unix seconds.
    pub grace_ended: i64,
    /// What was due, in the mint's smallest unit.
    pub price: U64,
}

/// Where a subscription stands among those whose grace ends: by the moment and then by its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GraceEnd {
    /// When the grace ends, Unix seconds.
    pub at: i64,
    /// Address of the subscription.
    pub subscription: Key,
}

impl GraceEnd {
    /// Behind all that end at a moment.
    pub fn behind(at: i64) -> Self {
        Self {
            at,
            subscription: Key([u8::MAX; 32]),
        }
    }
}

impl Overdue {
    /// Where it stands.
    pub fn grace_end(&self) -> GraceEnd {
        GraceEnd {
            at: self.grace_ended,
            subscription: self.subscription,
        }
    }
}

/// Receipts of `org` that concern a wallet, with numbers after `after` and up to `through`, at
/// most `limit`, by number. All receipts between the two numbers are read.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn receipts(
    conn: &mut PgConnection,
    org: Key,
    after: i64,
    through: i64,
    limit: i64,
) -> Result<Vec<ChainEvent>> {
    Ok(sqlx::query_as!(
        ChainEvent,
        r#"select receipt.arrival, receipt.signature as "signature: [u8; 64]", receipt.outer_ix,
                  receipt.inner_ix, receipt.at, receipt.kind::text as "kind!",
                  life.address as "account: Key", life.life, receipt.seq,
                  receipt.body as "body: Body",
                  life.wallet as "wallet!: Key", plan.address as "plan?: Key", life.mint as "mint: Key",
                  (select decimals from plan of_mint where of_mint.mint = life.mint limit 1)
                      as decimals
           from receipt
           join life on life.id = receipt.life_id
           left join life plan on plan.id = receipt.plan_id
           -- What arrived since is little; all that an org ever had, which its index names, is not.
           where receipt.org_id + 0 = any(array(select id from life where address = $1))
             and receipt.arrival > $2 and receipt.arrival <= $3
             and life.kind in ('Member', 'Subscription', 'Ledger') and life.wallet is not null
           order by receipt.arrival limit $4"#,
        org as _,
        after,
        through,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The lowest number of the receipts of `org`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn first(conn: &mut PgConnection, org: Key) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!(
        "select min(arrival) from receipt
         where org_id = any(array(select id from life where address = $1))",
        org as _,
    )
    .fetch_one(conn)
    .await?)
}

/// How far the mirror is final.
#[derive(Debug, Clone, Copy)]
pub struct Tip {
    /// Names this filling of the mirror; numbers of another filling mean nothing in it.
    pub filling: Uuid,
    /// All receipts up to and including this number are final.
    pub arrival: i64,
    /// The network's clock at the last final slot, Unix seconds.
    pub at: i64,
}

/// How far the mirror is final; none before the indexer's first round.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn tip(conn: &mut PgConnection) -> Result<Option<Tip>> {
    Ok(sqlx::query_as!(
        Tip,
        r#"select filling, final_at as at,
                  coalesce((select min(arrival) - 1 from receipt where slot > final_slot), arrival)
                      as "arrival!"
           from cursor"#,
    )
    .fetch_optional(conn)
    .await?)
}

/// How far an organisation's event log is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// The organisation's Org.
    pub org: Key,
    /// The number up to which the event log has the receipts of the mirror's filling; 0 when it has
    /// those of another one.
    pub fed: i64,
    /// How far the mirror is final; none before the indexer's first round.
    pub tip: Option<Tip>,
}

/// How far the organisation's event log is. It may be farther at any moment.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn progress(conn: &mut PgConnection) -> Result<Progress> {
    let row = sqlx::query!(
        r#"select org as "org: Key", filling as "filling?", final_at as "final_at?",
                  coalesce((select min(arrival) - 1 from receipt where slot > final_slot), arrival)
                      as final_arrival,
                  case when chain_filling = filling then chain_arrival else 0 end as "fed!"
           from engine.organisation left join cursor on true
           where engine.organisation.id = engine.current_organisation()"#,
    )
    .fetch_one(conn)
    .await?;
    let tip = match (row.filling, row.final_at, row.final_arrival) {
        (Some(filling), Some(at), Some(arrival)) => Some(Tip {
            filling,
            arrival,
            at,
        }),
        _ => None,
    };
    Ok(Progress {
        org: row.org,
        fed: row.fed,
        tip,
    })
}

/// The network's clock, Unix seconds: that of the last completed round plus the time since; none
/// before the first round is complete.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn clock(conn: &mut PgConnection) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!(
        r#"select applied_at + extract(epoch from now() - applied_on)::bigint as "clock!"
           from cursor where applied_on is not null"#,
    )
    .fetch_optional(conn)
    .await?)
}

/// The time up to which missed payments are in the event log, Unix seconds; locked until the
/// transaction ends.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock_overdue(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        "select past_due_through from engine.organisation
         where id = engine.current_organisation() for no key update",
    )
    .fetch_one(conn)
    .await?)
}

/// Records the time up to which missed payments are in the event log, Unix seconds.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn set_overdue(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    through: i64,
) -> Result<()> {
    sqlx::query!(
        "update engine.organisation set past_due_through = $2 where id = $1",
        organisation.0,
        through,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The number up to which the event log has the receipts of `filling`; 0 when it has those of
/// another filling. Locked until the transaction ends.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock_arrival(conn: &mut PgConnection, filling: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select case when chain_filling = $1 then chain_arrival else 0 end as "arrival!"
           from engine.organisation
           where id = engine.current_organisation() for no key update"#,
        filling,
    )
    .fetch_one(conn)
    .await?)
}

/// Records the number up to which the event log has the receipts of `filling`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn set_arrival(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    filling: Uuid,
    arrival: i64,
) -> Result<()> {
    sqlx::query!(
        "update engine.organisation set chain_arrival = $3, chain_filling = $2 where id = $1",
        organisation.0,
        filling,
        arrival,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Live subscriptions of `org` whose grace ended after `after` and until `until`, Unix seconds, by the
/// chain's final state; at most `limit`, by the end of the grace. A subscription misses no payment
/// when none was agreed, or when the org has to state its usage first. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn overdue(
    conn: &mut PgConnection,
    org: Key,
    after: GraceEnd,
    until: i64,
    limit: i64,
) -> Result<Vec<Overdue>> {
    Ok(sqlx::query_as!(
        Overdue,
        r#"select missed.address as "subscription!: Key", missed.plan as "plan!: Key",
                  missed.wallet as "wallet!: Key", missed.mint as "mint!: Key",
                  missed.decimals as "decimals!", missed.next_due as "next_due!",
                  missed.grace_ended as "grace_ended!", missed.price as "price!: U64"
           from plan of_org
           -- Plan by plan, which is how the index has the ends.
           cross join lateral (
               select subscription.address, plan.address as plan, subscription.wallet, plan.mint,
                      plan.decimals, subscription.next_due,
                      subscription.next_due + subscription.grace_secs as grace_ended,
                      case when subscription.pending_plan is null then subscription.price
                           else subscription.pending_price end as price
               from subscription
               join plan on plan.address = coalesce(subscription.pending_plan, subscription.plan)
               where subscription.plan = of_org.address
                 and subscription.state in (1, 2, 3) and not subscription.closed
                 and (subscription.periods_paid <= subscription.approved_periods
                      or subscription.pending_plan is not null)
                 and subscription.consents & 2 = 0
                 and subscription.next_due < plan.ends_at
                 and subscription.next_due + subscription.grace_secs >= $2
                 and subscription.next_due + subscription.grace_secs <= $4
                 and (subscription.next_due + subscription.grace_secs > $2
                      or subscription.address > $3)
               order by subscription.next_due + subscription.grace_secs, subscription.address
               limit $5
           ) missed
           where of_org.org = $1
           order by missed.grace_ended, missed.address limit $5"#,
        org as _,
        after.at,
        after.subscription as _,
        until,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The earliest end of a grace after `after`, Unix seconds, among the subscriptions of `org`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn next_overdue(conn: &mut PgConnection, org: Key, after: i64) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!(
        "select min(next.at) from plan of_org
         cross join lateral (
             select next_due + grace_secs as at from subscription
             where plan = of_org.address and state in (1, 2, 3) and not closed
               and next_due + grace_secs > $2
             order by next_due + grace_secs limit 1
         ) next
         where of_org.org = $1",
        org as _,
        after,
    )
    .fetch_one(conn)
    .await?)
}

/// Whether `org` has final receipts that are numbered after one that is not final: they are fed
/// once it is.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn is_behind(conn: &mut PgConnection, org: Key) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (
               select from receipt
               where receipt.arrival > (select min(waits.arrival) from receipt waits
                                        where waits.slot > (select final_slot from cursor))
                 and receipt.slot <= (select final_slot from cursor)
                 and receipt.org_id + 0 = any(array(select id from life where address = $1))
           ) as "behind!""#,
        org as _,
    )
    .fetch_one(conn)
    .await?)
}

/// Most receipts whose orgs are looked up; with as many or more, the feed of every organisation is
/// scheduled.
const LOOKED_AT: i64 = 10_000;

/// Schedules the feed of organisations that have receipts in the final slots from `first` through
/// `last`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn announce(conn: &mut PgConnection, first: i64, last: i64) -> Result<()> {
    let announced = sqlx::query!(
        "with found as materialized (
             select org_id from receipt, cursor
             where receipt.slot >= $1 and receipt.slot <= least($2, cursor.final_slot) limit $3
         )
         insert into engine.work as stored (kind, key, organisation, due_at)
         select $4, organisation.id::text, organisation.id, now()
         from engine.organisation
         where (select count(*) from found) = $3
            or organisation.org in (select address from life where id in (select org_id from found))
         order by organisation.id
         on conflict (kind, key) do update
         set due_at = least(stored.due_at, excluded.due_at), version = stored.version + 1",
        first,
        last,
        LOOKED_AT,
        work::CHAIN_FEED,
    )
    .execute(&mut *conn)
    .await?;
    if announced.rows_affected() > 0 {
        work::wake(conn).await?;
    }
    Ok(())
}

/// Schedules a check of these subscriptions' payments for when their grace ends.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn announce_payments(conn: &mut PgConnection, rows: &[SubscriptionRow]) -> Result<()> {
    let mut first: BTreeMap<Key, i64> = BTreeMap::new();
    for row in rows
        .iter()
        .filter(|row| (1..=3).contains(&row.state) && !row.closed)
    {
        let ends = row.next_due.saturating_add(row.grace_secs);
        let known = first.entry(row.plan).or_insert(ends);
        *known = ends.min(*known);
    }
    if first.is_empty() {
        return Ok(());
    }
    let (plans, ends): (Vec<Key>, Vec<i64>) = first.into_iter().unzip();
    sqlx::query!(
        "insert into engine.work as stored (kind, key, organisation, network_due_at)
         select $3, organisation.id::text, organisation.id, min(payment.ends)
         from unnest($1::pubkey[], $2::bigint[]) payment (plan, ends)
         join plan on plan.address = payment.plan
         join engine.organisation on organisation.org = plan.org
         group by organisation.id order by organisation.id
         on conflict (kind, key) do update
         set network_due_at = least(stored.network_due_at, excluded.network_due_at),
             version = stored.version + 1
         -- What is due may be under way, and have read the subscriptions before.
         where stored.due_at is not null or stored.network_due_at is null
            or stored.network_due_at > excluded.network_due_at",
        &plans as _,
        &ends,
        work::PAST_DUE,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Schedules a check of all payments, of every organisation.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn announce_all(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "insert into engine.work as stored (kind, key, organisation, due_at)
         select kind, organisation.id::text, organisation.id, now()
         from engine.organisation cross join unnest($1::text[]) kind
         order by organisation.id, kind
         on conflict (kind, key) do update
         set due_at = least(stored.due_at, excluded.due_at), version = stored.version + 1",
        &[work::CHAIN_FEED, work::PAST_DUE] as _,
    )
    .execute(&mut *conn)
    .await?;
    work::wake(conn).await
}
