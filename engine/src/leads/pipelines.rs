//! Pipelines of deals: versions that never change, of which one holds for the deals that are in it. A deal
//! keeps the name of its stage; where a newer version has no such stage, it moves no more until it is
//! corrected, or a version has the stage again.

use crate::{Caller, Error, Result};
use tessera_domain::leads::deals::pipeline::Pipeline;
use tessera_store::{
    PgConnection,
    leads::pipeline::{self, PipelineRow},
    rule_set::{self, RuleKind},
    rules,
};

/// Most pipelines of an organisation.
const MAX_PIPELINES: i64 = 50;

/// Adds a version of a pipeline as a draft; returns it.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`] when there are as many as there may be, [`Error::Store`].
pub async fn draft(
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
    stated: &Pipeline,
) -> Result<PipelineRow> {
    stated.validate().map_err(|it| it.within("pipeline"))?;
    if pipeline::others(conn, name).await? >= MAX_PIPELINES {
        return Err(Error::Conflict(format!(
            "there are {MAX_PIPELINES} pipelines, which is the most"
        )));
    }
    let actor = caller.actor.to_string();
    let version = pipeline::draft(conn, caller.organisation, name, stated, &actor).await?;
    get(conn, name, Some(version)).await
}

/// A version of a pipeline; without a number, the one that holds, else the newest.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, name: &str, version: Option<i32>) -> Result<PipelineRow> {
    let found = pipeline::get(conn, name, version).await?;
    let number = version.map_or_else(String::new, |number| format!(", version {number}"));
    found.ok_or_else(|| Error::not_found("pipeline", format!("{name}{number}")))
}

/// Lets a version hold for the deals that are in the pipeline, and for those that begin in it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn publish(
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
    version: i32,
) -> Result<PipelineRow> {
    rules::lock(conn, caller.organisation).await?;
    get(conn, name, Some(version)).await?;
    rule_set::publish_named(conn, RuleKind::Pipeline.as_str(), name, version).await?;
    get(conn, name, Some(version)).await
}
