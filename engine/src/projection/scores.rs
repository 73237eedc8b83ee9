//! How events move scores.

use super::Touched;
use crate::Result;
use std::collections::HashMap;
use tessera_domain::{
    event::Event,
    leads::scoring::{ScoreState, ScoringModel, score as score_at},
};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    leads::score::{self, ScoreRow},
};
use uuid::Uuid;

/// Scores of those who are touched, under one model.
pub(super) async fn advance(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    version: i32,
    model: &ScoringModel,
    touched: &Touched,
    anew: &HashMap<Uuid, Vec<Event>>,
) -> Result<()> {
    let added: Vec<Uuid> = touched
        .events
        .keys()
        .filter(|person| !anew.contains_key(person))
        .copied()
        .collect();
    let stored = score::of(conn, version, &added).await?;
    let mut rows = Vec::with_capacity(anew.len() + added.len());
    let mut unscored = Vec::new();
    for (person, events) in anew {
        match scored(model, *person, ScoreState::default(), events)? {
            Some(row) => rows.push(row),
            None => unscored.push(*person),
        }
    }
    for person in added {
        let events = touched.events.get(&person).map_or(&[][..], Vec::as_slice);
        let state = stored
            .get(&person)
            .map(|row| read(&row.state))
            .transpose()?;
        rows.extend(scored(model, person, state.unwrap_or_default(), events)?);
    }
    // Whoever nothing is left of to be scored has no score under this model. Other models may not be
    // among those that are applied, and keep theirs.
    score::remove_under(conn, version, &unscored).await?;
    rows.sort_unstable_by_key(|row| row.person);
    Ok(score::upsert(conn, organisation, version, &rows).await?)
}

/// The score that `events` lead to; none when they change nothing. It is told as of the last event
/// that counts, so that it does not depend on which others came.
fn scored(
    model: &ScoringModel,
    person: Uuid,
    mut state: ScoreState,
    events: &[Event],
) -> Result<Option<ScoreRow>> {
    let mut changed = false;
    for event in events {
        changed |= state.apply(model, event);
    }
    let Some(at) = state.holds_from().filter(|_| changed) else {
        return Ok(None);
    };
    Ok(Some(ScoreRow {
        person,
        points_milli: score_at(model, &state, at).total.0,
        state: serde_json::to_vec(&state).map_err(unwritable)?,
        scored_at: at.into(),
    }))
}

fn read(bytes: &[u8]) -> Result<ScoreState> {
    Ok(serde_json::from_slice(bytes).map_err(unwritable)?)
}

fn unwritable(source: serde_json::Error) -> StoreError {
    StoreError::Stored {
        what: "score",
        source,
    }
}
