//! Percentile intervals of a channel's share, from resampled persons.
//!
//! Persons are drawn with replacement, as many as there are, and not journeys: those of one person
//! depend on each other (the cluster bootstrap).

use super::{
    markov::Chain,
    model::Model,
    rules::AttributionError,
    statistics::{ChannelStatistics, JourneyStatistics},
};
use nalgebra::{DMatrix, DVector};
use serde::Serialize;
use std::{collections::BTreeMap, ops::RangeInclusive};

/// Allowed number of rounds of resampling. One round visits every person once and, for
/// [`Model::Markov`], solves one chain.
pub const ROUNDS: RangeInclusive<u32> = 100..=10_000;

/// A channel's share of the conversions, with its interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShareInterval {
    /// Name of the channel.
    pub channel: String,
    /// The share over all persons; null when nobody converted.
    pub share: Option<f64>,
    /// Bounds of its 95 % interval; null when nobody converted.
    pub interval: Option<[f64; 2]>,
}

/// The share of every channel under `model`, by name, with the 2.5th and 97.5th percentile of the
/// shares in `rounds` resamples of `persons`. The same `seed` gives the same intervals. Resamples
/// without conversions have no shares and are left out.
///
/// # Errors
/// [`AttributionError::Rounds`] outside of [`ROUNDS`]; for [`Model::Markov`] as
/// [`JourneyStatistics::removal_effects`].
pub fn bootstrap(
    persons: &[JourneyStatistics],
    model: Model,
    seed: u64,
    rounds: u32,
) -> Result<Vec<ShareInterval>, AttributionError> {
    if !ROUNDS.contains(&rounds) {
        return Err(AttributionError::Rounds {
            min: *ROUNDS.start(),
            max: *ROUNDS.end(),
        });
    }
    let mut all = JourneyStatistics::default();
    for person in persons {
        all.merge(person);
    }
    let report = all.attribute(model)?;
    let sample = Sample::of(persons, &all, model);
    let mut random = SplitMix64(seed);
    let mut shares: Vec<Vec<f64>> = vec![Vec::new(); sample.channels];
    for _ in 0..rounds {
        let found = sample.shares(&sample.draw(&mut random))?;
        for (shares, share) in shares.iter_mut().zip(found.into_iter().flatten()) {
            shares.push(share);
        }
    }
    let share_of: BTreeMap<&str, Option<f64>> = report
        .channels
        .iter()
        .map(|credit| (credit.channel.as_str(), credit.share))
        .collect();
    let intervals = all
        .channels
        .keys()
        .zip(shares)
        .map(|(channel, mut shares)| {
            shares.sort_by(f64::total_cmp);
            ShareInterval {
                channel: channel.clone(),
                share: share_of.get(channel.as_str()).copied().flatten(),
                interval: percentile(&shares, 0.025)
                    .zip(percentile(&shares, 0.975))
                    .map(|(low, high)| [low, high]),
            }
        });
    Ok(intervals.collect())
}

/// Persons as sparse vectors, from whose sums the shares are computed.
struct Sample {
    model: Model,
    channels: usize,
    persons: Vec<Vec<(usize, f64)>>,
}

impl Sample {
    fn of(persons: &[JourneyStatistics], all: &JourneyStatistics, model: Model) -> Self {
        let index: BTreeMap<&str, usize> =
            all.channels.keys().map(String::as_str).zip(0..).collect();
        let channels = index.len();
        let sparse = |person: &JourneyStatistics| {
            let mut cells = Vec::new();
            for (name, channel) in &person.channels {
                if let Some(&at) = index.get(name.as_str()) {
                    match model {
                        Model::Markov => transitions(at, channel, &index, &mut cells),
                        _ => cells.push((at, credit(channel, model))),
                    }
                }
            }
            cells
        };
        Self {
            model,
            channels,
            persons: persons.iter().map(sparse).collect(),
        }
    }

    /// The sums over as many persons as there are, drawn with replacement.
    fn draw(&self, random: &mut SplitMix64) -> Vec<f64> {
        let columns = match self.model {
            Model::Markov => self.channels + 3,
            _ => 1,
        };
        let mut sums = vec![0.0; self.channels * columns];
        for _ in 0..self.persons.len() {
            let drawn = random.below(self.persons.len());
            for &(cell, amount) in self.persons.get(drawn).into_iter().flatten() {
                if let Some(sum) = sums.get_mut(cell) {
                    *sum += amount;
                }
            }
        }
        sums
    }

    /// The channels' shares; none when nobody converted.
    fn shares(&self, sums: &[f64]) -> Result<Option<Vec<f64>>, AttributionError> {
        let amounts = match self.model {
            Model::Markov => {
                let cells = DMatrix::from_column_slice(self.channels, self.channels + 3, sums);
                let column = |it: usize| DVector::from(cells.column(self.channels + it));
                let chain = Chain {
                    starts: column(0),
                    converted: column(1),
                    abandoned: column(2),
                    next: cells.columns(0, self.channels).into_owned(),
                };
                chain.removal_effects()?
            }
            _ => sums.to_vec(),
        };
        let total: f64 = amounts.iter().sum();
        Ok((total > 0.0).then(|| amounts.iter().map(|amount| amount / total).collect()))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share, of which 53 bits are enough"
)]
fn credit(channel: &ChannelStatistics, model: Model) -> f64 {
    channel
        .credit
        .get(&model)
        .map_or(0.0, |credit| credit.conversions as f64)
}

/// The cells of a matrix by columns. Rows are the channels that are left; columns are the channels
/// that come next, then starts, conversions, and ends without one.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of journeys are far below 2^53"
)]
fn transitions(
    row: usize,
    channel: &ChannelStatistics,
    index: &BTreeMap<&str, usize>,
    cells: &mut Vec<(usize, f64)>,
) {
    let channels = index.len();
    let next = channel
        .next
        .iter()
        .filter_map(|(name, count)| Some((*index.get(name.as_str())?, count)));
    let ends = [&channel.starts, &channel.converted, &channel.abandoned];
    let counts = next.chain((channels..).zip(ends));
    cells.extend(counts.map(|(column, count)| (column * channels + row, *count as f64)));
}

/// The value below which a share `level` of sorted `values` lies, interpolated linearly between
/// ranks (Hyndman and Fan's type 7).
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ranks below 10,000"
)]
fn percentile(values: &[f64], level: f64) -> Option<f64> {
    let rank = values.len().checked_sub(1)? as f64 * level;
    let low = values.get(rank.floor() as usize)?;
    let high = values.get(rank.ceil() as usize)?;
    Some(low + (high - low) * rank.fract())
}

/// Steele, Lea and Flood's generator (2014): the state moves by the golden ratio, the output is a
/// mix of it.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `bound`, each number as likely as the others to within `bound` / 2^64.
    fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next()) * u128::try_from(bound).unwrap_or(0);
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_numbers() {
        // The first outputs of the reference implementation for this seed.
        let mut random = SplitMix64(1_234_567);
        let found = [random.next(), random.next(), random.next()];
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn nothing_has_no_percentile() {
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[3.0], 0.975), Some(3.0));
        assert_eq!(percentile(&[0.0, 1.0, 4.0], 0.75), Some(2.5));
    }
}
