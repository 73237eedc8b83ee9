//! Which arms people see: one call for pages' servers, quotes and mails.
//!
//! Law: who has seen an arm keeps it for as long as the phase runs, whatever identifier they are asked for
//! by and whoever they were merged with: the first exposure in the event log decides, and the hash only
//! for those who have none.

mod visitor;

pub use visitor::Visitor;

use crate::{
    Engine, Result,
    capture::{EventBatch, Item, ingest},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use tessera_domain::{
    capture::message_key,
    event::Properties,
    experiments::{
        assignment::{Arm, Attributes, HELD_OUT, HOLDOUT_PREFIX, StickyDocument, StickyDocuments},
        measurement::{ARM_PROPERTY, EXPERIMENT_PROPERTY, EXPOSED_EVENT, PHASE_PROPERTY},
    },
    people::Proof,
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    capture::event::{EventCounts, EventSource},
    experiments::{
        exposure,
        live::{Live, LiveExperiment},
    },
    people::person::IdentifierKey,
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
/// [`Error::Refused`](crate::Error::Refused) when an identifier is none,
/// [`Error::Store`](crate::Error::Store).
pub async fn assign(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    visitors: &[Visitor],
    wanted: Wanted<'_>,
    now: Timestamp,
) -> Result<Vec<Seen>> {
    let rules = engine.rules.current(conn, organisation).await?;
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
    let people: Vec<Uuid> = known.iter().filter_map(|it| it.person).collect();
    let live = &rules.live;
    let running: Vec<&LiveExperiment> = live
        .running()
        .filter(|it| wanted.features.matters(it))
        .collect();
    let projections: Vec<i32> = running.iter().filter_map(|it| it.projection).collect();
    let first = exposure::first_arms(conn, &projections, &people).await?;
    let mut segments = if running
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
        let person = known.person;
        let of_person = person.and_then(|person| segments.remove(&person));
        let asked = Asked {
            live,
            attributes: visitor.attributes(of_person.unwrap_or_default()),
            first: |it: &LiveExperiment| Some(*first.get(&(it.projection?, person?))?),
        };
        let seen = asked.answer(wanted.features);
        if wanted.expose {
            exposures.extend(exposed(live, &seen, visitor, &known.key, now));
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
    }
    Ok(answers)
}

/// A visitor, and what is known of them.
struct Asked<'a, F> {
    live: &'a Live,
    attributes: Attributes,
    /// The place of the arm that they saw first.
    first: F,
}

impl<F: Fn(&LiveExperiment) -> Option<usize>> Asked<'_, F> {
    fn answer(&self, features: Features<'_>) -> Seen {
        let sticky = self.remembered();
        let holdout = self.live.holdout.as_ref();
        let held_out = holdout.and_then(|it| self.feature(&it.feature(), &sticky));
        let is_held_out = held_out.as_ref().is_some_and(|it| it.value == HELD_OUT);
        let of = |key: &str| {
            if is_held_out && !key.starts_with(HOLDOUT_PREFIX) {
                return self.base(key);
            }
            self.feature(key, &sticky)
        };
        let features = match features {
            Features::All => self.live.payload.keys().filter_map(of).collect(),
            Features::Named(keys) | Features::Only(keys) => {
                keys.iter().filter_map(|key| of(key)).collect()
            }
        };
        Seen {
            features,
            held_out,
            sticky,
        }
    }

    /// What is remembered of the visitor, under each identifier that decides.
    fn remembered(&self) -> StickyDocuments {
        let mut documents: HashMap<(&str, &str), StickyDocument> = HashMap::new();
        for experiment in self.live.running() {
            let Some(arm) = self.first_arm(experiment) else {
                continue;
            };
            let allocation = &experiment.design.allocation;
            let attributes = [
                Some(allocation.hash_attribute),
                allocation.fallback_attribute,
            ];
            for attribute in attributes.into_iter().flatten() {
                let Some(identifier) = self.attributes.identifier(attribute) else {
                    continue;
                };
                let document = documents
                    .entry((attribute.name(), identifier))
                    .or_insert_with(|| StickyDocument {
                        attribute_name: attribute.name().to_owned(),
                        attribute_value: identifier.to_owned(),
                        assignments: BTreeMap::new(),
                    });
                document.put(&experiment.key, allocation.bucket_version, &arm.key);
            }
        }
        documents.into_values().collect()
    }

    fn first_arm<'b>(&self, experiment: &'b LiveExperiment) -> Option<&'b Arm> {
        experiment
            .design
            .allocation
            .arms
            .get((self.first)(experiment)?)
    }

    /// What is seen outside of the experiment.
    fn base(&self, key: &str) -> Option<SeenFeature> {
        let base = self.live.get(key)?.design.allocation.arms.first()?;
        Some(SeenFeature {
            feature: key.to_owned(),
            value: base.value.clone(),
            arm: None,
        })
    }

    /// What is seen by who is not held out.
    fn feature(&self, key: &str, sticky: &StickyDocuments) -> Option<SeenFeature> {
        let found = self
            .live
            .payload
            .evaluate(key, &self.attributes, Some(sticky))?;
        let running = self.live.get(key).filter(|it| it.shipped.is_none());
        // The identifier that decides may not be among those that are known here.
        let before = running.and_then(|it| self.first_arm(it));
        let seen_before = before.is_some();
        let (value, arm) = match (before, found.assignment()) {
            (Some(before), _) => (&before.value, Some(before.key.as_str())),
            (None, Some(dealt)) => (found.value, Some(dealt.arm_key)),
            (None, None) => (found.value, None),
        };
        Some(SeenFeature {
            feature: key.to_owned(),
            value: value.clone(),
            arm: arm.map(|arm| SeenArm {
                phase: running.map_or(0, |it| it.phase),
                arm: arm.to_owned(),
                seen_before,
            }),
        })
    }
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
        let arm = shown.arm.as_ref().filter(|it| !it.seen_before)?;
        let experiment = live.get(&shown.feature)?;
        let weight = experiment
            .design
            .allocation
            .arms
            .iter()
            .find(|it| it.key == arm.arm)
            .map_or(0, |it| it.weight_bps);
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
    let shown = seen.features.iter().chain(&seen.held_out);
    shown.filter_map(of).collect()
}
