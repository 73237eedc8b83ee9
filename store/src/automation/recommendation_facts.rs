//! What recommendations are learned from and asked about: what people took, their groups, and the plans that
//! are sold.

use crate::{Key, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use tessera_domain::automation::recommendation::{MAX_ITEM_CHARS, Named, Taking};
use uuid::Uuid;

/// What happened since a moment to people who are not erased, as far as it names an item, the latest first;
/// at most `limit`. What pages may have sent is there only of people for whom the organisation or the chain
/// vouches: visitors are made up in any number.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn takings(
    conn: &mut PgConnection,
    reads: &[Named<'_>],
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Taking>> {
    let (events, properties) = split(reads);
    let of_chain: Vec<bool> = reads.iter().map(|it| it.is_of_chain()).collect();
    let rows = sqlx::query_as!(
        TakingRow,
        r#"select source.index as "read!", member.canonical as person, event.at,
                  event.properties ->> source.property as "item!",
                  event.properties ->> 'account' as account
           from unnest($1::text[], $2::text[], $6::bool[]) with ordinality
                    source (event, property, of_chain, index)
           join engine.event
             on event.organisation = engine.current_organisation() and event.name = source.event
           join engine.person member on member.id = event.person
           where event.at >= $3
             and char_length(event.properties ->> source.property) between 1 and $4
             and jsonb_typeof(event.properties -> source.property) in ('string', 'number')
             and engine.is_by_a_person(event.properties)
             -- An erased person is known by nothing.
             and exists (
                 select from engine.person held join engine.identifier on identifier.person = held.id
                 where held.canonical = member.canonical
                   and (source.of_chain or identifier.vouched))
           order by event.at desc limit $5"#,
        &events as _,
        &properties as _,
        since,
        most_chars(),
        limit,
        &of_chain,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The same of one canonical person, a visitor too.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn takings_of(
    conn: &mut PgConnection,
    canonical: Uuid,
    reads: &[Named<'_>],
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Taking>> {
    let (events, properties) = split(reads);
    let rows = sqlx::query_as!(
        TakingRow,
        r#"select source.index as "read!", member.canonical as person, event.at,
                  event.properties ->> source.property as "item!",
                  event.properties ->> 'account' as account
           from engine.person member
           join engine.event
             on event.organisation = engine.current_organisation() and event.person = member.id
           join unnest($2::text[], $3::text[]) with ordinality source (event, property, index)
             on source.event = event.name
           where member.canonical = $1 and event.at >= $4
             and char_length(event.properties ->> source.property) between 1 and $5
             and jsonb_typeof(event.properties -> source.property) in ('string', 'number')
             and engine.is_by_a_person(event.properties)
             and exists (
                 select from engine.person held join engine.identifier on identifier.person = held.id
                 where held.canonical = $1)
           order by event.at desc limit $6"#,
        canonical,
        &events as _,
        &properties as _,
        since,
        most_chars(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

struct TakingRow {
    read: i64,
    person: Uuid,
    at: DateTime<Utc>,
    item: String,
    account: Option<String>,
}

impl From<TakingRow> for Taking {
    fn from(row: TakingRow) -> Self {
        Self {
            // The database counts from 1.
            read: usize::try_from(row.read - 1).unwrap_or(usize::MAX),
            person: row.person,
            at: row.at.into(),
            item: row.item,
            account: row.account,
        }
    }
}

fn split<'a>(reads: &[Named<'a>]) -> (Vec<&'a str>, Vec<&'a str>) {
    reads.iter().map(|it| (it.event, it.property)).unzip()
}

fn most_chars() -> i32 {
    i32::try_from(MAX_ITEM_CHARS).unwrap_or(i32::MAX)
}

/// The group that a public trait names, of those of these canonical people who have one.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn groups(
    conn: &mut PgConnection,
    people: &[Uuid],
    name: &str,
) -> Result<BTreeMap<Uuid, String>> {
    let rows = sqlx::query!(
        r#"select id, traits ->> $2 as "group!" from engine.person
           where id = any($1) and char_length(traits ->> $2) between 1 and 200"#,
        people,
        name,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.group)).collect())
}

/// A plan that is sold.
#[derive(Debug, Clone)]
pub struct SoldPlan {
    /// Its address.
    pub address: Key,
    /// Its number in the org.
    pub number: String,
    /// The mint.
    pub mint: Key,
    /// The period: seconds, or months where there are none.
    pub period: String,
}

/// The plans of an org that are sold at a moment of the network's clock, Unix seconds; the oldest `limit`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn sold_plans(
    conn: &mut PgConnection,
    org: Key,
    at: i64,
    limit: i64,
) -> Result<Vec<SoldPlan>> {
    Ok(sqlx::query_as!(
        SoldPlan,
        r#"select address as "address: Key", id::text as "number!", mint as "mint: Key",
                  case when period_months > 0 then period_months::text || ' months'
                       else period_secs::text || ' seconds' end as "period!"
           from plan
           where org = $1 and not closed and ends_at > $2 and sunset_at > $2
           order by created_at, address limit $3"#,
        org as _,
        at,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
