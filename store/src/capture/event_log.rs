//! The event log's months, and the events that are older than what is kept.

use crate::{OrganisationId, Result, Transaction};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Begins a transaction whose statements take the time that they need: one that goes through a
/// month and is given up would be given up again and again.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn begin(pool: &PgPool) -> Result<Transaction> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("select set_config('statement_timeout', '0', true)")
        .fetch_one(&mut *transaction)
        .await?;
    Ok(transaction)
}

/// Makes parts of the log for this month and `ahead` more, by the database's clock; whether they
/// are all there. In a transaction of [`begin`].
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn open_months(conn: &mut PgConnection, ahead: i32) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select bool_and(engine.open_event_month(month::date)) as "open!"
           from generate_series(
               date_trunc('month', now() at time zone 'UTC'),
               date_trunc('month', now() at time zone 'UTC') + make_interval(months => $1),
               interval '1 month') month"#,
        ahead,
    )
    .fetch_one(conn)
    .await?)
}

/// The months before `horizon` that have a part, or had one in the log. In a transaction of
/// [`begin`].
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn months_before(
    conn: &mut PgConnection,
    horizon: DateTime<Utc>,
) -> Result<Vec<NaiveDate>> {
    Ok(sqlx::query_scalar!(
        r#"select month as "month!"
           from pg_class
           cross join lateral (select to_date(substr(relname, 7), 'YYYY_MM')) named (month)
           where relnamespace = 'engine'::regnamespace and relkind = 'r'
             and relname ~ '^event_[0-9]{4}_[0-9]{2}$'
             and month < ($1::timestamptz at time zone 'UTC')::date
           order by month"#,
        horizon,
    )
    .fetch_all(conn)
    .await?)
}

/// Whether no event of a month is left in the log. In a transaction of [`begin`].
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn is_over(conn: &mut PgConnection, month: NaiveDate) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select not exists (
               select from engine.event
               where at >= ($1::date)::timestamp at time zone 'UTC'
                 and at < ($1::date + interval '1 month') at time zone 'UTC') as "over!""#,
        month,
    )
    .fetch_one(conn)
    .await?)
}

/// Takes a month out of the log; false when readers hold the log for too long. In a transaction of
/// [`begin`].
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn detach_month(conn: &mut PgConnection, month: NaiveDate) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select engine.detach_event_month($1) as "detached!""#,
        month,
    )
    .fetch_one(conn)
    .await?)
}

/// Drops a month that is out of the log; what came at the last moment is back in it. In a
/// transaction of [`begin`].
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn drop_month(conn: &mut PgConnection, month: NaiveDate) -> Result<()> {
    sqlx::query!("select engine.drop_event_month($1)", month)
        .execute(conn)
        .await?;
    Ok(())
}

/// The first organisation from `from` on that has events before `horizon`. In a transaction of
/// [`begin`].
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn organisation_with_events_before(
    conn: &mut PgConnection,
    horizon: DateTime<Utc>,
    from: i32,
) -> Result<Option<OrganisationId>> {
    Ok(sqlx::query_scalar!(
        r#"select organisation as "organisation: OrganisationId" from engine.event
           where at < $1 and organisation >= $2 order by organisation limit 1"#,
        horizon,
        from,
    )
    .fetch_optional(conn)
    .await?)
}

/// People to whom the first `limit` events before `horizon` of people after `after` happened, each
/// with the canonical person, by id.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn people_before(
    conn: &mut PgConnection,
    horizon: DateTime<Utc>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Uuid)>> {
    let rows = sqlx::query!(
        "select found.id, found.canonical
         from (select distinct person
               from (select person from engine.event
                     where organisation = engine.current_organisation() and at < $1 and person > $2
                     order by person limit $3) old) wanted
         cross join lateral (
             select id, canonical from engine.person where person.id = wanted.person limit 1
         ) found
         order by found.id",
        horizon,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.canonical))
        .collect())
}

/// Deletes the events before `horizon` of these canonical people and of everybody merged into them;
/// returns how many.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn delete_before(
    conn: &mut PgConnection,
    horizon: DateTime<Utc>,
    canonical: &[Uuid],
) -> Result<u64> {
    let deleted = sqlx::query!(
        "delete from engine.event using engine.person
         where canonical = any($2)
           and event.organisation = person.organisation and event.person = person.id
           and event.at < $1",
        horizon,
        canonical,
    )
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected())
}
