//! Which arms people see: one call for pages' servers, quotes and mails.
//!
//! Law: who has seen an arm keeps it for as long as the phase runs, whatever identifier they are asked for
//! by and whoever they were merged with: the first exposure in the event log decides, and the hash only
//! for those who have none. Of an experiment that remembers nothing, the hash alone decides, as in pages.
//!
//! Who is shown arms is locked before it is read what they have seen, so that nobody is shown two by two
//! requests; and what a request shows a person, the rest of it goes by.

mod answer;
mod bounds;
mod past;
mod visitor;

pub use bounds::{MAX_ASKED, MAX_EXPOSED};
pub use visitor::Visitor;

use crate::{
    Engine, Result,
    capture::{EventBatch, Item, ingest},
};
use answer::Asked;
use past::Past;
use serde_json::{Value, json};
use std::collections::HashMap;
use tessera_domain::{
    capture::message_key,
    event::Properties,
    experiments::{
        assignment::StickyDocuments,
        measurement::{ARM_PROPERTY, EXPERIMENT_PROPERTY, EXPOSED_EVENT, PHASE_PROPERTY},
    },
    people::Proof,
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    capture::event::{EventCounts, EventSource},
    experiments::{
        exposure,
        live::{Live, LiveExperiment},
    },
    people::person::{self, IdentifierKey},
    rules::Rules,
};
use uuid::Uuid;

/// Property of exposures that Tessera records: the chance of the arm then, in ten-thousandths.
const PROPENSITY_PROPERTY: &str = "propensity_bps";

/// What a visitor sees.
#[derive(Debug, Default)]
pub struct Seen {
    /// The features that were asked for, as far as there are such.
    pub features: Vec<SeenFeature>,
    /// Whether they are held out of all experiments; none without a holdout that they are in.
    pub held_out: Option<SeenFeature>,
    /// What SDKs have to remember, so that pages show the same.
    pub sticky: StickyDocuments,
}

/// What a visitor sees of a feature.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenFeature {
    /// The feature's key, which is its experiment's.
    pub feature: String,
    /// What is shown.
    pub value: Value,
    /// The arm; none for who takes no part, or where everybody sees the same.
    pub arm: Option<SeenArm>,
}

/// The arm that a visitor sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenArm {
    /// The number of the phase.
    pub phase: i32,
    /// The arm's key.
    pub arm: String,
    /// Whether the visitor has seen it before.
    pub seen_before: bool,
}

impl Seen {
    /// What is shown for the first time, as far as arms are: each is an exposure if it is shown now.
    pub fn first_shown(&self) -> impl Iterator<Item = &SeenFeature> {
        let is_first = |it: &&SeenFeature| it.arm.as_ref().is_some_and(|arm| !arm.seen_before);
        self.features.iter().chain(&self.held_out).filter(is_first)
    }
}

/// What is wanted for each visitor.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Of which features.
    pub features: Features<'a>,
    /// Whether they are shown now: then the arms count as seen.
    pub expose: bool,
}

/// Features that are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Features<'a> {
    /// Every one.
    All,
    /// Those of these keys, as far as there are such.
    Named(&'a [String]),
    /// Those of these keys, and what is remembered of others is not looked up.
    Only(&'a [String]),
}

impl Features<'_> {
    /// Whether what people have seen of an experiment matters: for its own sake, or because an SDK is to
    /// remember it.
    fn matters(self, experiment: &LiveExperiment) -> bool {
        match self {
            Self::All | Self::Named(_) => true,
            Self::Only(keys) => keys.contains(&experiment.key) || experiment.is_holdout(),
        }
    }
}

/// What each visitor sees, in their order.
///
/// # Errors
/// [`Error::Refused`](crate::Error::Refused) when an identifier is none, a property is kept that no event
/// may have, or it is too much together, [`Error::Store`](crate::Error::Store).
pub async fn assign(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    visitors: &[Visitor],
    wanted: Wanted<'_>,
    now: Timestamp,
) -> Result<Vec<Seen>> {
    let rules = engine.rules.current(conn, organisation).await?;
    bounds::check_extent(&rules.live, visitors.len(), wanted)?;
    bounds::check_kept(&rules.live, visitors)?;
    assign_by(engine, conn, &rules, organisation, visitors, wanted, now).await
}

/// As [`assign`], by the rules in force.
pub(crate) async fn assign_by(
    engine: &Engine,
    conn: &mut PgConnection,
    rules: &Rules,
    organisation: OrganisationId,
    visitors: &[Visitor],
    wanted: Wanted<'_>,
    now: Timestamp,
) -> Result<Vec<Seen>> {
    let digests = engine.digest_key(organisation);
    let known = visitor::know(conn, visitors, &digests).await?;
    let people: Vec<Uuid> = known
        .iter()
        .filter(|it| it.is_known)
        .map(|it| it.person)
        .collect();
    if wanted.expose && !person::lock(conn, &people, &[]).await?.is_empty() {
        return Err(StoreError::Raced.into());
    }
    let live = &rules.live;
    let running: Vec<&LiveExperiment> = live
        .running()
        .filter(|it| wanted.features.matters(it))
        .collect();
    let mut past = Past::read(conn, &running, &people).await?;
    let segments = if running
        .iter()
        .all(|it| it.design.allocation.segments.is_everybody())
    {
        HashMap::new()
    } else {
        exposure::segments(conn, &people).await?
    };
    let mut answers = Vec::with_capacity(visitors.len());
    let mut exposures = Vec::new();
    for (visitor, known) in visitors.iter().zip(&known) {
        let of_person = segments.get(&known.person).cloned();
        let asked = Asked {
            live,
            attributes: visitor.attributes(of_person.unwrap_or_default()),
            person: known.person,
            past: &past,
        };
        let seen = asked.answer(wanted.features);
        if wanted.expose {
            exposures.extend(exposed(live, &seen, visitor, &known.key, now));
            past.note(live, known.person, seen.first_shown());
        }
        answers.push(seen);
    }
    if !exposures.is_empty() {
        let batch = EventBatch {
            organisation,
            source: EventSource::Engine,
            received_at: now.into(),
            proof: Proof::Claimed,
            items: &exposures,
            withheld: &EventCounts::new(),
        };
        ingest(conn, rules, batch, Uuid::now_v7).await?;
        // A request for the same new person may have been the first to show them an arm.
        let new = visitors.iter().zip(&known).filter(|(_, it)| !it.is_known);
        let new: Vec<Visitor> = new.map(|(visitor, _)| visitor.clone()).collect();
        let now_known = visitor::know(conn, &new, &digests).await?;
        let people: Vec<Uuid> = now_known.iter().map(|it| it.person).collect();
        if Past::read(conn, &running, &people).await?.is_crossed() {
            return Err(StoreError::Raced.into());
        }
    }
    Ok(answers)
}

/// The events of arms that a visitor sees for the first time.
fn exposed(
    live: &Live,
    seen: &Seen,
    visitor: &Visitor,
    key: &IdentifierKey,
    now: Timestamp,
) -> Vec<Item> {
    let of = |shown: &SeenFeature| {
        let arm = shown.arm.as_ref()?;
        let experiment = live.get(&shown.feature)?;
        let place = experiment.place(&arm.arm)?;
        let weight = experiment.design.allocation.arms.get(place)?.weight_bps;
        let mut properties: Properties = experiment
            .design
            .dimensions
            .iter()
            .filter_map(|it| visitor.properties.get_key_value(&it.property))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let own = [
            (EXPERIMENT_PROPERTY, json!(shown.feature)),
            (ARM_PROPERTY, json!(arm.arm)),
            (PHASE_PROPERTY, json!(arm.phase)),
            (PROPENSITY_PROPERTY, json!(weight)),
        ];
        properties.extend(own.map(|(name, value)| (name.to_owned(), value)));
        Some(Item {
            identifiers: vec![key.clone()],
            message_key: message_key(&format!("{EXPOSED_EVENT}:{}", Uuid::now_v7())),
            body_hash: Uuid::nil(),
            name: EXPOSED_EVENT.to_owned(),
            at: now.into(),
            properties,
        })
    };
    seen.first_shown().filter_map(of).collect()
}
