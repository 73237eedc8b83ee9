//! Sums over journeys from which all models are computed. They add over persons, and a person's
//! part can be subtracted exactly when a new event changes it.
//!
//! Credit is kept in 2^-32 of a unit, so that rounding to units happens once, in the report, and not
//! for each journey. Each journey's credit adds up to its conversion and its value exactly.

use super::{decimal_text, journey::Journey, model::Model, rules::AttributionRules};
use crate::apportion::apportion;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, btree_map::Entry};

/// Micro-conversions in a conversion.
pub(super) const MICROS: u128 = 1_000_000;
/// Fractional bits of [`Credit`]. The largest value of a token leaves room for the credit of 2^32
/// conversions.
pub(super) const FRACTION_BITS: u32 = 32;

/// Sums over the journeys of an organisation, a shard or one person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JourneyStatistics {
    /// Journeys, including those without a conversion.
    pub journeys: u64,
    /// Conversions.
    pub conversions: u64,
    /// Value of the conversions, in the token's smallest units.
    #[serde(with = "decimal_text")]
    pub revenue: u128,
    /// Sums by name of the channel.
    pub(super) channels: BTreeMap<String, ChannelStatistics>,
}

/// Sums of one channel: its transitions, and its credit under each model.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChannelStatistics {
    /// Journeys that began with it.
    pub(super) starts: u64,
    /// Conversions right after it.
    pub(super) converted: u64,
    /// Journeys that ended with it without a conversion.
    pub(super) abandoned: u64,
    /// Touches of another channel right after it. Repeats of a channel are no transitions: leaving
    /// them out conditions each state on being left, which changes no removal effect.
    pub(super) next: BTreeMap<String, u64>,
    /// Credit by the models that use one journey at a time.
    pub(super) credit: BTreeMap<Model, Credit>,
}

/// A part of conversions and of their value, in 2^-32 of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credit {
    /// In 2^-32 micro-conversions.
    #[serde(with = "decimal_text")]
    pub(super) conversions: u128,
    /// In 2^-32 of the token's smallest unit.
    #[serde(with = "decimal_text")]
    pub(super) revenue: u128,
}

impl JourneyStatistics {
    /// The sums over `journeys`: of one person, or of many.
    pub fn of(journeys: &[Journey], rules: &AttributionRules) -> Self {
        let mut sums = Self::default();
        for journey in journeys {
            sums.count(journey, rules);
        }
        sums
    }

    /// Adds the sums over other journeys.
    pub fn merge(&mut self, other: &Self) {
        self.combine(other, u64::saturating_add, u128::saturating_add);
    }

    /// Subtracts sums that were merged before.
    pub fn remove(&mut self, other: &Self) {
        self.combine(other, u64::saturating_sub, u128::saturating_sub);
    }

    fn count(&mut self, journey: &Journey, rules: &AttributionRules) {
        let channels = journey.channels();
        let (Some(first), Some(last)) = (channels.first(), channels.last()) else {
            return;
        };
        self.journeys += 1;
        self.channel(first).starts += 1;
        for (from, to) in channels.iter().zip(channels.iter().skip(1)) {
            if from != to {
                *self.channel(from).next.entry((*to).to_owned()).or_default() += 1;
            }
        }
        let Some(conversion) = &journey.conversion else {
            self.channel(last).abandoned += 1;
            return;
        };
        self.channel(last).converted += 1;
        self.conversions += 1;
        self.revenue = self.revenue.saturating_add(u128::from(conversion.value));
        for model in Model::ALL {
            let Some(weights) = model.weights(journey, rules.half_life_secs) else {
                continue;
            };
            let conversions = apportion(MICROS << FRACTION_BITS, &weights);
            let revenue = apportion(u128::from(conversion.value) << FRACTION_BITS, &weights);
            let parts = conversions.into_iter().zip(revenue);
            for (channel, (conversions, revenue)) in channels.iter().zip(parts) {
                if conversions > 0 || revenue > 0 {
                    let credit = self.channel(channel).credit.entry(model).or_default();
                    credit.conversions = credit.conversions.saturating_add(conversions);
                    credit.revenue = credit.revenue.saturating_add(revenue);
                }
            }
        }
    }

    fn channel(&mut self, name: &str) -> &mut ChannelStatistics {
        self.channels.entry(name.to_owned()).or_default()
    }

    fn combine(
        &mut self,
        other: &Self,
        counts: fn(u64, u64) -> u64,
        amounts: fn(u128, u128) -> u128,
    ) {
        self.journeys = counts(self.journeys, other.journeys);
        self.conversions = counts(self.conversions, other.conversions);
        self.revenue = amounts(self.revenue, other.revenue);
        combine_maps(&mut self.channels, &other.channels, |ours, theirs| {
            ours.starts = counts(ours.starts, theirs.starts);
            ours.converted = counts(ours.converted, theirs.converted);
            ours.abandoned = counts(ours.abandoned, theirs.abandoned);
            combine_maps(&mut ours.next, &theirs.next, |a, b| *a = counts(*a, *b));
            combine_maps(&mut ours.credit, &theirs.credit, |a, b| {
                a.conversions = amounts(a.conversions, b.conversions);
                a.revenue = amounts(a.revenue, b.revenue);
            });
        });
    }
}

/// Combines values of equal keys and drops zeros, so that equal sums are equal maps.
fn combine_maps<K: Ord + Clone, V: Default + PartialEq>(
    ours: &mut BTreeMap<K, V>,
    theirs: &BTreeMap<K, V>,
    combine: impl Fn(&mut V, &V),
) {
    for (key, value) in theirs {
        match ours.entry(key.clone()) {
            Entry::Vacant(vacant) => {
                let mut sum = V::default();
                combine(&mut sum, value);
                if sum != V::default() {
                    vacant.insert(sum);
                }
            }
            Entry::Occupied(mut occupied) => {
                combine(occupied.get_mut(), value);
                if *occupied.get() == V::default() {
                    occupied.remove();
                }
            }
        }
    }
}
