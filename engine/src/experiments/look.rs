//! The regular look at the experiments that run: assignments are tested, bandits weigh their next batch,
//! decisions are noted, and carried out where the team said so at launch. It signs reports, too: of what
//! runs every week and when the decision changes, and of what has ended.
//!
//! Law: an organisation in which no experiment runs costs nothing. A look that is repeated changes nothing:
//! weights are those of a batch, and a decision is noted when it is another one. What a look has found is of
//! one moment, and what it does about it is done alone, to the phase that was looked at or to none.

mod bandit;

use super::{
    designs::get,
    phases::{self, Done, Ending},
    reports,
    results::{self, Record},
};
use crate::{Engine, Error, Result, automation::webhooks::announce, caller::ENGINE, clock::now};
use bandit::Weights;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::time::Duration;
use tessera_domain::{
    automation::webhook::{EXPERIMENT_DECIDED, Occurred},
    experiments::{
        decision::{Action, Decision},
        results::{Reading, Results, new_readings},
    },
};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    experiments::{
        change,
        phase::{self, WatchedPhase},
    },
    rules, tenant,
    work::{self, Due, Work},
};
use uuid::Uuid;

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(300);
/// A phase that runs has a report that is no older.
const REPORTED_EVERY: TimeDelta = TimeDelta::days(7);
/// Nor has one whose decision has just changed.
const REPORTED_WHEN_DECIDED: TimeDelta = TimeDelta::days(1);
/// Kind of the change that notes a decision.
const DECIDED: &str = "decided";

/// Looks at each phase of the organisation that runs or is not reported yet, and again soon while there
/// is one.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn look(engine: &Engine, work: &Work) -> Result<()> {
    let organisation = work
        .organisation
        .ok_or(Error::Internal("look at experiments of no organisation"))?;
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let watched = phase::watched(&mut transaction, DECIDED).await?;
    drop(transaction);
    for phase in &watched {
        if let Err(error) = attend(engine, organisation, phase).await {
            // The others do not wait for it.
            let error: &(dyn std::error::Error + 'static) = &error;
            tracing::warn!(
                error,
                organisation = organisation.0,
                experiment = phase.experiment,
                phase = phase.phase,
                "not looked at"
            );
        }
    }
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let is_noted = if watched.is_empty() {
        work::finish(&mut transaction, work).await?
    } else {
        work::go_on(&mut transaction, work, &json!({}), Due::After(EVERY)).await?
    };
    if is_noted {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// Looks at a phase, and has it reported.
async fn attend(
    engine: &Engine,
    organisation: OrganisationId,
    watched: &WatchedPhase,
) -> Result<()> {
    if watched.ended_at.is_none() {
        examine(engine, organisation, &watched.experiment, watched.phase).await?;
    }
    if needs_report(watched, now().into()) {
        report(engine, organisation, &watched.experiment, watched.phase).await?;
    }
    Ok(())
}

/// Whether no report of a phase is new enough.
fn needs_report(watched: &WatchedPhase, now: DateTime<Utc>) -> bool {
    let Some(reported_at) = watched.reported_at else {
        return true;
    };
    let is_decided_since = watched.decided_at.is_some_and(|at| at > reported_at);
    let age = if is_decided_since {
        REPORTED_WHEN_DECIDED
    } else {
        REPORTED_EVERY
    };
    reported_at < watched.ended_at.unwrap_or(now - age)
}

/// Signs a report of a phase. What is not looked through yet is reported at a later look.
async fn report(
    engine: &Engine,
    organisation: OrganisationId,
    key: &str,
    phase: i32,
) -> Result<()> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let record = results::record(&mut transaction, key, Some(phase), now()).await?;
    if !record.is_complete {
        return Ok(());
    }
    let conn = &mut transaction;
    reports::sign(engine, conn, organisation, ENGINE, key, Some(phase)).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}

/// Looks at a phase that runs.
async fn examine(
    engine: &Engine,
    organisation: OrganisationId,
    key: &str,
    phase: i32,
) -> Result<()> {
    let mut reader = tenant::snapshot(&engine.pool, organisation).await?;
    let mut record = results::record(&mut reader, key, Some(phase), now()).await?;
    let known = change::latest(&mut reader, key, phase, DECIDED).await?;
    reader.rollback().await.map_err(StoreError::from)?;
    // The decision of this look follows the readings of this look.
    let readings = new_readings(&record.observed());
    record.readings.extend(readings.iter().cloned());
    let found = record.results();
    let looked = Looked {
        organisation,
        key,
        phase,
        weights: Weights::of(&record, found.health.state),
        readings,
        found,
        record,
    };
    if !looked.record.is_complete || !looked.has_news(known.as_ref()) {
        return Ok(());
    }
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    if looked.act(&mut transaction).await? {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// What a look has found, of one moment.
struct Looked<'a> {
    organisation: OrganisationId,
    key: &'a str,
    phase: i32,
    record: Record,
    found: Results,
    /// Of the next batch.
    weights: Option<Weights>,
    /// Of tests that are read once.
    readings: Vec<Reading>,
}

impl Looked<'_> {
    /// Whether there is anything to write, so that those who send events wait for nothing else.
    fn has_news(&self, known: Option<&Value>) -> bool {
        let least = self.record.mismatch_so_far;
        let is_less = |p| least.is_none_or(|least| p < least);
        let mismatch = self.found.health.mismatch.always_valid;
        let mut weights = self.weights.iter();
        mismatch.is_some_and(is_less)
            || !self.readings.is_empty()
            || weights.any(|it| it.are_others(&self.record.shared_out))
            || is_news(&self.found.decision, known)
    }

    /// Writes it, and carries a new decision out; whether the phase still runs. The team may have stopped,
    /// widened or begun it again since it was looked at.
    async fn act(self, conn: &mut PgConnection) -> Result<bool> {
        let Self {
            organisation,
            key,
            phase,
            ..
        } = self;
        rules::lock(conn, organisation).await?;
        let row = get(conn, key).await?;
        if row.status != "running" || row.phase != phase {
            return Ok(false);
        }
        let now = now();
        if let Some(p) = self.found.health.mismatch.always_valid {
            phase::note_mismatch(conn, key, phase, p).await?;
        }
        if !self.readings.is_empty() {
            phase::note_readings(conn, key, phase, &self.readings).await?;
        }
        if let Some(weights) = self.weights {
            weights.write(conn, organisation, key, phase, now).await?;
        }
        let known = change::latest(conn, key, phase, DECIDED).await?;
        let decision = &self.found.decision;
        if is_news(decision, known.as_ref()) {
            let done = Done {
                kind: DECIDED,
                body: json!(decision),
                actor: ENGINE.to_owned(),
            };
            let as_of = self.found.as_of.into();
            done.note(conn, organisation, key, phase, as_of).await?;
            let decided = [
                ("experiment", json!(key)),
                ("phase", json!(phase)),
                ("action", json!(decision.action)),
                ("arm", json!(decision.arm)),
            ];
            let decided = Occurred {
                id: Uuid::now_v7(),
                person: None,
                at: now,
                properties: &decided
                    .map(|(name, value)| (name.to_owned(), value))
                    .into_iter()
                    .collect(),
            };
            announce(conn, organisation, &EXPERIMENT_DECIDED, decided).await?;
            if self.record.design.decision.automatic {
                carry_out(conn, organisation, key, decision, now.into()).await?;
            }
        }
        Ok(true)
    }
}

/// Whether a decision is another one than the latest that is noted.
fn is_news(decision: &Decision, known: Option<&Value>) -> bool {
    match known {
        None => decision.action != Action::KeepGoing,
        Some(known) => {
            known["action"] != json!(decision.action) || known["arm"] != json!(decision.arm)
        }
    }
}

/// Ships or stops, if that is decided. What is broken runs on until the team has looked for the fault.
async fn carry_out(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    key: &str,
    decision: &Decision,
    now: DateTime<Utc>,
) -> Result<()> {
    if !matches!(decision.action, Action::Ship | Action::Stop) {
        return Ok(());
    }
    let reasons: Vec<&str> = decision.reasons.iter().map(|it| it.text.as_str()).collect();
    let ending = Ending {
        shipped: decision.arm.as_deref(),
        reason: &reasons.join(" "),
        decision: Some(json!(decision)),
        actor: ENGINE,
    };
    phases::end(conn, organisation, key, ending, || now).await?;
    Ok(())
}
