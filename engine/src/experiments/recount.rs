//! What a phase comes to by the event log, as the log and people were at a moment.
//!
//! Law: it is what was kept then. Two things take that away: erasing a person gives names in their
//! events another text, which matters to metrics that tell such names apart, and a log whose horizon has
//! moved on has forgotten what came before.

use crate::{Result, projection::Totals};
use tessera_domain::{
    event::Event,
    experiments::measurement::Measurement,
    people::MergeForest,
    projection::{BrokenState, Definition, News},
    time::Timestamp,
};
use tessera_store::{
    PgConnection, StoreError,
    analytics::{
        boundary::{self, Boundary},
        histories::Question,
    },
    people::merge,
};
use uuid::Uuid;

/// Counts everybody's events up to a boundary, for a moment.
pub(super) async fn recount(
    conn: &mut PgConnection,
    measurement: &Measurement,
    through: &Boundary,
    as_of: Timestamp,
) -> Result<Totals> {
    let question = Question {
        names: measurement.names(),
        from: Some(measurement.since()),
        until: measurement.ends_at,
    };
    let regrouped = regrouped(conn, through).await?;
    let definition = Definition::Experiment(measurement.clone());
    let mut totals = Totals::default();
    let mut broken: Option<BrokenState> = None;
    let mut each = |_, events: &[Event]| match definition.advance(None, News::Added(events), as_of)
    {
        Ok(Some(moved)) => totals.add(moved.sums, moved.moments),
        Ok(None) => {}
        Err(error) => broken = Some(error),
    };
    boundary::histories(conn, &question, through, &regrouped, &mut each).await?;
    match broken {
        Some(error) => Err(error.into()),
        None => Ok(totals.settled()),
    }
}

/// Who were other people at the boundary than they are now, and who they were.
async fn regrouped(conn: &mut PgConnection, through: &Boundary) -> Result<Vec<(Uuid, Uuid)>> {
    let at = through.merged_through;
    // What stood then and does not any more is among what has changed, so nobody else was one person with
    // any of them.
    let people = merge::moved_since(conn, at).await?;
    let stood = merge::stood(conn, &people, at).await?;
    let forest = MergeForest::new(stood).map_err(StoreError::Merges)?;
    let then = |person: Uuid| (person, forest.canonical(person));
    Ok(people.into_iter().map(then).collect())
}
