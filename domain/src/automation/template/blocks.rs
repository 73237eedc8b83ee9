//! Blocks: texts that differ from person to person. The first whose tests all hold is said; the last one has
//! none, so that something always is.

use super::Template;
use crate::{event::Properties, experiments::assignment::check_key, filter, people::segment};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The arms that a person sees, by the keys of their experiments.
pub type Arms = BTreeMap<String, String>;

/// A text, and whom it is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// All of which must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Test>,
    /// The text, as it is: no template.
    pub text: String,
}

/// What must hold of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// A trait that `identify` last stated.
    Trait(filter::Condition),
    /// That they are a member of this segment.
    InSegment(String),
    /// That they are no member of this segment.
    NotInSegment(String),
    /// That they see this arm of an experiment; by a bandit, the arm that it deals them.
    Arm(ArmTest),
}

/// An arm of an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmTest {
    /// The experiment's key.
    pub experiment: String,
    /// The arm's key.
    pub arm: String,
}

impl Test {
    fn holds(&self, public: &Properties, segments: &[String], arms: &Arms) -> bool {
        match self {
            Self::Trait(test) => test.holds(public),
            Self::InSegment(name) => segments.contains(name),
            Self::NotInSegment(name) => !segments.contains(name),
            Self::Arm(test) => arms.get(&test.experiment) == Some(&test.arm),
        }
    }

    pub(super) fn validate(&self) -> Result<(), crate::refusal::Refusal> {
        match self {
            Self::Trait(test) => segment::validate_trait(test).map_err(|it| it.within("trait")),
            Self::InSegment(_) | Self::NotInSegment(_) => Ok(()),
            Self::Arm(test) => {
                check_key("arm.experiment", &test.experiment)?;
                check_key("arm.arm", &test.arm)
            }
        }
    }

    /// The segment that is tested.
    pub(super) fn segment(&self) -> Option<&str> {
        match self {
            Self::Trait(_) | Self::Arm(_) => None,
            Self::InSegment(name) | Self::NotInSegment(name) => Some(name),
        }
    }
}

impl Template {
    /// What each block says to a person.
    pub(super) fn said<'a>(
        &'a self,
        public: &Properties,
        segments: &[String],
        arms: &Arms,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.blocks.iter().filter_map(move |(name, blocks)| {
            let fits = |it: &&Block| {
                it.when
                    .iter()
                    .all(|test| test.holds(public, segments, arms))
            };
            Some((name.as_str(), blocks.iter().find(fits)?.text.as_str()))
        })
    }

    /// The segments that its blocks test.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.tests().filter_map(Test::segment)
    }

    /// The experiments whose arms its blocks test, each once.
    pub fn experiments(&self) -> BTreeSet<&str> {
        self.tests()
            .filter_map(|test| match test {
                Test::Arm(test) => Some(test.experiment.as_str()),
                _ => None,
            })
            .collect()
    }

    fn tests(&self) -> impl Iterator<Item = &Test> {
        let blocks = self.blocks.values().flatten();
        blocks.flat_map(|it| &it.when)
    }
}
