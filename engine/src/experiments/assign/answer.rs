//! What a visitor sees, from the payload and from what they have seen.

use super::{
    Features, Seen, SeenArm, SeenFeature,
    past::{Past, SeenArms},
};
use std::collections::{BTreeMap, HashMap};
use tessera_domain::experiments::assignment::{
    Attributes, HELD_OUT, HOLDOUT_PREFIX, StickyDocument, StickyDocuments,
};
use tessera_store::experiments::live::{Live, LiveExperiment};
use uuid::Uuid;

/// A visitor, and what is known of them.
pub(super) struct Asked<'a> {
    pub(super) live: &'a Live,
    pub(super) attributes: Attributes,
    pub(super) person: Uuid,
    pub(super) past: &'a Past,
}

impl Asked<'_> {
    pub(super) fn answer(&self, features: Features<'_>) -> Seen {
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

    /// What is remembered of the visitor, under each identifier that decides. That they have seen an
    /// earlier phase is remembered as its base: which arm it was does not matter to a page, and is not known.
    fn remembered(&self) -> StickyDocuments {
        let mut documents: HashMap<(&str, &str), StickyDocument> = HashMap::new();
        for experiment in self.live.running() {
            let Some(seen) = self.seen(experiment) else {
                continue;
            };
            let allocation = &experiment.design.allocation;
            let (version, place) = if seen.is_of_earlier_phase {
                (allocation.bucket_version.saturating_sub(1), Some(0))
            } else {
                (allocation.bucket_version, seen.arms.first().copied())
            };
            let arm = place.and_then(|it| allocation.arms.get(it));
            let Some(arm) = arm.filter(|_| allocation.sticky) else {
                continue;
            };
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
                document.put(&experiment.key, version, &arm.key);
            }
        }
        documents.into_values().collect()
    }

    fn seen(&self, experiment: &LiveExperiment) -> Option<&SeenArms> {
        self.past.get(experiment, self.person)
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
        let seen = running.and_then(|it| self.seen(it));
        if seen.is_some_and(|it| it.is_of_earlier_phase) {
            return self.base(key);
        }
        // The identifier that decides may not be among those that are known here.
        let kept = running.zip(seen).and_then(|(it, seen)| {
            let allocation = &it.design.allocation;
            let first = allocation.arms.get(*seen.arms.first()?);
            first.filter(|_| allocation.sticky)
        });
        let (value, arm) = match (kept, found.assignment()) {
            (Some(kept), _) => (&kept.value, Some(kept.key.as_str())),
            (None, Some(dealt)) => (found.value, Some(dealt.arm_key)),
            (None, None) => (found.value, None),
        };
        let seen_before = |arm: &str| {
            let place = running.and_then(|it| it.place(arm));
            place
                .zip(seen)
                .is_some_and(|(place, seen)| seen.arms.contains(&place))
        };
        Some(SeenFeature {
            feature: key.to_owned(),
            value: value.clone(),
            arm: arm.map(|arm| SeenArm {
                phase: running.map_or(0, |it| it.phase),
                arm: arm.to_owned(),
                seen_before: seen_before(arm),
            }),
        })
    }
}
