//! How many came by each node of a journey, and why runs ended. Sums that move with the runs.

use crate::{OrganisationId, Result};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// What is counted of a node: those who came to it.
pub const ARRIVED: &str = "arrived";
/// What is counted of a node: those who have gone on, or ended there.
pub const LEFT: &str = "left";

/// The key of a sum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowKey {
    /// The journey's name.
    pub journey: String,
    /// Its version.
    pub version: i32,
    /// [`ARRIVED`], [`LEFT`], or the reason of an end.
    pub what: &'static str,
    /// The node; empty for the reason of an end.
    pub node: String,
}

/// A sum.
#[derive(Debug, Clone)]
pub struct FlowRow {
    /// As in [`FlowKey`].
    pub what: String,
    /// As in [`FlowKey`].
    pub node: String,
    /// How many.
    pub runs: i64,
}

/// Adds to sums.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn add(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    more: &BTreeMap<FlowKey, i64>,
) -> Result<()> {
    if more.is_empty() {
        return Ok(());
    }
    let journeys: Vec<&str> = more.keys().map(|it| it.journey.as_str()).collect();
    let versions: Vec<i32> = more.keys().map(|it| it.version).collect();
    let whats: Vec<&str> = more.keys().map(|it| it.what).collect();
    let nodes: Vec<&str> = more.keys().map(|it| it.node.as_str()).collect();
    let runs: Vec<i64> = more.values().copied().collect();
    sqlx::query!(
        "insert into engine.journey_flow as known (organisation, journey, version, what, node, runs)
         select $1, given.* from unnest($2::text[], $3::integer[], $4::text[], $5::text[], $6::bigint[]) given
         on conflict on constraint journey_flow_pkey do update set runs = known.runs + excluded.runs",
        organisation.0,
        &journeys as _,
        &versions,
        &whats as _,
        &nodes as _,
        &runs,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The sums of a version.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of(conn: &mut PgConnection, journey: &str, version: i32) -> Result<Vec<FlowRow>> {
    Ok(sqlx::query_as!(
        FlowRow,
        "select what, node, runs from engine.journey_flow
         where organisation = engine.current_organisation() and journey = $1 and version = $2
         order by what, node",
        journey,
        version,
    )
    .fetch_all(conn)
    .await?)
}
