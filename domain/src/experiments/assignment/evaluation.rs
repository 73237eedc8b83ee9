//! What a visitor sees, as an SDK answers from the same payload.

use super::{
    attributes::{Attributes, HashAttribute},
    bucket::Position,
    payload::Payload,
    rule::{ExperimentRule, Placed, Rule, RuleKind},
    sticky::StickyDocuments,
};
use serde_json::Value;

/// What a visitor sees of a feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation<'a> {
    /// The value.
    pub value: &'a Value,
    /// Why it is this one.
    pub source: Source<'a>,
}

/// Why a visitor sees a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source<'a> {
    /// The visitor takes no part.
    Default,
    /// The experiment is decided.
    Force,
    /// The visitor is in an arm.
    Experiment(Assignment<'a>),
}

/// The arm of a visitor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assignment<'a> {
    /// The experiment's key.
    pub experiment: &'a str,
    /// Place of the arm among the arms.
    pub arm: usize,
    /// The arm's key.
    pub arm_key: &'a str,
    /// The attribute that decided.
    pub hash_attribute: HashAttribute,
    /// Its identifier.
    pub hash_value: &'a str,
    /// Where the identifier falls.
    pub bucket: Position,
    /// Whether the arm was remembered.
    pub sticky_bucket_used: bool,
    /// Version under which the arm has to be remembered; none where arms are not.
    pub bucket_version: Option<u32>,
}

impl<'a> Evaluation<'a> {
    /// The arm of the visitor, if they take part.
    pub fn assignment(&self) -> Option<Assignment<'a>> {
        match self.source {
            Source::Experiment(assignment) => Some(assignment),
            Source::Default | Source::Force => None,
        }
    }
}

impl Payload {
    /// What a visitor sees of a feature; nothing, when there is no such feature. `sticky` is none where no
    /// arms are remembered at all, and then no fallback counts either, as in an SDK without a service for
    /// them. The arm of a holdout is remembered, and counted, from the evaluation of its own feature.
    pub fn evaluate<'a>(
        &'a self,
        feature: &str,
        visitor: &'a Attributes,
        sticky: Option<&StickyDocuments>,
    ) -> Option<Evaluation<'a>> {
        let feature = self.features.get(feature)?;
        let applied = feature.rules.iter().find_map(|rule| {
            let behind = |id: &String| Some(self.evaluate(id, visitor, sticky)?.value);
            let mut parents = rule.parent_conditions.iter();
            parents
                .all(|it| it.holds(behind(&it.id)))
                .then(|| rule.apply(visitor, sticky))
                .flatten()
        });
        Some(applied.unwrap_or(Evaluation {
            value: &feature.default_value,
            source: Source::Default,
        }))
    }
}

impl Rule {
    fn apply<'a>(
        &'a self,
        visitor: &'a Attributes,
        sticky: Option<&StickyDocuments>,
    ) -> Option<Evaluation<'a>> {
        match &self.kind {
            RuleKind::Force { force } => Some(Evaluation {
                value: force,
                source: Source::Force,
            }),
            RuleKind::Experiment(rule) => rule.evaluation(&rule.place(visitor, sticky)?),
        }
    }
}

impl ExperimentRule {
    fn evaluation<'a>(&'a self, placed: &Placed<'a>) -> Option<Evaluation<'a>> {
        Some(Evaluation {
            value: self.variations.get(placed.arm)?,
            source: Source::Experiment(Assignment {
                experiment: &self.key,
                arm: placed.arm,
                arm_key: &self.meta.get(placed.arm)?.key,
                hash_attribute: placed.attribute,
                hash_value: placed.identifier,
                bucket: placed.bucket,
                sticky_bucket_used: placed.remembered,
                bucket_version: self.is_remembered().then_some(self.bucket_version),
            }),
        })
    }
}
