//! The regular look at the experiments that run: assignments are tested, bandits weigh their next batch,
//! decisions are noted, and carried out where the team said so at launch.
//!
//! Law: an organisation in which no experiment runs costs nothing. A look that is repeated changes nothing:
//! weights are those of a batch, and a decision is noted when it is another one.

mod bandit;

use super::{
    designs::get,
    phases::{self, Done, Ending},
    results,
};
use crate::{
    Engine, Error, Result,
    clock::now,
    work::{Kind, schedule},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::time::Duration;
use tessera_domain::experiments::{
    decision::{Action, Decision},
    results::Results,
};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    experiments::{change, live, phase},
    tenant,
    work::{self, Due, Work},
};

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(300);
/// Who does what is done by itself.
const ENGINE: &str = "engine";
/// Kind of the change that notes a decision.
const DECIDED: &str = "decided";

/// Has the experiments of an organisation looked at from now on.
///
/// # Errors
/// [`Error::Store`].
pub(super) async fn begin(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    schedule(conn, Kind::ExperimentLook, organisation).await
}

/// Looks at each experiment of the organisation that runs, and again soon while there is one.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn look(engine: &Engine, work: &Work) -> Result<()> {
    let organisation = work
        .organisation
        .ok_or(Error::Internal("look at experiments of no organisation"))?;
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let running = live::running(&mut transaction).await?;
    drop(transaction);
    for key in &running {
        if let Err(error) = examine(engine, organisation, key).await {
            // The others do not wait for it.
            let error: &(dyn std::error::Error + 'static) = &error;
            tracing::warn!(
                error,
                organisation = organisation.0,
                experiment = key,
                "not looked at"
            );
        }
    }
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let is_noted = if running.is_empty() {
        work::finish(&mut transaction, work).await?
    } else {
        work::go_on(&mut transaction, work, &json!({}), Due::After(EVERY)).await?
    };
    if is_noted {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// Looks at an experiment.
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
