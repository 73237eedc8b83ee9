//! What the mirror holds that the stream does not have yet.

use super::OrganisationId;
use crate::{Key, Result, U64};
use sqlx::PgConnection;

/// A receipt of an organisation's Org, with what is known around it.
#[derive(Debug, Clone)]
pub struct ChainEvent {
    /// Its number in the mirror.
    pub position: i64,
    /// The transaction.
    pub signature: [u8; 64],
    /// Index of the transaction's instruction.
    pub outer_ix: i32,
    /// Number of the inner call, 0 for the instruction itself.
    pub inner_ix: i32,
    /// The network's clock, Unix seconds.
    pub at: i64,
    /// The event as carried.
    pub raw: Vec<u8>,
    /// The wallet whose account it is a receipt of.
    pub wallet: Key,
    /// The plan, when it is a subscription's receipt.
    pub plan: Option<Key>,
    /// The mint that is paid in.
    pub mint: Option<Key>,
    /// Its decimals.
    pub decimals: Option<i16>,
}

/// A subscription whose payment was due longer ago than its grace allows.
#[derive(Debug, Clone)]
pub struct Overdue {
    /// The subscription.
    pub subscription: Key,
    /// The plan that the payment is due under.
    pub plan: Key,
    /// Whose it is.
    pub wallet: Key,
    /// The mint that is paid in.
    pub mint: Key,
    /// Its decimals.
    pub decimals: i16,
    /// When the payment was due, Unix seconds.
    pub next_due: i64,
    /// When the grace ended, Unix seconds.
    pub grace_ended: i64,
    /// What was due, in the mint's smallest unit.
    pub price: U64,
}

/// Receipts about wallets of `org` after `position`, in chain order. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn receipts(
    conn: &mut PgConnection,
    org: Key,
    position: i64,
    limit: i64,
) -> Result<Vec<ChainEvent>> {
    Ok(sqlx::query_as!(
        ChainEvent,
        r#"select event.position, event.signature as "signature: [u8; 64]", event.outer_ix,
                  event.inner_ix, event.at, event.raw,
                  coalesce(member.wallet, subscription.wallet, ledger.wallet) as "wallet!: Key",
                  subscription.plan as "plan?: Key",
                  coalesce(plan.mint, ledger.mint) as "mint?: Key", plan.decimals as "decimals?"
           from event
           left join member on member.address = event.account
           left join subscription on subscription.address = event.account
           left join plan on plan.address = subscription.plan
           left join ledger on ledger.address = event.account
           where event.position > $2
             and coalesce(member.org, plan.org, ledger.org) = $1
           order by event.position limit $3"#,
        org as _,
        position,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Where the mirror stands.
#[derive(Debug, Clone, Copy)]
pub struct Tip {
    /// Its last event.
    pub position: i64,
    /// The network's clock, Unix seconds.
    pub at: i64,
    /// Whether everything up to that clock is mirrored; not while a round goes on.
    pub caught_up: bool,
}

/// Where the mirror stands; none before the indexer's first round.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn tip(conn: &mut PgConnection) -> Result<Option<Tip>> {
    Ok(sqlx::query_as!(
        Tip,
        r#"select event_position as position, tip_at as at,
                  caught_up and account_slot >= tip_slot as "caught_up!"
           from cursor"#,
    )
    .fetch_optional(conn)
    .await?)
}

/// What the network's clock shows, Unix seconds: as of the indexer's last look, and the time since;
/// none before the indexer's first round.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn clock(conn: &mut PgConnection) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!(
        r#"select tip_at + extract(epoch from now() - updated_at)::bigint as "clock!"
           from cursor where tip_at > 0"#,
    )
    .fetch_optional(conn)
    .await?)
}

/// Up to when missed payments are in the stream, Unix seconds; locked until the transaction ends.
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

/// Notes up to when missed payments are in the stream, Unix seconds.
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

/// Up to which position the stream has the mirror's events; locked until the transaction ends.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock_position(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        "select chain_position from engine.organisation
         where id = engine.current_organisation() for no key update",
    )
    .fetch_one(conn)
    .await?)
}

/// Notes up to which position the stream has the mirror's events.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn set_position(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    position: i64,
) -> Result<()> {
    sqlx::query!(
        "update engine.organisation set chain_position = $2 where id = $1",
        organisation.0,
        position,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Live subscriptions of `org` whose grace ended in `(after, until]`, Unix seconds; those of which no
/// further payment was agreed miss none, nor do those whose usage the org has to state. For a plain
/// connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn overdue(
    conn: &mut PgConnection,
    org: Key,
    after: i64,
    until: i64,
) -> Result<Vec<Overdue>> {
    Ok(sqlx::query_as!(
        Overdue,
        r#"select subscription.address as "subscription: Key", plan.address as "plan: Key",
                  subscription.wallet as "wallet: Key", plan.mint as "mint: Key", plan.decimals,
                  subscription.next_due,
                  (subscription.next_due + subscription.grace_secs) as "grace_ended!",
                  case when subscription.pending_plan is null then subscription.price
                       else subscription.pending_price end as "price!: U64"
           from subscription
           join plan on plan.address = coalesce(subscription.pending_plan, subscription.plan)
           where plan.org = $1 and subscription.state in (1, 2, 3) and not subscription.closed
             and (subscription.periods_paid <= subscription.approved_periods
                  or subscription.pending_plan is not null)
             and subscription.consents & 2 = 0
             and subscription.next_due < plan.ends_at
             and subscription.next_due + subscription.grace_secs > $2
             and subscription.next_due + subscription.grace_secs <= $3
           order by subscription.next_due, subscription.address"#,
        org as _,
        after,
        until,
    )
    .fetch_all(conn)
    .await?)
}
