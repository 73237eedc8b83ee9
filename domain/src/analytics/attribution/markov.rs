//! Removal effects of the absorbing Markov chain of first order, solved and not simulated.
//!
//! The states are the start, the channels and two ends, conversion and null; the probabilities are
//! the observed shares of transitions. With `Q` the transitions between channels, `N = (I - Q)^-1`,
//! `s` the start's transitions and `r` the channels' to the conversion: `v = sN` are the expected
//! visits, `b = Nr` the chances to convert from each channel, and `s·b` the chance to convert at all.
//! A journey visits channel c with the chance `v[c] / N[c][c]` and then converts with `b[c]`. When c
//! leads to null instead, the share `v[c] b[c] / (N[c][c] (s·b))` of the conversions is lost: its
//! removal effect. One factorisation serves all channels.

use super::{rules::AttributionError, statistics::JourneyStatistics};
use nalgebra::{DMatrix, DVector};
use std::collections::BTreeMap;

/// Most channels of a chain: the work grows with their cube.
pub const MAX_MARKOV_CHANNELS: usize = 256;

/// Counted transitions, channels by index. Weights rather than counts, so that resamples fit too.
pub(super) struct Chain {
    /// Journeys that begin with each channel.
    pub(super) starts: DVector<f64>,
    /// Transitions from the row's channel to the column's.
    pub(super) next: DMatrix<f64>,
    /// Conversions right after each channel.
    pub(super) converted: DVector<f64>,
    /// Ends without a conversion right after each channel.
    pub(super) abandoned: DVector<f64>,
}

impl Chain {
    /// The chain of `sums`, channels in the order of their names.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of journeys are far below 2^53"
    )]
    pub(super) fn of(sums: &JourneyStatistics) -> Result<Self, AttributionError> {
        let channels = sums.channels.len();
        if channels > MAX_MARKOV_CHANNELS {
            return Err(AttributionError::TooManyChannels {
                channels,
                max: MAX_MARKOV_CHANNELS,
            });
        }
        let index: BTreeMap<&str, usize> =
            sums.channels.keys().map(String::as_str).zip(0..).collect();
        let mut next = DMatrix::zeros(channels, channels);
        for (from, channel) in sums.channels.values().enumerate() {
            for (to, count) in &channel.next {
                // A channel without sums of its own leads nowhere.
                if let Some(cell) = index
                    .get(to.as_str())
                    .and_then(|&to| next.get_mut((from, to)))
                {
                    *cell = *count as f64;
                }
            }
        }
        let each = |count: fn(&super::statistics::ChannelStatistics) -> u64| {
            DVector::from_iterator(channels, sums.channels.values().map(|it| count(it) as f64))
        };
        Ok(Self {
            starts: each(|it| it.starts),
            next,
            converted: each(|it| it.converted),
            abandoned: each(|it| it.abandoned),
        })
    }

    /// The removal effect of each channel, from 0 to 1; all 0 when nothing converts.
    pub(super) fn removal_effects(&self) -> Result<Vec<f64>, AttributionError> {
        let channels = self.starts.len();
        let left: Vec<f64> = (0..channels)
            .map(|it| self.next.row(it).sum() + self.converted[it] + self.abandoned[it])
            .map(|sum| if sum > 0.0 { sum } else { 1.0 })
            .collect();
        let journeys = self.starts.sum();
        if journeys <= 0.0 {
            return Ok(vec![0.0; channels]);
        }
        let between = DMatrix::from_fn(channels, channels, |from, to| {
            f64::from(from == to) - self.next[(from, to)] / left[from]
        });
        let inverse = between
            .lu()
            .try_inverse()
            .ok_or(AttributionError::Unsolvable)?;
        let to_conversion = DVector::from_fn(channels, |it, _| self.converted[it] / left[it]);
        let visits = inverse.tr_mul(&(&self.starts / journeys));
        let converts = &inverse * to_conversion;
        let total = self.starts.dot(&converts) / journeys;
        let effect = |it: usize| {
            let lost = visits[it] * converts[it] / inverse[(it, it)] / total;
            // Rounding may leave an effect outside the bounds by its last bit.
            if lost.is_finite() {
                lost.clamp(0.0, 1.0)
            } else {
                0.0
            }
        };
        Ok((0..channels).map(effect).collect())
    }
}

impl JourneyStatistics {
    /// The removal effect of each channel: the share of conversions that would be lost if all
    /// transitions to the channel went to null.
    ///
    /// # Errors
    /// [`AttributionError::TooManyChannels`] past [`MAX_MARKOV_CHANNELS`];
    /// [`AttributionError::Unsolvable`] for sums that are not of journeys.
    pub fn removal_effects(&self) -> Result<BTreeMap<String, f64>, AttributionError> {
        let effects = Chain::of(self)?.removal_effects()?;
        Ok(self.channels.keys().cloned().zip(effects).collect())
    }
}
