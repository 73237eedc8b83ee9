//! What a journey changes, from the runs that were drawn and from what arrived of their people.
//!
//! Law: all of it is read of one moment, and nothing of it is kept but the result of the job, which names nobody: so
//! merges, erasures and late events need no correction.

mod report;

use crate::{
    Engine, Error, Result,
    automation::journeys,
    clock::now,
    job::{self, JobRequest},
};
use chrono::NaiveTime;
use report::JourneyUplift;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use tessera_domain::{
    automation::{
        journey::{Holdout, Journey},
        retention::uplift::{Counted, DrawnRun, Outcome, Question, heeded},
    },
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    automation::{
        journey::JourneyRow,
        journey_draw::{self, DrawnRow},
    },
    capture::{event, event_log},
    tenant,
};
use uuid::Uuid;

/// People whose events are read together.
const PAGE: usize = 500;

/// What is looked for in people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Looked {
    /// The journey's goal.
    Goal,
    /// A payment that was kept.
    Charged,
}

/// What is asked of a journey.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The version; none for the one that people enter, else the newest.
    pub version: Option<i32>,
    /// What is looked for; none for the goal, or a payment where the journey has no goal.
    pub outcome: Option<Looked>,
    /// Days from a person's entry.
    pub window_days: u16,
}

/// The job that measures what a journey changes: what was not said is of the journey as it is now.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn wanted(conn: &mut PgConnection, name: &str, wanted: Wanted) -> Result<JobRequest> {
    let row = journeys::get(conn, name, wanted.version).await?;
    let usual = match row.journey.goal {
        Some(_) => Looked::Goal,
        None => Looked::Charged,
    };
    Ok(JobRequest::Uplift {
        journey: row.name,
        version: row.version,
        outcome: wanted.outcome.unwrap_or(usual),
        window_days: wanted.window_days,
    })
}

/// Refuses a version of which nothing can be said.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`], [`Error::Conflict`] when nobody is held out of it, [`Error::Store`].
pub(crate) async fn unless_unknown(
    conn: &mut PgConnection,
    (name, version): (&str, i32),
    looked: Looked,
) -> Result<()> {
    let row = journeys::get(conn, name, Some(version)).await?;
    held_out(&row)?;
    outcome(&row.journey, looked)?;
    Ok(())
}

/// Measures what a version of a journey changes, up to now.
///
/// # Errors
/// As [`unless_unknown`].
pub(crate) async fn compute(
    engine: &Engine,
    organisation: OrganisationId,
    (name, version): (&str, i32),
    (looked, window_days): (Looked, u16),
) -> Result<job::Outcome> {
    let now = now();
    let mut reader = tenant::snapshot(&engine.pool, organisation).await?;
    let row = journeys::get(&mut reader, name, Some(version)).await?;
    let holdout = held_out(&row)?;
    let question = Question {
        outcome: outcome(&row.journey, looked)?,
        window_days,
        now,
        known_from: known_from(&mut reader, now).await?,
    };
    question.validate()?;
    let runs = journey_draw::of_version(&mut reader, organisation, name, version).await?;
    let counted = count(&mut reader, &question, &by_person(&runs)).await?;
    let uplift = JourneyUplift::of((version, holdout), (looked, window_days), &counted);
    Ok(job::Outcome::Answer(json!(uplift)))
}

/// Who is held out of a version.
fn held_out(row: &JourneyRow) -> Result<Holdout> {
    row.journey.holdout.ok_or_else(|| {
        let version = row.version;
        Error::Conflict(format!(
            "version {version} of the journey holds nobody out, so there is nobody to compare with"
        ))
    })
}

fn outcome(journey: &Journey, looked: Looked) -> Result<Outcome<'_>> {
    match looked {
        Looked::Charged => Ok(Outcome::Charged),
        Looked::Goal => match &journey.goal {
            Some(goal) => Ok(Outcome::Goal(goal)),
            None => Err(Error::refused(
                "outcome",
                "must not be goal, since the journey has none",
            )),
        },
    }
}

/// The runs of each person, which come together.
fn by_person(runs: &[DrawnRow]) -> Vec<(Uuid, Vec<DrawnRun>)> {
    let of_one = runs.chunk_by(|one, next| one.person == next.person);
    let people = of_one.filter_map(|runs| {
        let person = runs.first()?.person;
        let drawn = runs.iter().map(|run| DrawnRun {
            entered_at: run.entered_at.into(),
            is_held_out: run.is_held_out,
        });
        Some((person, drawn.collect()))
    });
    people.collect()
}

/// The beginning of the first month that the event log has.
async fn known_from(conn: &mut PgConnection, now: Timestamp) -> Result<Option<Timestamp>> {
    let months = event_log::months_before(conn, now.into()).await?;
    let first = months.first().map(|month| month.and_time(NaiveTime::MIN));
    Ok(first.map(|midnight| midnight.and_utc().into()))
}

async fn count(
    conn: &mut PgConnection,
    question: &Question<'_>,
    people: &[(Uuid, Vec<DrawnRun>)],
) -> Result<Counted> {
    let names = heeded(question.outcome);
    let mut counted = Counted::default();
    for page in people.chunks(PAGE) {
        let ids: Vec<Uuid> = page.iter().map(|(person, _)| *person).collect();
        let entries = page.iter().flat_map(|(_, runs)| runs);
        let first = entries.map(|it| it.entered_at).min().unwrap_or_default();
        let arrived: HashMap<_, _> = event::arrived(conn, &ids, &names, first.into()).await?;
        for (person, runs) in page {
            let of_person = arrived.get(person).map_or(&[][..], Vec::as_slice);
            counted.add(question, runs, of_person);
        }
    }
    Ok(counted)
}
