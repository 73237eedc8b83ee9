//! Work that happens later. It is written in the transaction that causes it. A worker leases it and
//! removes it in the transaction of its effects. So it is done at least once, and its effects in
//! the database exactly once: a worker whose lease ran out cannot finish what another one has taken
//! since.
//!
//! Work that is scheduled again is due at the earlier of the two moments. Workers sleep until
//! something is due; a notification wakes them.

use crate::{OrganisationId, Result};
use serde_json::Value;
use sqlx::{PgConnection, PgPool, postgres::PgListener};
use std::time::Duration;

/// The channel on which workers are notified that work is due.
const CHANNEL: &str = "tessera_work";

/// Kind of the work that feeds an organisation's event log from its receipts; its key is the
/// organisation's number. The mirror schedules it.
pub const CHAIN_FEED: &str = "chain_feed";
/// Kind of the work that looks for an organisation's missed payments; its key is the organisation's
/// number. The mirror schedules it.
pub const PAST_DUE: &str = "past_due";

/// When work is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// As soon as the transaction has committed.
    Now,
    /// After this time, by the database's clock.
    After(Duration),
    /// When the network's clock at the last final slot shows this, Unix seconds.
    OnNetwork(i64),
}

impl Due {
    /// Seconds from now by the database's clock, or the network's time.
    fn moments(self) -> (Option<f64>, Option<i64>) {
        match self {
            Self::Now => (Some(0.0), None),
            Self::After(time) => (Some(time.as_secs_f64()), None),
            Self::OnNetwork(at) => (None, Some(at)),
        }
    }
}

/// Work to be done later.
#[derive(Debug, Clone, Copy)]
pub struct NewWork<'a> {
    /// Selects the code that does it.
    pub kind: &'a str,
    /// Its subject; there is at most one piece of work for each kind and key.
    pub key: &'a str,
    /// The organisation that it is for; none for the installation.
    pub organisation: Option<OrganisationId>,
    /// The moment from which a worker may take it.
    pub due: Due,
}

/// Work that a worker has taken.
#[derive(Debug, Clone)]
pub struct Work {
    /// Its number.
    pub id: i64,
    /// Selects the code that does it.
    pub kind: String,
    /// Its subject, in the words of its kind.
    pub key: String,
    /// The organisation that it is for; none for the installation.
    pub organisation: Option<OrganisationId>,
    /// Its progress, in the form that its kind uses.
    pub payload: Value,
    /// How often it was taken since it last succeeded, this time included.
    pub attempts: i32,
    /// Which taking this is: higher than all before it, so that it names the worker.
    taking: i64,
    /// How often it was scheduled.
    pub version: i32,
    /// Seconds since it was due, or since the last lease ran out when it was taken before.
    pub waited_secs: f64,
}

/// Schedules work. Work that is due now wakes a worker when the transaction commits.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn schedule(conn: &mut PgConnection, work: NewWork<'_>) -> Result<()> {
    let (after_secs, network_due_at) = work.due.moments();
    sqlx::query!(
        "with scheduled as (
             insert into engine.work as stored (kind, key, organisation, due_at, network_due_at)
             values ($1, $2, $3, now() + make_interval(secs => $4), $5)
             on conflict (kind, key) do update
             set due_at = least(stored.due_at, excluded.due_at),
                 network_due_at = least(stored.network_due_at, excluded.network_due_at),
                 version = stored.version + 1
             returning id)
         select pg_notify($7, '') from scheduled where $6",
        work.kind,
        work.key,
        work.organisation.map(|it| it.0),
        after_secs,
        network_due_at,
        work.due == Due::Now,
        CHANNEL,
    )
    .fetch_optional(conn)
    .await?;
    Ok(())
}

/// Makes work due that waits for the network's clock to show `at`, Unix seconds, or an earlier
/// time.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn release(conn: &mut PgConnection, at: i64) -> Result<()> {
    let released = sqlx::query!(
        "update engine.work set due_at = now() where due_at is null and network_due_at <= $1",
        at,
    )
    .execute(&mut *conn)
    .await?;
    if released.rows_affected() > 0 {
        wake(conn).await?;
    }
    Ok(())
}

/// Wakes a worker when the transaction commits.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn wake(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("select pg_notify($1, '')", CHANNEL)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Takes due work of these kinds for as long as `lease`, longest due first. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn take(
    conn: &mut PgConnection,
    kinds: &[&str],
    limit: i64,
    lease: Duration,
) -> Result<Vec<Work>> {
    Ok(sqlx::query_as!(
        Work,
        r#"with due as (
               select id, greatest(due_at, lease_until) as ready_at from engine.work
               where due_at is not null and kind = any($1)
                 and greatest(due_at, lease_until) <= clock_timestamp()
               order by greatest(due_at, lease_until) limit $2 for update skip locked
           )
           update engine.work
           set attempts = attempts + 1, taking = taking + 1,
               lease_until = clock_timestamp() + make_interval(secs => $3)
           from due where work.id = due.id
           returning work.id, kind, key, organisation as "organisation: OrganisationId", payload,
                     attempts, taking, version,
                     extract(epoch from clock_timestamp() - due.ready_at)::float8 as "waited_secs!""#,
        kinds as _,
        limit,
        lease.as_secs_f64(),
    )
    .fetch_all(conn)
    .await?)
}

/// How long it is until work of these kinds is due; none when none is scheduled by the database's
/// clock. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn next_due(conn: &mut PgConnection, kinds: &[&str]) -> Result<Option<Duration>> {
    let secs = sqlx::query_scalar!(
        "select extract(epoch from min(greatest(due_at, lease_until)) - clock_timestamp())::float8
         from engine.work
         where due_at is not null and kind = any($1)",
        kinds as _,
    )
    .fetch_one(conn)
    .await?;
    Ok(secs.map(|secs| Duration::try_from_secs_f64(secs).unwrap_or_default()))
}

/// Whether work has been neither scheduled again nor taken by another worker since it was taken. That stays so
/// until the transaction ends: who schedules it waits, and finds it finished.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn is_unchanged(conn: &mut PgConnection, work: &Work) -> Result<bool> {
    let found = sqlx::query_scalar!(
        "select id from engine.work where id = $1 and taking = $2 and version = $3 for update",
        work.id,
        work.taking,
        work.version,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// Finishes work, in the transaction of its effects: removes it, or makes it due from its beginning
/// when it was scheduled in the meantime. False when another worker has taken it since: that worker
/// produces the effects, and this transaction must be rolled back.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn finish(conn: &mut PgConnection, work: &Work) -> Result<bool> {
    let gone = sqlx::query!(
        "delete from engine.work where id = $1 and taking = $2 and version = $3",
        work.id,
        work.taking,
        work.version,
    )
    .execute(&mut *conn)
    .await?;
    if gone.rows_affected() == 1 {
        return Ok(true);
    }
    let again = sqlx::query!(
        "update engine.work set lease_until = null, attempts = 0, problem = null, payload = '{}'
         where id = $1 and taking = $2",
        work.id,
        work.taking,
    )
    .execute(&mut *conn)
    .await?;
    wake(conn).await?;
    Ok(again.rows_affected() == 1)
}

/// Stores the work's progress, in the transaction of its effects, and when the work goes on. False
/// as with [`finish`].
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn go_on(
    conn: &mut PgConnection,
    work: &Work,
    payload: &Value,
    due: Due,
) -> Result<bool> {
    let (after_secs, network_due_at) = due.moments();
    // Work that was scheduled in the meantime stays due.
    let noted = sqlx::query!(
        "update engine.work
         set payload = $3, lease_until = null, attempts = 0, problem = null,
             due_at = case when version = $4 then now() + make_interval(secs => $5)
                           else coalesce(due_at, now()) end,
             network_due_at = $6
         where id = $1 and taking = $2",
        work.id,
        work.taking,
        payload,
        work.version,
        after_secs,
        network_due_at,
    )
    .execute(&mut *conn)
    .await?;
    if due == Due::Now {
        wake(conn).await?;
    }
    Ok(noted.rows_affected() == 1)
}

/// Stores the progress of work that goes on, in the transaction of its effects. False as with
/// [`finish`].
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn note(conn: &mut PgConnection, work: &Work, payload: &Value) -> Result<bool> {
    let noted = sqlx::query!(
        "update engine.work set payload = $3 where id = $1 and taking = $2",
        work.id,
        work.taking,
        payload,
    )
    .execute(conn)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Extends the lease to `lease` from now. False as with [`finish`].
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn keep(conn: &mut PgConnection, work: &Work, lease: Duration) -> Result<bool> {
    let kept = sqlx::query!(
        "update engine.work set lease_until = clock_timestamp() + make_interval(secs => $3)
         where id = $1 and taking = $2",
        work.id,
        work.taking,
        lease.as_secs_f64(),
    )
    .execute(conn)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// Stores why an attempt failed, and makes the next one due after `again`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn fail(
    conn: &mut PgConnection,
    work: &Work,
    problem: &str,
    again: Duration,
) -> Result<()> {
    sqlx::query!(
        "update engine.work
         set problem = $3, lease_until = clock_timestamp() + make_interval(secs => $4)
         where id = $1 and taking = $2",
        work.id,
        work.taking,
        problem,
        again.as_secs_f64(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives work back as if it had not been taken, for another worker to take.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn give_back(conn: &mut PgConnection, work: &Work) -> Result<()> {
    let given = sqlx::query!(
        "update engine.work set attempts = greatest(attempts - 1, 0), lease_until = null
         where id = $1 and taking = $2",
        work.id,
        work.taking,
    )
    .execute(&mut *conn)
    .await?;
    if given.rows_affected() > 0 {
        wake(conn).await?;
    }
    Ok(())
}

/// Listens for work that becomes due.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// Listens on a connection of its own, taken from `pool`.
    ///
    /// # Errors
    /// [`StoreError::Database`](crate::StoreError::Database).
    pub async fn new(pool: &PgPool) -> Result<Self> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// Waits for the next notification, and takes those that came with it. Also returns when the connection was lost, since
    /// notifications may have been lost with it.
    ///
    /// # Errors
    /// [`StoreError::Database`](crate::StoreError::Database) when it cannot connect again.
    pub async fn heard(&mut self) -> Result<()> {
        self.0.try_recv().await?;
        while self.0.next_buffered().is_some() {}
        Ok(())
    }
}
