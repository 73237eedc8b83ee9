//! How visitors are shared out among the arms of an experiment.

use super::{
    arm::{Arm, check_arms},
    attributes::HashAttribute,
    bucket::{BucketRange, HashVersion, arm_ranges},
    targeting::{Namespace, Segments},
};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// Ten-thousandths of the whole.
pub const BPS: u16 = 10_000;
/// Highest version of remembered arms. SDKs look up every version below the least that counts.
pub const MAX_BUCKET_VERSION: u32 = 100;
const MAX_SEED_CHARS: usize = 100;

/// How visitors are shared out among the arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocation {
    /// The identifier that decides.
    pub hash_attribute: HashAttribute,
    /// The identifier that decides for visitors without the first, as long as they have none: who comes
    /// to have it keeps the arm, which is remembered under both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_attribute: Option<HashAttribute>,
    /// The hash.
    #[serde(default)]
    pub hash_version: HashVersion,
    /// What the hash starts from; the experiment's key where there is none. Another seed deals again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// The arms. The first is the control, which everybody outside of the experiment sees too.
    pub arms: Vec<Arm>,
    /// Part of the visitors who take part, in ten-thousandths.
    #[serde(default = "whole")]
    pub coverage_bps: u16,
    /// The part of a namespace that takes part, where experiments exclude each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Namespace>,
    /// The segments that take part.
    #[serde(default)]
    pub segments: Segments,
    /// Whether visitors keep an arm that is remembered of them, when weights or segments change.
    #[serde(default = "yes")]
    pub sticky: bool,
    /// Version under which arms are remembered; a higher one deals again.
    #[serde(default)]
    pub bucket_version: u32,
    /// Visitors of whom an arm of a lower version is remembered take no part any more.
    #[serde(default)]
    pub min_bucket_version: u32,
}

fn whole() -> u16 {
    BPS
}

fn yes() -> bool {
    true
}

impl Allocation {
    /// Checks the allocation, before it is stored.
    ///
    /// # Errors
    /// When a field breaks its rule, or two arms have the same key.
    pub fn validate(&self) -> Result<(), Refusal> {
        check_arms(&self.arms)?;
        self.check_identifiers()?;
        Refusal::unless_number("coverage_bps", self.coverage_bps, 1..=BPS)?;
        self.check_places()?;
        if let Some(seed) = &self.seed {
            Refusal::unless_name("seed", seed, MAX_SEED_CHARS)?;
            if seed.starts_with('$') {
                let rule = "must not begin with $, as those of namespaces and holdouts do";
                return Err(Refusal::new("seed", rule));
            }
        }
        if let Some(namespace) = &self.namespace {
            namespace.validate().map_err(|it| it.within("namespace"))?;
        }
        self.segments
            .validate()
            .map_err(|it| it.within("segments"))?;
        let versions = 0..=MAX_BUCKET_VERSION;
        Refusal::unless_number("bucket_version", self.bucket_version, versions)?;
        let versions = 0..=self.bucket_version;
        Refusal::unless_number("min_bucket_version", self.min_bucket_version, versions)?;
        if self.min_bucket_version > 0 && !self.sticky {
            let rule =
                "must be true where earlier arms leave visitors out: pages have to remember them";
            return Err(Refusal::new("sticky", rule));
        }
        Ok(())
    }

    fn check_identifiers(&self) -> Result<(), Refusal> {
        let Some(fallback) = self.fallback_attribute else {
            return Ok(());
        };
        let rule = if fallback == self.hash_attribute {
            "must be another identifier than hash_attribute"
        } else if !self.sticky {
            "must be left out without sticky: who signs in would change arms"
        } else if self.namespace.is_some() {
            "must be left out in a namespace: who signs in would be in two experiments"
        } else {
            return Ok(());
        };
        Err(Refusal::new("fallback_attribute", rule))
    }

    /// Refuses an arm with a weight whose range holds no place of the hash: nobody would ever see it.
    fn check_places(&self) -> Result<(), Refusal> {
        let places = self.buckets();
        let arms = self.arms.iter().zip(&places);
        let hidden = arms
            .enumerate()
            .find(|(_, (arm, places))| arm.weight_bps > 0 && **places == 0);
        let Some((at, _)) = hidden else {
            return Ok(());
        };
        let rule = format!(
            "must be 0, or so large that at this coverage the arm has one of the {} places of the hash",
            self.hash_version.places()
        );
        Err(Refusal::new(format!("arms[{at}].weight_bps"), rule))
    }

    /// The least weight of an arm with which it has a place of the hash, wherever its range begins.
    pub(in crate::experiments) fn least_whole_bps(&self) -> u16 {
        match self.hash_version {
            // A weight is whole ten-thousandths, so every range begins at a place.
            HashVersion::Two => 1,
            HashVersion::One => {
                let place = u32::from(BPS) / HashVersion::One.places();
                let least = (place * u32::from(BPS)).div_ceil(self.coverage_bps.max(1).into());
                u16::try_from(least).unwrap_or(u16::MAX)
            }
        }
    }

    /// The places that arms have, in their order.
    pub(super) fn ranges(&self) -> Vec<BucketRange> {
        let weights = self.arms.iter().map(|it| it.weight_bps);
        arm_ranges(weights, self.coverage_bps)
    }

    /// How many buckets of the hash each arm has. Of those whose arm is not remembered, arms hold visitors
    /// in this proportion, and not in that of the weights: one in ten of a coverage of 5 buckets is 1
    /// bucket against 5.
    pub fn buckets(&self) -> Vec<u32> {
        let version = self.hash_version;
        let ranges = self.ranges();
        ranges.iter().map(|it| it.buckets(version)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn allocation(weights: &[u16]) -> Allocation {
        let arm =
            |(at, weight)| json!({"key": format!("arm-{at}"), "value": at, "weight_bps": weight});
        let arms: Vec<_> = weights.iter().enumerate().map(arm).collect();
        let allocation = json!({"hash_attribute": "wallet", "arms": arms});
        serde_json::from_value(allocation).expect("an allocation")
    }

    fn refused(change: impl FnOnce(&mut Allocation)) -> String {
        let mut allocation = allocation(&[5_000, 5_000, 0]);
        assert_eq!(allocation.validate(), Ok(()));
        change(&mut allocation);
        allocation.validate().expect_err("refused").to_string()
    }

    #[test]
    fn unknown_fields_are_refused() {
        let mut json = serde_json::to_value(allocation(&[1, 9_999])).expect("JSON");
        json["weights"] = json!([]);
        assert!(serde_json::from_value::<Allocation>(json).is_err());
    }

    #[test]
    fn a_fallback_must_be_another_identifier_and_remembered() {
        let field = |change: fn(&mut Allocation)| {
            refused(|it| {
                it.fallback_attribute = Some(HashAttribute::AnonymousId);
                change(it);
            })
        };
        assert_eq!(
            field(|it| it.hash_attribute = HashAttribute::AnonymousId),
            "fallback_attribute: must be another identifier than hash_attribute"
        );
        assert_eq!(
            field(|it| it.sticky = false),
            "fallback_attribute: must be left out without sticky: who signs in would change arms"
        );
        assert_eq!(
            field(|it| {
                it.namespace = Some(Namespace {
                    key: "checkout".to_owned(),
                    from_bps: 0,
                    to_bps: 1,
                });
            }),
            "fallback_attribute: must be left out in a namespace: who signs in would be in two experiments"
        );
    }

    #[test]
    fn numbers_must_be_within_their_bounds() {
        for (change, rule) in [
            (
                (|it| it.coverage_bps = 0) as fn(&mut Allocation),
                "coverage_bps: must be from 1 to 10000",
            ),
            (
                |it| it.coverage_bps = 10_001,
                "coverage_bps: must be from 1 to 10000",
            ),
            (
                |it| it.bucket_version = 101,
                "bucket_version: must be from 0 to 100",
            ),
            (
                |it| it.min_bucket_version = 1,
                "min_bucket_version: must be 0",
            ),
            (
                |it| {
                    (it.bucket_version, it.min_bucket_version) = (1, 1);
                    it.sticky = false;
                },
                "sticky: must be true where earlier arms leave visitors out: pages have to remember them",
            ),
            (
                |it| it.seed = Some(String::new()),
                "seed: must have 1 to 100 characters, none of them a control character",
            ),
            (
                |it| it.seed = Some("$holdout:2026".to_owned()),
                "seed: must not begin with $, as those of namespaces and holdouts do",
            ),
            (
                |it| {
                    it.namespace = Some(Namespace {
                        key: "checkout".to_owned(),
                        from_bps: 7,
                        to_bps: 7,
                    });
                },
                "namespace.from_bps: must be less than to_bps",
            ),
            (
                |it| it.segments.any_of = [String::new()].into(),
                "segments.any_of: must have 1 to 100 characters, none of them a control character",
            ),
        ] {
            assert_eq!(refused(change), rule);
        }
    }

    #[test]
    fn a_small_coverage_holds_whole_buckets() {
        let mut allocation = allocation(&[9_000, 1_000]);
        assert_eq!(allocation.buckets(), [9_000, 1_000]);
        allocation.coverage_bps = 5;
        assert_eq!(allocation.buckets(), [5, 1]);
        allocation.hash_version = HashVersion::One;
        assert_eq!(allocation.buckets(), [1, 1]);
    }
}
