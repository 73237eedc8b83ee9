//! Arms that are remembered of visitors, in the documents of the SDKs.
//!
//! Law: what is remembered under the deciding identifier counts before what is remembered under its
//! fallback, so that visitors who sign in keep the arm that they had.

use super::{
    attributes::{Attributes, HashAttribute},
    rule::ExperimentRule,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The arms that are remembered of an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StickyDocument {
    /// Name of the attribute.
    pub attribute_name: String,
    /// The identifier.
    pub attribute_value: String,
    /// Keys of arms by experiment and version, as in `checkout__0`.
    pub assignments: BTreeMap<String, String>,
}

/// The documents of a visitor, by attribute and identifier, as in `wallet||7a3f`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StickyDocuments(BTreeMap<String, StickyDocument>);

/// What is remembered of a visitor in an experiment.
pub(super) enum Remembered {
    Nothing,
    /// The place of the arm.
    Arm(usize),
    /// An arm of a version that does not count any more.
    Blocked,
}

impl FromIterator<StickyDocument> for StickyDocuments {
    fn from_iter<I: IntoIterator<Item = StickyDocument>>(documents: I) -> Self {
        let keyed = |it: StickyDocument| (key(&it.attribute_name, &it.attribute_value), it);
        Self(documents.into_iter().map(keyed).collect())
    }
}

impl StickyDocuments {
    /// What is remembered under the deciding attribute and its fallback, in this order.
    pub(super) fn remembered(
        &self,
        rule: &ExperimentRule,
        (attribute, fallback): (HashAttribute, Option<HashAttribute>),
        visitor: &Attributes,
    ) -> Remembered {
        let document = |attribute: HashAttribute| {
            let identifier = visitor.identifier(attribute)?;
            self.0.get(&key(attribute.name(), identifier))
        };
        let documents = [document(attribute), fallback.and_then(document)];
        let arm = |version| {
            let place = versioned(&rule.key, version);
            let mut documents = documents.iter().flatten();
            documents.find_map(|it| it.assignments.get(&place))
        };
        if (0..rule.min_bucket_version).any(|it| arm(it).is_some()) {
            return Remembered::Blocked;
        }
        let known = |key: &String| rule.meta.iter().position(|it| it.key == *key);
        arm(rule.bucket_version)
            .and_then(known)
            .map_or(Remembered::Nothing, Remembered::Arm)
    }
}

fn key(attribute: &str, identifier: &str) -> String {
    format!("{attribute}||{identifier}")
}

pub(crate) fn versioned(experiment: &str, version: u32) -> String {
    format!("{experiment}__{version}")
}
