//! Sums over people and events: of a day, and of a span of days that only ranges have which contain it.

use crate::{OrganisationId, Result};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use tessera_domain::projection::Measured;

/// Rows of a sum: each writer adds to one of them, drawn at random.
pub const SHARDS: i16 = 8;
/// Rows of the sum of a span of days.
const SPAN_SHARDS: i16 = 2;

/// Sums of several projections, by the projection's number.
pub type AllSums = BTreeMap<(i32, Measured), i64>;

/// Adds to sums, in the same order in all transactions. Others that drew the same shard wait for
/// these rows until the transaction ends, so this comes last.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn add(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    shard: i16,
    sums: &AllSums,
) -> Result<()> {
    let (spans, days): (Vec<_>, Vec<_>) = sums
        .iter()
        .filter(|(_, amount)| **amount != 0)
        .partition(|((_, measured), _)| measured.through_day.is_some());
    add_to_days(conn, organisation, shard.rem_euclid(SHARDS), &days).await?;
    add_to_spans(conn, organisation, shard.rem_euclid(SPAN_SHARDS), &spans).await
}

/// An amount of a projection's sum.
type Part<'a> = (&'a (i32, Measured), &'a i64);

async fn add_to_days(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    shard: i16,
    parts: &[Part<'_>],
) -> Result<()> {
    if parts.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(parts);
    sqlx::query!(
        "insert into engine.projection_sum as stored
             (organisation, shard, projection, day, label, measure, amount)
         select $1, $2, new.*
         from unnest($3::int[], $4::int[], $5::text[], $6::int[], $7::bigint[])
              new (projection, day, label, measure, amount)
         order by projection, day, label, measure
         on conflict (projection, day, label, measure, shard) do update
         set amount = stored.amount + excluded.amount",
        organisation.0,
        shard,
        &columns.projections,
        &columns.days,
        &columns.labels as _,
        &columns.measures,
        &columns.amounts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn add_to_spans(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    shard: i16,
    parts: &[Part<'_>],
) -> Result<()> {
    if parts.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(parts);
    let through: Vec<_> = parts.iter().map(|((_, it), _)| it.through_day).collect();
    sqlx::query!(
        "insert into engine.projection_span_sum as stored
             (organisation, shard, projection, day, through_day, label, measure, amount)
         select $1, $2, new.*
         from unnest($3::int[], $4::int[], $5::int[], $6::text[], $7::int[], $8::bigint[])
              new (projection, day, through_day, label, measure, amount)
         order by projection, day, through_day, label, measure
         on conflict (projection, day, through_day, label, measure, shard) do update
         set amount = stored.amount + excluded.amount",
        organisation.0,
        shard,
        &columns.projections,
        &columns.days,
        &through as _,
        &columns.labels as _,
        &columns.measures,
        &columns.amounts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Amounts of sums, column by column.
struct Columns<'a> {
    projections: Vec<i32>,
    days: Vec<i32>,
    labels: Vec<&'a str>,
    measures: Vec<i32>,
    amounts: Vec<i64>,
}

impl<'a> Columns<'a> {
    fn of(parts: &[Part<'a>]) -> Self {
        Self {
            projections: parts.iter().map(|((id, _), _)| *id).collect(),
            days: parts.iter().map(|((_, it), _)| it.day).collect(),
            labels: parts.iter().map(|((_, it), _)| it.label.as_str()).collect(),
            measures: parts.iter().map(|((_, it), _)| it.measure).collect(),
            amounts: parts.iter().map(|(_, amount)| **amount).collect(),
        }
    }
}

/// All sums of a projection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn sums(conn: &mut PgConnection, id: i32) -> Result<BTreeMap<Measured, i64>> {
    let rows = sqlx::query!(
        r#"select day as "day!", through_day, label as "label!", measure as "measure!",
                  sum(amount)::bigint as "amount!"
           from (select day, null::int as through_day, label, measure, amount
                 from engine.projection_sum where projection = $1
                 union all
                 select day, through_day, label, measure, amount
                 from engine.projection_span_sum where projection = $1) stored
           group by day, through_day, label, measure having sum(amount) <> 0"#,
        id,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let measured = Measured {
                day: row.day,
                through_day: row.through_day,
                label: row.label,
                measure: row.measure,
            };
            (measured, row.amount)
        })
        .collect())
}
