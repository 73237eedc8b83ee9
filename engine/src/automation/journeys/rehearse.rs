//! What a version would have done, had it been published some days ago.

use super::get;
use crate::{Engine, Error, Result, clock::event_log_now, clock::now, job::Outcome};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use tessera_domain::{
    automation::journey::{DryRun, Effect, Entry, Journey, Moment, Reason, Rehearsed, Would},
    event::Properties,
    people::segment::ScoreModel,
    time::Timestamp,
};
use tessera_store::{
    OrganisationId,
    analytics::histories::{EventStore, Question},
    people::segment,
    rule_set, tenant,
};
use uuid::Uuid;

/// What a version would have done.
#[derive(Debug, Clone, Serialize)]
pub struct Rehearsal {
    /// The version.
    pub version: i32,
    /// Entries from this moment on are looked at.
    pub from: Timestamp,
    /// The end of what is looked at.
    pub until: Timestamp,
    /// Runs that would have begun.
    pub entered: u64,
    /// The nodes, by name.
    pub nodes: Vec<RehearsedNode>,
    /// How many runs would have ended, by reason.
    pub ended: BTreeMap<Reason, u64>,
    /// The first acts of those who were looked at first, at most 200.
    pub acts: Vec<RehearsedAct>,
    /// How many acts there would have been.
    pub acts_in_all: u64,
}

/// How many would have come by a node.
#[derive(Debug, Clone, Serialize)]
pub struct RehearsedNode {
    /// The node's name.
    pub node: String,
    /// Those who would have arrived.
    pub arrived: u64,
    /// Those who would be there now.
    pub waiting: u64,
}

/// What would have been done to a person.
#[derive(Debug, Clone, Serialize)]
pub struct RehearsedAct {
    /// The person.
    pub person: Uuid,
    /// At which node.
    pub node: String,
    /// When.
    pub at: Timestamp,
    /// The template of the message that would have been sent.
    pub message: Option<String>,
    /// The name that would have been announced.
    pub announced: Option<String>,
    /// The traits that would have been stated.
    pub traits: Option<Properties>,
    /// The task that would have been created.
    pub task: Option<RehearsedTask>,
}

/// A task that would have been created.
#[derive(Debug, Clone, Serialize)]
pub struct RehearsedTask {
    /// Its kind.
    pub kind: String,
    /// What would have been to do.
    pub title: String,
}

/// Refuses to rehearse what the event log does not know of.
pub(crate) fn unless_unknown(journey: &Journey) -> Result<()> {
    match &journey.entry {
        Entry::Subscription(moment) if *moment != Moment::PastDue => {
            let rule =
                "must not be a moment to come of a subscription: the past does not show those";
            Err(Error::refused("journey.entry", rule))
        }
        _ => Ok(()),
    }
}

/// Plays a version on everybody's events.
pub(crate) async fn rehearse(
    engine: &Engine,
    organisation: OrganisationId,
    name: &str,
    version: i32,
    days: u16,
) -> Result<Outcome> {
    let mut reader = tenant::snapshot(&engine.pool, organisation).await?;
    let row = get(&mut reader, name, Some(version)).await?;
    let rules = engine.rules.latest(&mut reader, organisation).await?;
    let members = match row.journey.entry.segment() {
        Some(segment) => segment::get(&mut reader, &segment).await?,
        None => None,
    };
    let model = rule_set::scoring_model(&mut reader, None).await?;
    let model = model.map(|(version, rules)| ScoreModel { version, rules });
    let until = event_log_now(&mut reader, now()).await?;
    drop(reader);
    let members = members.map(|it| it.definition);
    let dry_run = DryRun {
        name,
        journey: &row.journey,
        members: members.as_ref(),
        acts: &rules.reading.acts,
        model: model.as_ref(),
        from: until.plus_secs(-i64::from(days) * 86_400),
        until,
    };
    let mut all = Rehearsed::default();
    let question = Question::default();
    let mut each = |person: Uuid, events: &[_]| dry_run.rehearse(person, events, &mut all);
    engine
        .pool
        .histories(organisation, &question, &mut each)
        .await?;
    let (from, until) = (dry_run.from, dry_run.until);
    let nodes = row.journey.nodes.keys().map(|node| {
        let flow = all.nodes.get(node).copied().unwrap_or_default();
        RehearsedNode {
            node: node.clone(),
            arrived: flow.arrived,
            waiting: flow.waiting,
        }
    });
    Ok(Outcome::Answer(json!(Rehearsal {
        version,
        from,
        until,
        entered: all.entered,
        nodes: nodes.collect(),
        ended: all.ended,
        acts: all.acts.into_iter().map(RehearsedAct::from).collect(),
        acts_in_all: all.acts_in_all,
    })))
}

impl From<Would> for RehearsedAct {
    fn from(would: Would) -> Self {
        let (mut message, mut announced, mut traits, mut task) = (None, None, None, None);
        match would.effect {
            Effect::Message(template) => message = Some(template),
            Effect::Announce(name) => announced = Some(name),
            Effect::Update(stated) => traits = Some(stated),
            Effect::Task { kind, title } => task = Some(RehearsedTask { kind, title }),
        }
        Self {
            person: would.person,
            node: would.node,
            at: would.at,
            message,
            announced,
            traits,
            task,
        }
    }
}
