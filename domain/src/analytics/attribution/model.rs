//! The models, and how those that use one journey at a time weigh its touches.

use super::{channel::DIRECT, journey::Journey};
use crate::apportion::integer_weights;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A rule for sharing out credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// All to the first touch.
    First,
    /// All to the last touch.
    Last,
    /// All to the last touch that is not [`DIRECT`]; to the last one when all are.
    LastNonDirect,
    /// Equal parts to every touch, so a repeated channel gets one for each touch.
    Linear,
    /// Half as much for each half-life that a touch lies before the conversion.
    TimeDecay,
    /// 40 % to the first, 40 % to the last, 20 % shared by those between. Of two touches each gets
    /// half; a single one gets all.
    Position,
    /// Removal effects in the absorbing Markov chain of first order whose states are the channels
    /// (Anderl et al. 2014): the share of conversions that would be lost if a channel led nowhere.
    /// The only model in which null journeys count, and in which the totals rather than each
    /// journey are split: revenue is shared as conversions are.
    Markov,
    /// The Shapley value of the game in which a set of channels is worth the conversions of the
    /// journeys that touch no channel outside of it (Zhao et al. 2018, arXiv 1804.05327): exact,
    /// for any number of channels.
    ///
    /// That game is a sum of unanimity games, one for each journey, whose Shapley value gives an
    /// equal part to each distinct channel of the journey and nothing to the others. As the value
    /// is additive over games, the sum of these parts is the value, without a visit to all 2^n sets.
    Shapley,
}

impl Model {
    /// Every model.
    pub const ALL: [Self; 8] = [
        Self::First,
        Self::Last,
        Self::LastNonDirect,
        Self::Linear,
        Self::TimeDecay,
        Self::Position,
        Self::Markov,
        Self::Shapley,
    ];

    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::LastNonDirect => "last_non_direct",
            Self::Linear => "linear",
            Self::TimeDecay => "time_decay",
            Self::Position => "position",
            Self::Markov => "markov",
            Self::Shapley => "shapley",
        }
    }

    /// The weight of each touch of `journey`, in the order of [`Journey::channels`]; none for
    /// models that need all journeys.
    pub(super) fn weights(self, journey: &Journey, half_life_secs: i64) -> Option<Vec<u64>> {
        let channels = journey.channels();
        let count = channels.len();
        let all_to = |index: usize| (0..count).map(|it| u64::from(it == index)).collect();
        let last = count.saturating_sub(1);
        let weights = match self {
            Self::Markov => return None,
            Self::First => all_to(0),
            Self::Last => all_to(last),
            Self::LastNonDirect => all_to(
                channels
                    .iter()
                    .rposition(|it| *it != DIRECT)
                    .unwrap_or(last),
            ),
            Self::Linear => vec![1; count],
            Self::TimeDecay => decayed(journey, half_life_secs),
            Self::Position if count <= 2 => vec![1; count],
            Self::Position => {
                // In units of a fifth of what each touch between gets.
                let between = u64::try_from(count - 2).unwrap_or(u64::MAX);
                let weight = |it| {
                    if it == 0 || it == last {
                        2 * between
                    } else {
                        1
                    }
                };
                (0..count).map(weight).collect()
            }
            Self::Shapley => {
                let mut seen = BTreeSet::new();
                channels
                    .iter()
                    .map(|channel| u64::from(seen.insert(*channel)))
                    .collect()
            }
        };
        Some(weights)
    }
}

/// 2^(-age / half-life). Ages count from the newest touch: proportions are the same as from the
/// conversion, and long ages do not round all weights to zero.
fn decayed(journey: &Journey, half_life_secs: i64) -> Vec<u64> {
    let Some(newest) = journey.touches.last() else {
        return vec![1; journey.channels().len()];
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of centuries are below 2^53"
    )]
    let half_life = half_life_secs as f64;
    let weights: Vec<f64> = journey
        .touches
        .iter()
        .map(|touch| (-newest.at.secs_since(touch.at) / half_life).exp2())
        .collect();
    integer_weights(&weights)
}

#[cfg(test)]
mod tests {
    use super::super::touch::Touch;
    use super::*;
    use crate::time::Timestamp;

    const DAY: i64 = 86_400;

    fn weights(model: Model, channels: &[&str]) -> Vec<u64> {
        let touches = (0..).zip(channels).map(|(day, channel)| Touch {
            channel: (*channel).to_owned(),
            at: Timestamp::from_secs(day * DAY),
        });
        let journey = Journey {
            touches: touches.collect(),
            conversion: None,
        };
        model.weights(&journey, DAY).expect("weights")
    }

    #[test]
    fn position_of_one_and_two_touches_is_all_and_half_each() {
        assert_eq!(weights(Model::Position, &["a"]), [1]);
        assert_eq!(weights(Model::Position, &["a", "b"]), [1, 1]);
        assert_eq!(weights(Model::Position, &["a", "b", "c"]), [2, 1, 2]);
        assert_eq!(
            weights(Model::Position, &["a", "b", "c", "d"]),
            [4, 1, 1, 4]
        );
    }

    #[test]
    fn last_non_direct_falls_back_to_direct() {
        let model = Model::LastNonDirect;
        assert_eq!(weights(model, &["a", "direct", "direct"]), [1, 0, 0]);
        assert_eq!(weights(model, &["direct", "direct"]), [0, 1]);
    }

    #[test]
    fn a_touch_of_one_half_life_ago_weighs_half() {
        let found = weights(Model::TimeDecay, &["a", "b", "c"]);
        let newest = found.last().copied().expect("three weights");
        assert_eq!(found, [newest / 4, newest / 2, newest]);
    }

    #[test]
    fn shapley_counts_a_repeated_channel_once() {
        assert_eq!(weights(Model::Shapley, &["a", "b", "a"]), [1, 1, 0]);
    }
}
