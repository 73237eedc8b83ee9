//! A rule of a feature as SDKs read it, and when it applies.

use super::{
    allocation::Allocation,
    attributes::{Attributes, HashAttribute},
    bucket::{BucketRange, HashVersion, Position, hash},
    holdout::GENERAL,
    sticky::{Remembered, StickyDocuments},
    targeting::{Namespace, Segments, as_condition},
};
use serde::Serialize;
use serde_json::Value;
use std::ops::Not;

/// What the seed of a namespace begins with. Without it, an experiment of the namespace's key would deal its
/// arms by the hash that has already chosen its visitors.
const NAMESPACE_PREFIX: &str = "$namespace:";

/// A rule, and the holdout that it is behind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parent_conditions: Vec<ParentCondition>,
    #[serde(flatten)]
    pub(super) kind: RuleKind,
}

/// The feature of a holdout, whose value must be that of the general arm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ParentCondition {
    pub(super) id: String,
    condition: ParentValue,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ParentValue {
    value: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum RuleKind {
    Force { force: Value },
    Experiment(Box<ExperimentRule>),
}

/// The rule of a running experiment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExperimentRule {
    pub(super) key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<String>,
    hash_version: HashVersion,
    hash_attribute: HashAttribute,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback_attribute: Option<HashAttribute>,
    #[serde(skip_serializing_if = "Not::not")]
    disable_sticky_bucketing: bool,
    pub(super) bucket_version: u32,
    pub(super) min_bucket_version: u32,
    pub(super) variations: Vec<Value>,
    pub(super) meta: Vec<Meta>,
    ranges: Vec<BucketRange>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    filters: Vec<Filter>,
    #[serde(
        skip_serializing_if = "Segments::is_everybody",
        serialize_with = "as_condition"
    )]
    condition: Segments,
}

/// What an arm is remembered by. Its name is not sent: everybody can read what a page downloads.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Meta {
    pub(super) key: String,
}

/// The part of a namespace. The format's older `namespace` has 1,000 places and the biased hash, and lets
/// remembered visitors pass, who would be in two experiments.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    seed: String,
    attribute: HashAttribute,
    hash_version: HashVersion,
    ranges: [BucketRange; 1],
}

/// Where a rule has put a visitor.
pub(super) struct Placed<'a> {
    pub(super) arm: usize,
    pub(super) attribute: HashAttribute,
    pub(super) identifier: &'a str,
    pub(super) bucket: Position,
    pub(super) remembered: bool,
}

impl ParentCondition {
    pub(super) fn general(feature: String) -> Self {
        Self {
            id: feature,
            condition: ParentValue { value: GENERAL },
        }
    }

    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        value.and_then(Value::as_str) == Some(self.condition.value)
    }
}

impl ExperimentRule {
    pub(super) fn of(key: &str, allocation: &Allocation) -> Self {
        let arms = &allocation.arms;
        let filter = |namespace: &Namespace| Filter::of(namespace, allocation.hash_attribute);
        let meta = |key: &String| Meta { key: key.clone() };
        Self {
            key: key.to_owned(),
            seed: allocation.seed.clone(),
            hash_version: allocation.hash_version,
            hash_attribute: allocation.hash_attribute,
            fallback_attribute: allocation.fallback_attribute,
            disable_sticky_bucketing: !allocation.sticky,
            bucket_version: allocation.bucket_version,
            min_bucket_version: allocation.min_bucket_version,
            variations: arms.iter().map(|it| it.value.clone()).collect(),
            meta: arms.iter().map(|it| meta(&it.key)).collect(),
            ranges: allocation.ranges(),
            filters: allocation.namespace.iter().map(filter).collect(),
            condition: allocation.segments.clone(),
        }
    }

    pub(super) fn is_remembered(&self) -> bool {
        !self.disable_sticky_bucketing
    }

    /// Where the rule puts a visitor; nowhere, when they take no part. The order of the questions is that of
    /// the SDKs: a filter counts for everybody, a condition and the ranges only for visitors without an arm.
    pub(super) fn place<'a>(
        &self,
        visitor: &'a Attributes,
        sticky: Option<&StickyDocuments>,
    ) -> Option<Placed<'a>> {
        if !self.filters.iter().all(|it| it.holds(visitor)) {
            return None;
        }
        let sticky = sticky.filter(|_| self.is_remembered());
        let fallback = self.fallback_attribute.filter(|_| sticky.is_some());
        let (attribute, identifier) = [Some(self.hash_attribute), fallback]
            .into_iter()
            .flatten()
            .find_map(|it| Some((it, visitor.identifier(it)?)))?;
        let remembered = sticky.map_or(Remembered::Nothing, |it| {
            let attributes = (self.hash_attribute, self.fallback_attribute);
            it.remembered(self, attributes, visitor)
        });
        let seed = self.seed.as_ref().unwrap_or(&self.key);
        let bucket = hash(seed, identifier, self.hash_version);
        let arm = match remembered {
            Remembered::Blocked => None,
            Remembered::Arm(arm) => Some(arm),
            Remembered::Nothing => {
                let place = || self.ranges.iter().position(|it| it.holds(bucket));
                self.condition.hold(visitor).then(place).flatten()
            }
        }?;
        Some(Placed {
            arm,
            attribute,
            identifier,
            bucket,
            remembered: matches!(remembered, Remembered::Arm(_)),
        })
    }
}

impl Filter {
    fn of(namespace: &Namespace, attribute: HashAttribute) -> Self {
        Self {
            seed: format!("{NAMESPACE_PREFIX}{}", namespace.key),
            attribute,
            hash_version: HashVersion::Two,
            ranges: [BucketRange::between_bps(
                namespace.from_bps,
                namespace.to_bps,
            )],
        }
    }

    fn holds(&self, visitor: &Attributes) -> bool {
        visitor.identifier(self.attribute).is_some_and(|it| {
            let position = hash(&self.seed, it, self.hash_version);
            self.ranges.iter().any(|range| range.holds(position))
        })
    }
}
