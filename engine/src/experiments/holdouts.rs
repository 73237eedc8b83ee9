//! Who sees no experiment, so that what all experiments together bring can be seen. It is measured as an
//! experiment is, under the key of its feature, with those who are held out as the base.

use super::{
    designs::check_count,
    phases::{self, Ending, Launch, check_running},
};
use crate::{Caller, Engine, Error, Result};
use chrono::{DateTime, Utc};
use serde_json::json;
use tessera_domain::experiments::{
    assignment::Holdout,
    design::{ChosenMetric, DecisionRules, Design, Statistics},
};
use tessera_store::{
    PgConnection,
    experiments::{
        experiment,
        holdout::{self, HoldoutRow},
    },
    rules,
};

/// Puts a holdout in force, in place of the one before it. People who are held out see none of the
/// experiments from then on. One that is in force never changes: another one has another key.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`] when there was one of this key, or there are as many experiments
/// as there may be; [`Error::Store`].
pub async fn put(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    wanted: Holdout,
    metrics: Vec<ChosenMetric>,
    clock: impl FnOnce() -> DateTime<Utc> + Send,
) -> Result<HoldoutRow> {
    wanted.validate().map_err(|it| it.within("holdout"))?;
    let mut allocation = wanted.allocation();
    // Those who are held out are what everybody else is compared with.
    allocation.arms.reverse();
    let design = Design {
        name: format!("Holdout {}", wanted.key),
        hypothesis: None,
        preset: None,
        allocation,
        metrics,
        dimensions: Vec::new(),
        statistics: Statistics::default(),
        decision: DecisionRules::default(),
        factors: Vec::new(),
        bandit: None,
    };
    design.validate()?;
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    let now = clock();
    stop(conn, caller, now).await?;
    check_count(conn).await?;
    check_running(conn).await?;
    let key = wanted.feature();
    let actor = caller.actor.to_string();
    if !experiment::insert(conn, organisation, &key, &design, &actor, now).await? {
        return Err(Error::Conflict(
            "there was a holdout of this key; give it another one".to_owned(),
        ));
    }
    let row = HoldoutRow {
        holdout: wanted,
        changed_by: actor,
        changed_at: now,
    };
    holdout::put(conn, organisation, &row).await?;
    let rules = engine.rules.current(conn, organisation).await?;
    let launch = Launch {
        key: &key,
        phase: 1,
        design: &design,
        parent: "",
        body: json!({}),
    };
    launch.run(conn, caller, &rules.reading.acts, now).await?;
    Ok(row)
}

/// Ends the holdout: everybody sees experiments again.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn remove(
    conn: &mut PgConnection,
    caller: &Caller,
    clock: impl FnOnce() -> DateTime<Utc> + Send,
) -> Result<()> {
    rules::lock(conn, caller.organisation).await?;
    if !stop(conn, caller, clock()).await? {
        return Err(Error::not_found("holdout", "in force"));
    }
    holdout::remove(conn).await?;
    Ok(())
}

/// Ends the measurement of the holdout in force; whether there is one.
async fn stop(conn: &mut PgConnection, caller: &Caller, now: DateTime<Utc>) -> Result<bool> {
    let Some(row) = holdout::get(conn).await? else {
        return Ok(false);
    };
    let actor = caller.actor.to_string();
    let ending = Ending {
        shipped: None,
        reason: "another holdout, or none, is in force",
        decision: None,
        actor: &actor,
    };
    let key = row.holdout.feature();
    phases::end(conn, caller.organisation, &key, ending, || now).await?;
    Ok(true)
}
