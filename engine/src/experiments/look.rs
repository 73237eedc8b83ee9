//! The regular look at the experiments that run: assignments are tested, bandits weigh their next batch,
//! decisions are noted, and carried out where the team said so at launch. It signs reports, too: of what
//! runs every week and when the decision changes, and of what has ended.
//!
//! Law: an organisation in which no experiment runs costs nothing. A look that is repeated changes nothing:
//! weights are those of a batch, and a decision is noted when it is another one.

mod bandit;

use super::{
    ENGINE,
    designs::get,
    phases::{self, Done, Ending},
    reports, results,
};
use crate::{
    Engine, Error, Result,
    clock::now,
    work::{Kind, schedule},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::time::Duration;
use tessera_domain::experiments::{
    decision::{Action, Decision},
    results::Results,
};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    experiments::{
        change,
        phase::{self, WatchedPhase},
    },
    tenant,
    work::{self, Due, Work},
};

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(300);
/// A phase that runs has a report that is no older.
const REPORTED_EVERY: TimeDelta = TimeDelta::days(7);
/// Nor has one whose decision has just changed.
const REPORTED_WHEN_DECIDED: TimeDelta = TimeDelta::days(1);
/// Kind of the change that notes a decision.
const DECIDED: &str = "decided";

/// Has the experiments of an organisation looked at from now on.
///
/// # Errors
/// [`Error::Store`].
pub(super) async fn begin(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    schedule(conn, Kind::ExperimentLook, organisation).await
}

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
        examine(engine, organisation, &watched.experiment).await?;
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

/// Looks at the phase of an experiment that runs.
async fn examine(engine: &Engine, organisation: OrganisationId, key: &str) -> Result<()> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let row = get(&mut transaction, key).await?;
    let now = now();
    let record = results::record(&mut transaction, key, None, now).await?;
    if row.status != "running" || !record.is_complete {
        return Ok(());
    }
    let found = record.results();
    if let Some(p) = found.health.mismatch.always_valid {
        phase::note_mismatch(&mut transaction, key, row.phase, p).await?;
    }
    bandit::weigh(&mut transaction, organisation, key, &record, now).await?;
    let is_new = note(&mut transaction, organisation, key, &found).await?;
    if is_new && record.design.decision.automatic {
        carry_out(
            &mut transaction,
            organisation,
            key,
            &found.decision,
            now.into(),
        )
        .await?;
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}

/// Notes a decision that is another one than before; whether it is.
async fn note(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    key: &str,
    found: &Results,
) -> Result<bool> {
    let phase = i32::try_from(found.phase).unwrap_or(i32::MAX);
    let before = change::latest(conn, key, phase, DECIDED).await?;
    let decision = &found.decision;
    let known = |body: &Value| {
        body["action"] == json!(decision.action) && body["arm"] == json!(decision.arm)
    };
    let begins = before.is_none() && decision.action == Action::KeepGoing;
    if begins || before.as_ref().is_some_and(known) {
        return Ok(false);
    }
    let done = Done {
        kind: DECIDED,
        body: json!(decision),
        actor: ENGINE.to_owned(),
    };
    done.note(conn, organisation, key, phase, found.as_of.into())
        .await?;
    Ok(true)
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
    phases::end(conn, organisation, key, ending, now).await?;
    Ok(())
}
