//! Journeys: versions of graphs, and the runs of people through them.
//!
//! Law: what begins a run, or is waited for, is noted in the transaction that stores the event; where a run goes,
//! what it does there and when it is looked at next are one transaction of a worker. So nobody is lost between
//! two steps, and no step is done twice.

mod act;
mod enter;
mod hear;
mod leave;
mod page;
mod rehearse;
mod step;
mod tally;

pub(crate) use hear::hear;
pub(crate) use leave::{leave, leave_marketing, leave_runs};
pub use rehearse::{Rehearsal, RehearsedAct, RehearsedNode};
pub(crate) use rehearse::{rehearse, unless_unknown};
pub(crate) use step::step;

use crate::{Caller, Engine, Error, Result, people::segment, work::Kind};

use tally::Tally;
use tessera_domain::{
    automation::journey::{Entry, Journey, Node, Reason},
    people::segment::{Condition, ScoreCondition},
    refusal::Refusal,
};
use tessera_store::{
    OrganisationId, PgConnection,
    automation::{
        journey::{self, JourneyRow},
        journey_clock, journey_run, template,
    },
    people,
    rule_set::{self, RuleKind},
    rules,
    work::{self, Due, NewWork},
};

/// Most journeys of an organisation: each arriving event is held against all of them.
const MAX_JOURNEYS: i64 = 100;
/// Pieces of work that share the runs of an organisation, so that those who begin runs do not wait for each other.
const SHARDS: u32 = 8;

/// What becomes of those who are under way in earlier versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Running {
    /// They go on as they began.
    Finish,
    /// They go on in the new version, where it has the node that they are at.
    Move,
}

/// Adds a version of a journey as a draft; returns it.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`], [`Error::Store`].
pub async fn draft(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
    mut journey: Journey,
) -> Result<JourneyRow> {
    journey.validate().map_err(|it| it.within("journey"))?;
    let organisation = caller.organisation;
    let rules = engine.rules.current(conn, organisation).await?;
    journey
        .canonicalise(&rules.registry)
        .map_err(|it| it.within("journey"))?;
    if journey::others(conn, name).await? >= MAX_JOURNEYS {
        return Err(Error::Conflict(format!(
            "there are {MAX_JOURNEYS} journeys, which is the most; remove one first"
        )));
    }
    let actor = caller.actor.to_string();
    let version = journey::draft(conn, organisation, name, &journey, &actor).await?;
    get(conn, name, Some(version)).await
}

/// A version of a journey; without a number, the one that people enter, else the newest.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, name: &str, version: Option<i32>) -> Result<JourneyRow> {
    let found = journey::get(conn, name, version).await?;
    let number = version.map_or_else(String::new, |number| format!(", version {number}"));
    found.ok_or_else(|| Error::not_found("journey", format!("{name}{number}")))
}

/// Lets people enter a version from now on, and no earlier one.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] when what it names is not there, [`Error::Store`].
pub async fn publish(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
    version: i32,
    running: Running,
) -> Result<JourneyRow> {
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    let row = get(conn, name, Some(version)).await?;
    // A draft may be older than a rule.
    row.journey.validate().map_err(|it| it.within("journey"))?;
    check_templates(conn, &row.journey).await?;
    check_names(engine, conn, caller, &row.journey).await?;
    rule_set::publish_named(conn, RuleKind::Journey.as_str(), name, version).await?;
    // Those who have not taken a step yet take their first in the new version in any case.
    let nodes: Vec<&str> = match running {
        Running::Finish => Vec::new(),
        Running::Move => row.journey.nodes.keys().map(String::as_str).collect(),
    };
    let moved = journey_run::transfer(conn, name, version, &nodes).await?;
    let mut tally = Tally::default();
    for run in &moved {
        if let Some(node) = &run.node {
            tally.left(name, run.version, node);
            tally.arrived(name, version, node);
        }
    }
    tally.write(conn, organisation).await?;
    schedule(conn, organisation).await?;
    get(conn, name, Some(version)).await
}

/// Removes a journey: those who are under way in it leave.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn remove(conn: &mut PgConnection, caller: &Caller, name: &str) -> Result<()> {
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    if !journey::retire(conn, organisation, name).await? {
        return Err(Error::not_found("journey", name));
    }
    journey_clock::forget(conn, organisation, name).await?;
    let ended = journey_run::end_of_journey(conn, name, Reason::Removed.as_str()).await?;
    let mut tally = Tally::default();
    tally.ended_all(&ended, Reason::Removed);
    tally.write(conn, organisation).await
}

/// Refuses what sends messages that there are no texts of. A template that is in force stays so.
async fn check_templates(conn: &mut PgConnection, journey: &Journey) -> Result<()> {
    for (name, node) in &journey.nodes {
        if let Node::Message { template, .. } = node
            && template::in_force(conn, template).await?.is_none()
        {
            let field = format!("journey.nodes.{name}.message.template");
            let rule = "must be the name of a template that is in force";
            return Err(Refusal::new(field, rule).into());
        }
    }
    Ok(())
}

/// Refuses what names a segment that is not there; the segment of a score is defined where it is missing.
async fn check_names(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    journey: &Journey,
) -> Result<()> {
    let Some(name) = journey.entry.segment() else {
        return Ok(());
    };
    let found = people::segment::get(conn, &name).await?;
    match (&journey.entry, found) {
        (Entry::Score(at_least), None) => {
            let score = ScoreCondition {
                at_least: *at_least,
            };
            segment::define(engine, conn, caller, &name, Condition::Score(score)).await?;
            Ok(())
        }
        (Entry::Score(at_least), Some(known)) => {
            let score = ScoreCondition {
                at_least: *at_least,
            };
            if known.definition.condition == Condition::Score(score) {
                return Ok(());
            }
            Err(Error::Conflict(format!(
                "the segment {name} has another condition than the score; remove it first"
            )))
        }
        (_, None) => {
            let rule = "must be the name of a segment that there is";
            Err(Refusal::new("journey.entry", rule).into())
        }
        (_, Some(_)) => Ok(()),
    }
}

/// Has the runs of an organisation looked at that are due.
pub(crate) async fn schedule(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    let shard = rand::random_range(0..SHARDS);
    schedule_shard(conn, organisation, shard, Due::Now).await
}

async fn schedule_shard(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    shard: u32,
    due: Due,
) -> Result<()> {
    let work = NewWork {
        kind: Kind::Journeys.as_str(),
        key: &format!("{}:{shard}", organisation.0),
        organisation: Some(organisation),
        due,
    };
    Ok(work::schedule(conn, work).await?)
}
