//! Designs: written as drafts, changed as far as nothing that results depend on changes.

use super::phases::Done;
use crate::{Caller, Error, Result};
use chrono::{DateTime, Utc};
use serde_json::json;
use tessera_domain::experiments::{assignment::check_key, design::Design};
use tessera_store::{
    PgConnection,
    experiments::experiment::{self, ExperimentRow},
    rules,
};

/// Most experiments of an organisation, of any status, with what measures its holdouts.
const MAX_EXPERIMENTS: i64 = 2_000;

/// Adds a draft.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`] when the key is taken, [`Error::Store`].
pub async fn create(
    conn: &mut PgConnection,
    caller: &Caller,
    key: &str,
    design: &Design,
    clock: impl FnOnce() -> DateTime<Utc> + Send,
) -> Result<ExperimentRow> {
    check_key("key", key)?;
    check_written(design)?;
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    let now = clock();
    check_count(conn).await?;
    let actor = caller.actor.to_string();
    if !experiment::insert(conn, organisation, key, design, &actor, now).await? {
        return Err(Error::Conflict(
            "there is an experiment of this key".to_owned(),
        ));
    }
    get(conn, key).await
}

/// Refuses a design that a team may not write.
fn check_written(design: &Design) -> Result<()> {
    let begun = design.allocation.unless_begun();
    let begun = begun.map_err(|it| it.within("allocation"));
    let checked = begun.and_then(|()| design.validate());
    Ok(checked.map_err(|it| it.within("design"))?)
}

/// Refuses one more experiment, or holdout, where there are as many as there may be.
pub(super) async fn check_count(conn: &mut PgConnection) -> Result<()> {
    let (all, _) = experiment::count(conn).await?;
    if all >= MAX_EXPERIMENTS {
        return Err(Error::Conflict(format!(
            "there are {MAX_EXPERIMENTS} experiments and holdouts, which is the most; remove a draft, or give an experiment that has ended another design and start it again"
        )));
    }
    Ok(())
}

/// The experiment of this key.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, key: &str) -> Result<ExperimentRow> {
    let found = experiment::get(conn, key).await?;
    found.ok_or_else(|| Error::not_found("experiment", key))
}

/// Writes another design. While a phase runs, only what the experiment is called can change: a new
/// phase can have the rest.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`], [`Error::Store`].
pub async fn redesign(
    conn: &mut PgConnection,
    caller: &Caller,
    key: &str,
    design: &Design,
    clock: impl FnOnce() -> DateTime<Utc> + Send,
) -> Result<ExperimentRow> {
    check_written(design)?;
    rules::lock(conn, caller.organisation).await?;
    let now = clock();
    let row = get(conn, key).await?;
    if row.status == "running" {
        design
            .unless_renamed(&row.design)
            .map_err(|it| it.within("design"))?;
    }
    experiment::redesign(conn, key, design, now).await?;
    if row.phase > 0 {
        let done = Done {
            kind: "redesigned",
            body: json!({ "from": row.design, "to": design }),
            actor: caller.actor.to_string(),
        };
        let organisation = caller.organisation;
        done.note(conn, organisation, key, row.phase, now).await?;
    }
    get(conn, key).await
}

/// Removes a draft. What has run stays, with its results: pages remember arms by its key.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`], [`Error::Store`].
pub async fn remove(conn: &mut PgConnection, caller: &Caller, key: &str) -> Result<()> {
    rules::lock(conn, caller.organisation).await?;
    let row = get(conn, key).await?;
    if row.phase > 0 {
        return Err(Error::Conflict(
            "an experiment that has run stays, with its results".to_owned(),
        ));
    }
    experiment::remove(conn, key).await?;
    Ok(())
}
