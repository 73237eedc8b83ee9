//! The rules by which journeys are built, and why attribution is refused.

use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

const SECS_PER_DAY: i64 = 86_400;
/// Longest span: ten years.
pub const MAX_SECS: i64 = 3_650 * SECS_PER_DAY;

/// The rule of each span.
const SPAN: &str = "must be from 1 to 315360000 seconds, which are 10 years";

/// How touches are found and joined to conversions. All spans are in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributionRules {
    /// How long before a conversion a touch may lie; 90 days by default.
    pub lookback_secs: i64,
    /// Whether a conversion also takes touches that lie before an earlier conversion of the same
    /// person. Usually it does not: each touch then belongs to one conversion at most.
    pub across_conversions: bool,
    /// Age at which a touch weighs half in [`Model::TimeDecay`](super::Model::TimeDecay); 7 days by
    /// default.
    pub half_life_secs: i64,
    /// Silence after which a person's next event begins a new session; 30 minutes by default.
    pub session_gap_secs: i64,
}

impl Default for AttributionRules {
    fn default() -> Self {
        Self {
            lookback_secs: 90 * SECS_PER_DAY,
            across_conversions: false,
            half_life_secs: 7 * SECS_PER_DAY,
            session_gap_secs: 1_800,
        }
    }
}

impl AttributionRules {
    /// Refuses spans that are out of bounds.
    ///
    /// # Errors
    /// The first span that is out of bounds.
    pub fn validate(&self) -> Result<(), Refusal> {
        let spans = [
            ("lookback_secs", self.lookback_secs),
            ("half_life_secs", self.half_life_secs),
            ("session_gap_secs", self.session_gap_secs),
        ];
        match spans
            .iter()
            .find(|(_, secs)| !(1..=MAX_SECS).contains(secs))
        {
            Some(&(field, _)) => Err(Refusal::new(field, SPAN)),
            None => Ok(()),
        }
    }
}

/// Why attribution is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AttributionError {
    /// The chain has more channels than can be solved.
    #[error("model: markov takes at most {max} channels, these journeys have {channels}")]
    TooManyChannels {
        /// Channels of the journeys.
        channels: usize,
        /// Most channels allowed.
        max: usize,
    },
    /// The statistics do not come from journeys: a channel leads only to itself.
    #[error("transitions: every channel must lead to a conversion or to the end of a journey")]
    Unsolvable,
    /// Too few or too many rounds of resampling.
    #[error("rounds: must be from {min} to {max}")]
    Rounds {
        /// Fewest rounds.
        min: u32,
        /// Most rounds.
        max: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_out_of_bounds_are_refused_by_name() {
        let rules = AttributionRules {
            half_life_secs: 0,
            ..AttributionRules::default()
        };
        let refusal = rules.validate().unwrap_err().to_string();
        assert!(refusal.starts_with("half_life_secs: must be"), "{refusal}");
        let rules = AttributionRules {
            lookback_secs: i64::MAX,
            ..AttributionRules::default()
        };
        assert!(rules.validate().is_err());
    }

    #[test]
    fn an_empty_definition_is_the_usual_one() -> serde_json::Result<()> {
        let rules: AttributionRules = serde_json::from_str("{}")?;
        assert_eq!(rules, AttributionRules::default());
        assert_eq!(rules.validate(), Ok(()));
        assert!(serde_json::from_str::<AttributionRules>(r#"{"lookback": 1}"#).is_err());
        Ok(())
    }
}
