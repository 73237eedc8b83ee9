//! Counts behind the indicators, each as `tessera_domain::kpi` defines it. Every count of a part is
//! made in the same statement as its whole. People are counted after all merges.

use crate::Result;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use tessera_domain::time::Timestamp;

/// A whole and the part of it that got there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Those that could have.
    pub whole: i64,
    /// Those that did.
    pub part: i64,
}

/// Emails and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Emails {
    /// First delivered in the period, and not bounced.
    pub delivered: i64,
    /// Of them, those that a person opened.
    pub opened: i64,
    /// Of them, those with a link that a person followed.
    pub clicked: i64,
}

/// People whose first event lies in the period, and those of them whose first payment does.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn conversion(
    conn: &mut PgConnection,
    from: Timestamp,
    until: Timestamp,
) -> Result<Share> {
    // One probe of an index a person, instead of a reading of every event. A first payment cannot
    // lie before the first event.
    Ok(sqlx::query_as!(
        Share,
        r#"with seen as (
               select canonical from engine.person
               cross join lateral (
                   select at from engine.event
                   where event.organisation = person.organisation and event.person = person.id
                   order by at limit 1) first
               where person.organisation = engine.current_organisation()
               group by canonical having min(at) >= $1 and min(at) < $2
           )
           select count(*) as "whole!", count(*) filter (where exists (
               select from engine.person
               join engine.event on event.organisation = person.organisation
                                and event.person = person.id
               where person.organisation = engine.current_organisation()
                 and person.canonical = seen.canonical
                 and name in ('subscribed', 'charged') and properties ->> 'amount' <> '0'
                 and at < $2)) as "part!"
           from seen"#,
        DateTime::<Utc>::from(from),
        DateTime::<Utc>::from(until),
    )
    .fetch_one(conn)
    .await?)
}

/// Emails of the period. A machine's doing is marked by the property `machine`, whatever its value,
/// as it is for scores.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn emails(conn: &mut PgConnection, from: Timestamp, until: Timestamp) -> Result<Emails> {
    Ok(sqlx::query_as!(
        Emails,
        r#"with message as (
               select min(at) filter (where name = 'email_delivered') as delivered_at,
                      bool_or(name = 'email_bounced') as bounced,
                      bool_or(name = 'email_opened' and not by_machine) as opened,
                      bool_or(name = 'email_clicked' and not by_machine) as clicked
               from (select canonical, name, at, properties ->> 'email_id' as email_id,
                            case when properties ->> 'email_id' is null
                                 then properties ->> 'campaign' end as campaign,
                            properties ->> 'machine' is not null as by_machine
                     from engine.event join engine.person on person.id = event.person
                     where event.organisation = engine.current_organisation()
                       and name in ('email_delivered', 'email_bounced', 'email_opened',
                                    'email_clicked')) email
               where email_id is not null or campaign is not null
               group by canonical, email_id, campaign
           )
           select count(*) as "delivered!", count(*) filter (where opened) as "opened!",
                  count(*) filter (where clicked) as "clicked!"
           from message where delivered_at >= $1 and delivered_at < $2 and not bounced"#,
        DateTime::<Utc>::from(from),
        DateTime::<Utc>::from(until),
    )
    .fetch_one(conn)
    .await?)
}

/// Deals whose first demo was held in the period, and those of them that are won.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn demos(conn: &mut PgConnection, from: Timestamp, until: Timestamp) -> Result<Share> {
    Ok(sqlx::query_as!(
        Share,
        r#"with held as (
               select deal from engine.stage_transition
               where organisation = engine.current_organisation() and to_stage = 'demo_held'
               group by deal having min(at) >= $1 and min(at) < $2
           )
           select count(*) as "whole!", count(*) filter (where stage = 'won') as "part!"
           from held join engine.deal on deal.id = held.deal"#,
        DateTime::<Utc>::from(from),
        DateTime::<Utc>::from(until),
    )
    .fetch_one(conn)
    .await?)
}

/// People first referred in the period, and those of them whose first payment lies in it, not
/// before the referral. The chain knows whole seconds: who registers and pays at once does so in
/// this order at one time.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn referrals(
    conn: &mut PgConnection,
    from: Timestamp,
    until: Timestamp,
) -> Result<Share> {
    Ok(sqlx::query_as!(
        Share,
        r#"with referred as (
               select canonical, min(at) as at
               from engine.event join engine.person on person.id = event.person
               where event.organisation = engine.current_organisation()
                 and (name = 'referral_clicked'
                      or name = 'registered' and properties ->> 'referred' = 'true')
               group by canonical having min(at) >= $1 and min(at) < $2
           ), paid as (
               select canonical, min(at) as at
               from engine.event join engine.person on person.id = event.person
               where event.organisation = engine.current_organisation()
                 and name in ('subscribed', 'charged') and properties ->> 'amount' <> '0'
               group by canonical
           )
           select count(*) as "whole!",
                  count(*) filter (where paid.at >= referred.at and paid.at < $2) as "part!"
           from referred left join paid using (canonical)"#,
        DateTime::<Utc>::from(from),
        DateTime::<Utc>::from(until),
    )
    .fetch_one(conn)
    .await?)
}

/// Spend on the days that begin in the period, by currency.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn spend(
    conn: &mut PgConnection,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<(String, Decimal)>> {
    let rows = sqlx::query!(
        r#"select currency, sum(amount) as "amount!" from engine.spend
           where organisation = engine.current_organisation()
             and day::timestamp at time zone 'UTC' >= $1
             and day::timestamp at time zone 'UTC' < $2
           group by currency order by currency"#,
        DateTime::<Utc>::from(from),
        DateTime::<Utc>::from(until),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.currency, row.amount))
        .collect())
}
