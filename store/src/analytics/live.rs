//! Live counters of a dashboard: sums that cost the same however many events there are.

use crate::{Result, projection};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// Live counters of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counters {
    /// Events of a UTC day by name.
    pub events: BTreeMap<String, i64>,
    /// Subscriptions in trial, active or due.
    pub active_subscriptions: i64,
    /// Deals that are neither won nor lost.
    pub open_deals: i64,
    /// Deals won on that day.
    pub won_deals: i64,
}

/// The counters of `day`, days since 1970 in UTC.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn read(conn: &mut PgConnection, day: i32) -> Result<Counters> {
    let events = sqlx::query!(
        r#"select label as name, sum(amount)::bigint as "events!" from engine.projection_sum
           where projection = (
                   select id from engine.projection
                   where organisation = engine.current_organisation() and kind = $2)
             and day = $1
           group by label order by label"#,
        day,
        projection::EVENTS,
    )
    .fetch_all(&mut *conn)
    .await?;
    let sums = sqlx::query!(
        r#"select
               coalesce((select active_subscriptions
                         from org_sum join engine.organisation using (org)
                         where organisation.id = engine.current_organisation()), 0) as "active!",
               (select count(*) from engine.deal
                where organisation = engine.current_organisation() and closed_at is null
                  and removed_at is null) as "open!",
               (select count(*) from engine.deal
                where organisation = engine.current_organisation() and stage = 'won'
                  and removed_at is null and closed_at >= to_timestamp($1::bigint * 86400)
                  and closed_at < to_timestamp(($1::bigint + 1) * 86400)) as "won!""#,
        i64::from(day),
    )
    .fetch_one(conn)
    .await?;
    Ok(Counters {
        events: events
            .into_iter()
            .map(|row| (row.name, row.events))
            .collect(),
        active_subscriptions: sums.active,
        open_deals: sums.open,
        won_deals: sums.won,
    })
}
