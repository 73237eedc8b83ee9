//! The features of an organisation as `GrowthBook`'s SDKs download them.
//!
//! Law: a feature is an experiment, under its key. Its default is the control's value, its rule the
//! running experiment or the arm that was decided for, behind the holdout if there is one.

use super::{
    allocation::Allocation,
    arm::Arm,
    holdout::{HOLDOUT_PREFIX, Holdout},
    rule::{ExperimentRule, ParentCondition, Rule, RuleKind},
};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What SDKs download, and what [`Payload::evaluate`] answers from.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Payload {
    pub(super) features: BTreeMap<String, Feature>,
}

/// A feature, by whose key a page asks for its value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Feature {
    pub(super) default_value: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) rules: Vec<Rule>,
}

/// An experiment that pages see.
#[derive(Debug, Clone, Copy)]
pub struct Definition<'a> {
    /// Its key, which does not begin with [`HOLDOUT_PREFIX`](super::HOLDOUT_PREFIX).
    pub key: &'a str,
    /// How visitors are shared out.
    pub allocation: &'a Allocation,
    /// The arm that everybody sees, once it is decided.
    pub decided: Option<&'a Arm>,
}

impl Payload {
    /// The keys of the features that are experiments.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let keys = self.features.keys().map(String::as_str);
        keys.filter(|key| !key.starts_with(HOLDOUT_PREFIX))
    }

    /// The payload of experiments that run or are decided, each valid.
    pub fn of<'a>(
        experiments: impl IntoIterator<Item = Definition<'a>>,
        holdout: Option<&Holdout>,
    ) -> Self {
        let behind = |kind| Rule {
            parent_conditions: holdout
                .map(|it| ParentCondition::general(it.feature()))
                .into_iter()
                .collect(),
            kind,
        };
        let mut features: BTreeMap<_, _> = experiments
            .into_iter()
            .map(|it| (it.key.to_owned(), it.feature(behind)))
            .collect();
        if let Some(holdout) = holdout {
            let definition = Definition {
                key: &holdout.feature(),
                allocation: &holdout.allocation(),
                decided: None,
            };
            let alone = |kind| Rule {
                parent_conditions: Vec::new(),
                kind,
            };
            features.insert(holdout.feature(), definition.feature(alone));
        }
        Self { features }
    }
}

impl Definition<'_> {
    fn feature(self, rule: impl FnOnce(RuleKind) -> Rule) -> Feature {
        let kind = match self.decided {
            Some(arm) => RuleKind::Force {
                force: arm.value.clone(),
            },
            None => RuleKind::Experiment(Box::new(ExperimentRule::of(self.key, self.allocation))),
        };
        let control = self.allocation.arms.first();
        Feature {
            default_value: control.map_or(Value::Null, |it| it.value.clone()),
            rules: vec![rule(kind)],
        }
    }
}
