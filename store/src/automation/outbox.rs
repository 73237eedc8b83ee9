//! The outbox: messages that are due are claimed, tried, and settled.
//!
//! A claim is committed before anything is sent, so that one whose holder vanished is known to be uncertain;
//! who settles an attempt names it, so that nobody settles another's.

use crate::Result;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, types::Json};
use tessera_domain::automation::template::Arms;
use uuid::Uuid;

/// A message that may be due.
#[derive(Debug, Clone)]
pub struct DueRow {
    /// Its id.
    pub id: Uuid,
    /// The person it is to.
    pub person: Uuid,
    /// Name of the template.
    pub template: String,
    /// The template's version.
    pub version: i32,
    /// The run of a journey that sends it.
    pub run: Option<Uuid>,
    /// The arms that it is written with, by the keys of their experiments.
    pub arms: Json<Arms>,
    /// Properties of the event that caused it.
    pub context: Value,
    /// The template's priority.
    pub priority: i16,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was first due.
    pub first_due_at: DateTime<Utc>,
}

/// A message that is claimed.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The message.
    pub id: Uuid,
    /// Names the attempt.
    pub attempt: Uuid,
    /// Digest of the address.
    pub address: [u8; 32],
    /// Digest of the address's domain.
    pub domain: [u8; 32],
}

/// What came of an attempt, or of a look at a message that is due.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// The message.
    pub id: Uuid,
    /// The attempt; none where it was not tried.
    pub attempt: Option<Uuid>,
    /// The status that it comes to.
    pub status: &'static str,
    /// Why.
    pub reason: Option<&'static str>,
    /// The answer of the mail server.
    pub response: Option<String>,
    /// When it is due again, if it is.
    pub due_at: Option<DateTime<Utc>>,
    /// When it was taken.
    pub sent_at: Option<DateTime<Utc>>,
    /// Digest of the domain that it waits for.
    pub domain: Option<[u8; 32]>,
}

/// Messages that are due, by priority and then by how long, locked; `with_mail` says whether mail can be sent.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn due(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    with_mail: bool,
    limit: i64,
) -> Result<Vec<DueRow>> {
    Ok(sqlx::query_as!(
        DueRow,
        r#"select due.id as "id!", due.person as "person!", due.template as "template!",
                  due.version as "version!", due.run, due.arms as "arms!: Json<Arms>",
                  due.context as "context!", due.priority as "priority!",
                  due.attempts as "attempts!",
                  due.first_due_at as "first_due_at!"
           from generate_series(9, 0, -1) wanted (priority)
           cross join lateral (
               select id, person, template, version, run, arms, context, outbound_message.priority, attempts,
                      first_due_at
               from engine.outbound_message
               where organisation = engine.current_organisation() and status = 'intended'
                 and outbound_message.priority = wanted.priority::smallint
                 and due_at <= $1 and (channel <> 'mail' or $2)
               order by due_at, id limit $3 for no key update skip locked
           ) due
           limit $3"#,
        now,
        with_mail,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Claims messages from `now` until `until`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn claim(
    conn: &mut PgConnection,
    claims: &[Claim],
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<()> {
    let ids: Vec<Uuid> = claims.iter().map(|it| it.id).collect();
    let attempts: Vec<Uuid> = claims.iter().map(|it| it.attempt).collect();
    let addresses: Vec<&[u8]> = claims.iter().map(|it| it.address.as_slice()).collect();
    let domains: Vec<&[u8]> = claims.iter().map(|it| it.domain.as_slice()).collect();
    sqlx::query!(
        "update engine.outbound_message
         set status = 'sending', reason = null, attempt = claim.attempt, attempts = attempts + 1,
             address = claim.address, domain = claim.domain, claimed_at = $5, lease_until = $6
         from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[]) claim (id, attempt, address, domain)
         where outbound_message.organisation = engine.current_organisation()
           and outbound_message.id = claim.id and status = 'intended'",
        &ids,
        &attempts,
        &addresses as _,
        &domains as _,
        now,
        until,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Settles messages: those that were tried, if the attempt is still theirs, and those that were only looked
/// at. Returns those that were settled.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn settle(conn: &mut PgConnection, settled: &[Settled]) -> Result<Vec<Uuid>> {
    if settled.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = settled.iter().map(|it| it.id).collect();
    let attempts: Vec<Option<Uuid>> = settled.iter().map(|it| it.attempt).collect();
    let statuses: Vec<&str> = settled.iter().map(|it| it.status).collect();
    let reasons: Vec<Option<&str>> = settled.iter().map(|it| it.reason).collect();
    let responses: Vec<Option<&str>> = settled.iter().map(|it| it.response.as_deref()).collect();
    let due_at: Vec<Option<DateTime<Utc>>> = settled.iter().map(|it| it.due_at).collect();
    let sent_at: Vec<Option<DateTime<Utc>>> = settled.iter().map(|it| it.sent_at).collect();
    let domains: Vec<Option<&[u8]>> = settled
        .iter()
        .map(|it| it.domain.as_ref().map(<[u8; 32]>::as_slice))
        .collect();
    Ok(sqlx::query_scalar!(
        r#"update engine.outbound_message
           set status = done.status, reason = done.reason, attempt = null, lease_until = null,
               response = coalesce(done.response, outbound_message.response),
               due_at = coalesce(done.due_at, outbound_message.due_at),
               sent_at = coalesce(done.sent_at, outbound_message.sent_at),
               domain = coalesce(done.domain, outbound_message.domain)
           from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                       $7::timestamptz[], $8::bytea[])
                    done (id, attempt, status, reason, response, due_at, sent_at, domain)
           where outbound_message.organisation = engine.current_organisation()
             and outbound_message.id = done.id
             and outbound_message.status = case when done.attempt is null then 'intended' else 'sending' end
             and outbound_message.attempt is not distinct from done.attempt
           returning outbound_message.id as "id!""#,
        &ids,
        &attempts as _,
        &statuses as _,
        &reasons as _,
        &responses as _,
        &due_at as _,
        &sent_at as _,
        &domains as _,
    )
    .fetch_all(conn)
    .await?)
}

/// Messages whose claim ran out at `now` become uncertain: the worker that had it may have sent them.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn expire(conn: &mut PgConnection, now: DateTime<Utc>, reason: &str) -> Result<u64> {
    let expired = sqlx::query!(
        "update engine.outbound_message
         set status = 'uncertain', reason = $2, attempt = null, lease_until = null
         where organisation = engine.current_organisation() and status = 'sending' and lease_until <= $1",
        now,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(expired.rows_affected())
}

/// Intends uncertain messages again whose template wants that, unless they were tried `most` times.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn resend_uncertain(
    conn: &mut PgConnection,
    due_at: DateTime<Utc>,
    most: i32,
) -> Result<u64> {
    let resent = sqlx::query!(
        "update engine.outbound_message set status = 'intended', reason = 'uncertain', due_at = $1
         where organisation = engine.current_organisation() and status = 'uncertain'
           and on_uncertain = 'resend' and attempts < $2",
        due_at,
        most,
    )
    .execute(conn)
    .await?;
    Ok(resent.rows_affected())
}

/// When there is next something to do: a message becomes due, or a claim runs out.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn next(conn: &mut PgConnection, with_mail: bool) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select least(
             (select min(due.due_at)
              from generate_series(0, 9) wanted (priority)
              cross join lateral (
                  select due_at from engine.outbound_message
                  where organisation = engine.current_organisation() and status = 'intended'
                    and outbound_message.priority = wanted.priority::smallint
                    and (channel <> 'mail' or $1)
                  order by due_at limit 1) due),
             (select min(lease_until) from engine.outbound_message
              where organisation = engine.current_organisation() and status = 'sending'))",
        with_mail,
    )
    .fetch_one(conn)
    .await?)
}

/// How many marketing messages a canonical person was sent, or may have been, after each of these moments.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn counts(
    conn: &mut PgConnection,
    canonical: Uuid,
    after: &[DateTime<Utc>],
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        r#"select count(message.id) as "count!"
           from unnest($2::timestamptz[]) with ordinality wanted (after, place)
           left join (
               select message.id, coalesce(message.sent_at, message.due_at) as at
               from engine.person member
               join engine.outbound_message message on message.person = member.id
               where member.canonical = $1 and message.purpose = 'marketing'
                 and (message.sent_at is not null or message.status in ('sending', 'uncertain'))
           ) message on message.at > wanted.after
           group by place order by place"#,
        canonical,
        after,
    )
    .fetch_all(conn)
    .await?)
}

/// How many mails were taken since a moment.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn mails_since(conn: &mut PgConnection, at: DateTime<Utc>) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from engine.outbound_message
           where organisation = engine.current_organisation() and channel = 'mail' and sent_at >= $1"#,
        at,
    )
    .fetch_one(conn)
    .await?)
}

/// How many mails to a domain were claimed after `since`, counted to `most`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn claimed_to(
    conn: &mut PgConnection,
    domain: &[u8],
    since: DateTime<Utc>,
    most: u32,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from (select from engine.outbound_message
                 where organisation = engine.current_organisation() and domain = $1 and claimed_at > $2
                 limit $3) claimed"#,
        domain,
        since,
        i64::from(most),
    )
    .fetch_one(conn)
    .await?)
}

/// When the mail to a domain was claimed before which `later` others were claimed later, if it was after `since`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn claim_before(
    conn: &mut PgConnection,
    domain: &[u8],
    since: DateTime<Utc>,
    later: u32,
) -> Result<Option<DateTime<Utc>>> {
    let found = sqlx::query_scalar!(
        "select claimed_at from engine.outbound_message
         where organisation = engine.current_organisation() and domain = $1 and claimed_at > $2
         order by claimed_at desc offset $3 limit 1",
        domain,
        since,
        i64::from(later),
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.flatten())
}

/// When the last of the mails to a domain is due that wait for its rate, of those with this priority or a
/// higher one.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn last_waiting(
    conn: &mut PgConnection,
    domain: &[u8],
    priority: i16,
) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select max(due_at) from engine.outbound_message
         where organisation = engine.current_organisation() and domain = $1 and priority >= $2
           and status = 'intended' and reason = 'domain_rate'",
        domain,
        priority,
    )
    .fetch_one(conn)
    .await?)
}
