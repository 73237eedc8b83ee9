//! Moments of metrics: sums and products of people's values, wider than 64 bits.

use super::SHARDS;
use crate::{OrganisationId, Result, StoreError};
use sqlx::PgConnection;
use std::fmt::Write;
use tessera_domain::{
    experiments::moments::Moments,
    projection::{AllMoments, Measured},
};

/// Adds to moments of several projections, in the same order in all transactions. Others that drew the
/// same shard wait for these rows until the transaction ends, so this comes last.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn add_moments(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    shard: i16,
    all: &AllMoments<(i32, Measured)>,
) -> Result<()> {
    let all: Vec<_> = all.iter().filter(|(_, it)| !it.is_empty()).collect();
    if all.is_empty() {
        return Ok(());
    }
    let projections: Vec<i32> = all.iter().map(|((id, _), _)| *id).collect();
    let days: Vec<i32> = all.iter().map(|((_, it), _)| it.day).collect();
    let labels: Vec<&str> = all.iter().map(|((_, it), _)| it.label.as_str()).collect();
    let measures: Vec<i32> = all.iter().map(|((_, it), _)| it.measure).collect();
    let people: Vec<i64> = all.iter().map(|(_, it)| it.people).collect();
    let amounts: Vec<String> = all.iter().map(|(_, it)| array(it)).collect();
    sqlx::query!(
        "insert into engine.projection_moment as stored
             (organisation, shard, projection, day, label, measure, people, amounts)
         select $1, $2, projection, day, label, measure, people, amounts::numeric[]
         from unnest($3::int[], $4::int[], $5::text[], $6::int[], $7::bigint[], $8::text[])
              new (projection, day, label, measure, people, amounts)
         order by projection, day, label, measure
         on conflict (projection, day, label, measure, shard) do update
         set people = stored.people + excluded.people,
             amounts = array(
                 select coalesce(one, 0) + coalesce(other, 0)
                 from unnest(stored.amounts, excluded.amounts) with ordinality pair (one, other, place)
                 order by place)",
        organisation.0,
        shard.rem_euclid(SHARDS),
        &projections,
        &days,
        &labels as _,
        &measures,
        &people,
        &amounts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// All moments of a projection.
///
/// # Errors
/// [`StoreError::Database`], [`StoreError::Stored`] when a sum is wider than 128 bits.
pub async fn moments(conn: &mut PgConnection, id: i32) -> Result<AllMoments<Measured>> {
    let rows = sqlx::query!(
        r#"select day, label, measure, people, amounts::text[] as "amounts!"
           from engine.projection_moment where projection = $1"#,
        id,
    )
    .fetch_all(conn)
    .await?;
    let mut all = AllMoments::new();
    for row in rows {
        let amounts: serde_json::Result<Vec<i128>> = row
            .amounts
            .iter()
            .map(|it| serde_json::from_str(it))
            .collect();
        let amounts = amounts.map_err(|source| StoreError::Stored {
            what: "sum of a metric",
            source,
        })?;
        let measured = Measured {
            day: row.day,
            through_day: None,
            label: row.label,
            measure: row.measure,
        };
        let moments = all.entry(measured).or_insert_with(Moments::default);
        moments.add(&Moments::from_amounts(row.people, &amounts), 1);
    }
    all.retain(|_, moments| !moments.is_empty());
    Ok(all)
}

/// Moments as the literal of an array, without the zeros at its end.
fn array(moments: &Moments) -> String {
    let amounts = moments.amounts();
    let wanted = amounts
        .iter()
        .rposition(|it| *it != 0)
        .map_or(1, |last| last + 1);
    let mut text = String::from("{");
    for (place, amount) in amounts.iter().take(wanted).enumerate() {
        let comma = if place == 0 { "" } else { "," };
        // A text takes everything.
        let _ = write!(text, "{comma}{amount}");
    }
    text.push('}');
    text
}
