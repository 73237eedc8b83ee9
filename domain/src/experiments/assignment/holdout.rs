//! Visitors who are kept out of every experiment, so that what all of them together bring can be seen.

use super::{
    allocation::{Allocation, BPS},
    arm::{Arm, check_key},
    attributes::HashAttribute,
    bucket::HashVersion,
    targeting::Segments,
};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// What the holdout's feature begins with: the name by which SDKs keep it in a reduced payload.
pub const HOLDOUT_PREFIX: &str = "$holdout:";
/// The arm, and the value, of visitors who are held out.
pub const HELD_OUT: &str = "held_out";
/// The arm, and the value, of everybody else.
pub const GENERAL: &str = "general";
/// Most visitors who can be held out, in ten-thousandths: half of them.
const MAX_HELD_OUT_BPS: u16 = BPS / 2;

/// A holdout over all experiments: an experiment of its own, behind whose general arm the others are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// What it is remembered by, of `a-z`, `0-9`, `_` and `-`. Another key holds others out.
    pub key: String,
    /// The identifier that decides. Visitors without it are not held out.
    pub hash_attribute: HashAttribute,
    /// The identifier that decides for visitors without the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_attribute: Option<HashAttribute>,
    /// Part of the visitors who are held out, in ten-thousandths.
    pub held_out_bps: u16,
}

impl Holdout {
    /// Checks the holdout, before it is stored.
    ///
    /// # Errors
    /// When a field breaks its rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        check_key("key", &self.key)?;
        Refusal::unless_number("held_out_bps", self.held_out_bps, 1..=MAX_HELD_OUT_BPS)?;
        self.allocation().validate()
    }

    /// The key of its feature.
    pub fn feature(&self) -> String {
        format!("{HOLDOUT_PREFIX}{}", self.key)
    }

    /// How visitors are shared out. The first arm is the one that everybody without an identifier sees.
    pub fn allocation(&self) -> Allocation {
        let arm = |key: &str, weight_bps| Arm {
            key: key.to_owned(),
            value: key.into(),
            weight_bps,
        };
        Allocation {
            hash_attribute: self.hash_attribute,
            fallback_attribute: self.fallback_attribute,
            hash_version: HashVersion::Two,
            seed: None,
            arms: vec![
                arm(GENERAL, BPS.saturating_sub(self.held_out_bps)),
                arm(HELD_OUT, self.held_out_bps),
            ],
            coverage_bps: BPS,
            namespace: None,
            segments: Segments::default(),
            sticky: true,
            bucket_version: 0,
            min_bucket_version: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(change: impl FnOnce(&mut Holdout)) -> Option<String> {
        let mut holdout = Holdout {
            key: "2026".to_owned(),
            hash_attribute: HashAttribute::Wallet,
            fallback_attribute: None,
            held_out_bps: 500,
        };
        change(&mut holdout);
        holdout.validate().err().map(|it| it.field)
    }

    #[test]
    fn a_holdout_of_nobody_of_most_or_without_a_name_is_refused() {
        let refused = |name: &str| Some(name.to_owned());
        assert_eq!(field(|it| it.held_out_bps = 0), refused("held_out_bps"));
        assert_eq!(field(|it| it.held_out_bps = 5_001), refused("held_out_bps"));
        assert_eq!(field(|it| it.key = "$".to_owned()), refused("key"));
        let wallet = Some(HashAttribute::Wallet);
        let field = (field(|it| it.fallback_attribute = wallet), field(|_| ()));
        assert_eq!(field, (refused("fallback_attribute"), None));
    }
}
