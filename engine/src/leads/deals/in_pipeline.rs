//! Deals in an organisation's own pipeline: where they begin, which moves they make, and where a correction
//! leaves them.

use super::{DealRow, store, unless_removed};
use crate::{
    Caller, Engine, Error, Result, event_log_now,
    leads::provenance,
    people::{canonical, opened},
};
use serde_json::{Map, Value, json};
use tessera_domain::{
    leads::{
        deals::{
            Entry,
            pipeline::{Known, Pipeline, PipelineMoveError, PipelineStage, Requirement, Subject},
        },
        scoring::score_as_of,
    },
    people::IdentifierKind,
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    capture::event,
    leads::{
        deal::{Change, Text},
        pipeline,
    },
    people::person,
    rule_set,
};
use uuid::Uuid;

/// Puts a new deal into the first stage of a pipeline.
pub(super) async fn begin(
    engine: &Engine,
    conn: &mut PgConnection,
    row: &mut DealRow,
    name: String,
    now: Timestamp,
) -> Result<()> {
    let Some(held) = pipeline::published(conn, &name).await? else {
        let rule = "must be the name of a pipeline of which a version is published";
        return Err(Error::refused("pipeline", rule));
    };
    let first = held.stages.first().ok_or(Error::Internal("find a stage"))?;
    let known = known(engine, conn, row, first, now).await?;
    let missing = first.missing(&known);
    if !missing.is_empty() {
        return Err(Error::Refused(missing));
    }
    row.stage = Text(first.stands_for);
    row.pipeline = Some(name);
    row.pipeline_stage = Some(first.name.clone());
    Ok(())
}

/// Moves a deal, which is locked, to another stage of its pipeline.
///
/// # Errors
/// [`Error::Conflict`] when it is in none, is removed, or there is no such move; [`Error::Refused`] with all
/// that must be known first; [`Error::Store`].
pub async fn advance_in_pipeline(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    mut row: DealRow,
    to: &str,
    now: Timestamp,
) -> Result<DealRow> {
    unless_removed(&row)?;
    let (Some(name), Some(at)) = (row.pipeline.clone(), row.pipeline_stage.clone()) else {
        return Err(Error::Conflict("the deal is in no pipeline".to_owned()));
    };
    let held = pipeline::published(conn, &name)
        .await?
        .unwrap_or(Pipeline { stages: Vec::new() });
    let known = match held.stage(to) {
        Some(stage) => known(engine, conn, &row, stage, now).await?,
        None => Known::default(),
    };
    let reached = held
        .advance(&at, to, &known)
        .map_err(|it| refusal(it, &held, &at))?;
    let from = row.stage.0;
    row.stage = Text(reached.stands_for);
    row.pipeline_stage = Some(reached.name.clone());
    if from != reached.stands_for {
        row.closed_at = reached.stands_for.is_closed().then_some(now.into());
    }
    let change = Change {
        kind: Entry::Moved,
        from: Some(from),
        reason: None,
        actor: &caller.actor.to_string(),
    };
    store(conn, caller, row, change, now).await
}

/// Puts a corrected deal where its pipeline has the stage that it is in now; a deal whose pipeline has none
/// leaves it.
pub(super) async fn follow(conn: &mut PgConnection, row: &mut DealRow) -> Result<()> {
    let Some(name) = row.pipeline.clone() else {
        return Ok(());
    };
    let held = pipeline::published(conn, &name).await?;
    let stages = held.map_or_else(Vec::new, |it| it.stages);
    let stands = |it: &&PipelineStage| it.stands_for == row.stage.0;
    let is_there = |it: &PipelineStage| Some(&it.name) == row.pipeline_stage.as_ref();
    let mut fitting: Vec<&PipelineStage> = stages.iter().filter(stands).collect();
    // Where it is already, if that fits.
    fitting.sort_by_key(|it| !is_there(it));
    let stage = fitting.first().map(|it| it.name.clone());
    row.pipeline = stage.is_some().then_some(name);
    row.pipeline_stage = stage;
    Ok(())
}

fn refusal(error: PipelineMoveError, held: &Pipeline, at: &str) -> Error {
    match error {
        PipelineMoveError::Requires(missing) => Error::Refused(missing),
        PipelineMoveError::UnknownStage { field: "to" } => {
            Error::refused("to", "must be a stage of the pipeline")
        }
        PipelineMoveError::UnknownStage { .. } => Error::Conflict(format!(
            "the pipeline has no stage {at} any more; a version with it can be published"
        )),
        PipelineMoveError::NoSuchMove { .. } => {
            let next = held
                .stage(at)
                .map(|it| it.next.join(", "))
                .unwrap_or_default();
            Error::Conflict(if next.is_empty() {
                format!("{error}; {at} is final")
            } else {
                format!("{error}, only to {next}")
            })
        }
    }
}

/// What is known of a deal and its lead, as far as a stage requires it.
async fn known(
    engine: &Engine,
    conn: &mut PgConnection,
    row: &DealRow,
    stage: &PipelineStage,
    now: Timestamp,
) -> Result<Known> {
    let deal = json!({
        "amount": row.amount.to_string(),
        "currency": row.currency,
        "owner": row.owner.map(|it| it.to_string()),
        "objections": row.findings.objections,
        "solutions": row.findings.solutions,
        "barriers": row.findings.barriers,
    });
    let mut known = Known {
        deal: deal.as_object().cloned().unwrap_or_default(),
        lead: Map::new(),
    };
    let asked = |name: &str| {
        let is_it = |it: &Requirement| it.of == Subject::Lead && it.field == name;
        stage.requires.iter().any(is_it)
    };
    if !stage.requires.iter().any(|it| it.of == Subject::Lead) {
        return Ok(known);
    }
    let lead = canonical(conn, row.person).await?;
    known.lead = lead.traits.as_object().cloned().unwrap_or_default();
    known.lead.extend(opened(engine, conn, lead.id).await?);
    if asked("wallet") {
        let kinds = person::identifiers(conn, lead.id).await?;
        let has = kinds
            .iter()
            .any(|(kind, _)| *kind == IdentifierKind::Wallet);
        known
            .lead
            .insert("wallet".to_owned(), has.then_some(true).into());
    }
    if asked("source") {
        let provenance = provenance::of(conn, lead.id).await?;
        let source = provenance.map(|it| it.first.origin.as_str());
        known.lead.insert("source".to_owned(), source.into());
    }
    if asked("score") {
        let score = score(conn, lead.id, now).await?;
        known.lead.insert("score".to_owned(), score);
    }
    Ok(known)
}

/// The lead's score under the model in force; null where there is none.
async fn score(conn: &mut PgConnection, person: Uuid, now: Timestamp) -> Result<Value> {
    let Some((_, model)) = rule_set::scoring_model(conn, None).await? else {
        return Ok(Value::Null);
    };
    let at = event_log_now(conn, now).await?;
    let events = event::histories(conn, &[person]).await?.remove(&person);
    let score = score_as_of(&model, &events.unwrap_or_default(), at);
    Ok(json!(score.total))
}

/// Refuses a move between the stages of every deal for one that is in a pipeline.
pub(super) fn unless_in_pipeline(row: &DealRow) -> Result<()> {
    row.pipeline.as_ref().map_or(Ok(()), |name| {
        Err(Error::Conflict(format!(
            "the deal is in the pipeline {name}; move it to a stage of that"
        )))
    })
}
