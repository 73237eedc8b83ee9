//! Counts behind the indicators, each as `tessera_domain::analytics::kpi` defines it. A part and
//! its whole are counted in the same statement. People are counted after all merges.

mod money;

use crate::{Key, Result};
use chrono::{DateTime, Utc};
use money::money;
use sqlx::PgConnection;
use tessera_domain::{
    analytics::{
        kpi::{ByAgent, KpiInputs, SOFT_BOUNCES},
        recurring_revenue::Period,
    },
    time::Timestamp,
};

/// The period and the money that the indicators are computed for.
#[derive(Debug, Clone)]
pub struct Question {
    /// The period that is counted.
    pub period: Period,
    /// The month over which recurring revenue is compared.
    pub month: Option<Period>,
    /// The mint that is worth a US dollar; spend in `USD` counts as spend in it.
    pub usd_mint: Option<Key>,
    /// Names of events that are not their person's own acts.
    pub no_acts: Vec<String>,
}

/// The inputs of all indicators.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Kpi`](crate::StoreError::Kpi) when an amount is out of bounds.
pub async fn inputs(conn: &mut PgConnection, question: &Question) -> Result<KpiInputs> {
    let (from, until) = (question.period.from(), question.period.to());
    let converted = conversion(conn, from, until, &question.no_acts).await?;
    let emails = emails(conn, from, until).await?;
    let demos = demos(conn, from, until).await?;
    let referrals = referrals(conn, from, until).await?;
    let money = money(conn, question).await?;
    Ok(KpiInputs {
        people_first_seen: count(converted.whole),
        people_converted: count(converted.part),
        messages_delivered: count(emails.delivered),
        messages_opened: ByAgent {
            human: count(emails.opened_by_people),
            machine: count(emails.opened_by_machines),
            unknown: count(emails.opened_by_unknown),
        },
        messages_clicked: ByAgent {
            human: count(emails.clicked_by_people),
            machine: count(emails.clicked_by_machines),
            unknown: count(emails.clicked_by_unknown),
        },
        deals_with_demo: count(demos.whole),
        deals_won_after_demo: count(demos.part),
        people_referred: count(referrals.whole),
        referred_people_converted: count(referrals.part),
        currencies: money.currencies,
        spend_elsewhere: money.spend_elsewhere,
        dollars: money.dollars,
    })
}

/// A count of rows, which is never negative.
fn count(rows: i64) -> u64 {
    rows.unsigned_abs()
}

/// A whole, and the part of it that converted.
struct Share {
    whole: i64,
    part: i64,
}

/// Emails by outcome.
struct Emails {
    delivered: i64,
    opened_by_people: i64,
    opened_by_machines: i64,
    opened_by_unknown: i64,
    clicked_by_people: i64,
    clicked_by_machines: i64,
    clicked_by_unknown: i64,
}

/// People whose first act lies in the period, and those of them whose first payment does.
async fn conversion(
    conn: &mut PgConnection,
    from: Timestamp,
    until: Timestamp,
    no_acts: &[String],
) -> Result<Share> {
    // Read are the months of the period, and of their people what happened before, by the index of their
    // events. That somebody did nothing before does not mean that they were not charged before.
    Ok(sqlx::query_as!(
        Share,
        r#"with active as (
               select distinct canonical
               from engine.event join engine.person on person.id = event.person
               where event.organisation = engine.current_organisation() and at >= $1 and at < $2
                 and name <> all($3) and engine.is_by_a_person(properties)
           ), seen as (
               select canonical from active
               where not exists (
                   select from engine.person
                   cross join lateral (
                       select from engine.event
                       where event.organisation = engine.current_organisation()
                         and event.person = person.id and at < $1
                         and name <> all($3) and engine.is_by_a_person(properties)
                       limit 1) before
                   where person.canonical = active.canonical)
           )
           select count(*) as "whole!", count(*) filter (where (
               select min(at) from engine.person
               join engine.event on event.organisation = person.organisation
                                and event.person = person.id
               where person.canonical = seen.canonical
                 and name in ('subscribed', 'charged') and properties ->> 'amount' <> '0'
                 and at < $2) >= $1) as "part!"
           from seen"#,
        DateTime::<Utc>::from(from),
        DateTime::<Utc>::from(until),
        no_acts,
    )
    .fetch_one(conn)
    .await?)
}

/// Emails of the period. By the time of the events, and not of their arrival, the last bounce for good
/// takes back the deliveries before it; a temporary one takes back nothing.
async fn emails(conn: &mut PgConnection, from: Timestamp, until: Timestamp) -> Result<Emails> {
    Ok(sqlx::query_as!(
        Emails,
        r#"with message as (
               select min(at) filter (where name = 'email_delivered'
                                        and at > coalesce(bounced_at, '-infinity')) as delivered_at,
                      max(agent) filter (where name = 'email_opened') as opened,
                      max(agent) filter (where name = 'email_clicked') as clicked
               from (select *, max(at) filter (where name = 'email_bounced' and not soft)
                                   over (partition by canonical, email_id, campaign) as bounced_at
                     from (select canonical, name, at, properties ->> 'email_id' as email_id,
                                  case when properties ->> 'email_id' is null
                                       then properties ->> 'campaign' end as campaign,
                                  coalesce(regexp_replace(lower(properties ->> 'kind'), '[^a-z]', '', 'g')
                                           = any($3), false) as soft,
                                  -- A machine, an unknown agent, a person, in this order.
                                  case when properties -> 'machine' = 'true'
                                         or properties ->> 'agent' = 'machine' then 1
                                       when properties ->> 'agent' = 'unknown' then 2
                                       else 3 end as agent
                           from engine.event join engine.person on person.id = event.person
                           where event.organisation = engine.current_organisation()
                             and name in ('email_delivered', 'email_bounced', 'email_opened',
                                          'email_clicked')) email
                     where email_id is not null or campaign is not null) email
               group by canonical, email_id, campaign
           )
           select count(*) as "delivered!",
                  count(*) filter (where opened = 3) as "opened_by_people!",
                  count(*) filter (where opened = 1) as "opened_by_machines!",
                  count(*) filter (where opened = 2) as "opened_by_unknown!",
                  count(*) filter (where clicked = 3) as "clicked_by_people!",
                  count(*) filter (where clicked = 1) as "clicked_by_machines!",
                  count(*) filter (where clicked = 2) as "clicked_by_unknown!"
           from message where delivered_at >= $1 and delivered_at < $2"#,
        DateTime::<Utc>::from(from),
        DateTime::<Utc>::from(until),
        &SOFT_BOUNCES as _,
    )
    .fetch_one(conn)
    .await?)
}

/// Deals whose first demo was held in the period, and those of them that are won.
async fn demos(conn: &mut PgConnection, from: Timestamp, until: Timestamp) -> Result<Share> {
    Ok(sqlx::query_as!(
        Share,
        r#"with held as (
               select deal from engine.stage_transition
               where organisation = engine.current_organisation() and to_stage = 'demo_held'
                 and kind = 'moved'
               group by deal having min(at) >= $1 and min(at) < $2
           )
           select count(*) as "whole!", count(*) filter (where stage = 'won') as "part!"
           from held join engine.deal on deal.id = held.deal
           where removed_at is null"#,
        DateTime::<Utc>::from(from),
        DateTime::<Utc>::from(until),
    )
    .fetch_one(conn)
    .await?)
}

/// People first referred in the period, and those of them whose first payment lies in it, not
/// before the referral. The chain's clock has whole seconds, so a registration and a payment that
/// follows it immediately have the same time.
async fn referrals(conn: &mut PgConnection, from: Timestamp, until: Timestamp) -> Result<Share> {
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
