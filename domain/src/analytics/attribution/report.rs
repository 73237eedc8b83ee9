//! The credit of each channel under a model. It adds up to the conversions and to the revenue
//! exactly.

use super::{
    decimal_text,
    markov::Chain,
    model::Model,
    rules::AttributionError,
    statistics::{ChannelStatistics, FRACTION_BITS, JourneyStatistics, MICROS},
};
use crate::apportion::{apportion, integer_weights, round_to_total};
use serde::Serialize;

/// Credit of every channel under one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttributionReport {
    /// The model by which credit is shared out.
    pub model: Model,
    /// Journeys, including those without a conversion.
    pub journeys: u64,
    /// Conversions.
    pub conversions: u64,
    /// Value of the conversions, in the token's smallest units.
    #[serde(with = "decimal_text")]
    pub revenue: u128,
    /// All touched channels, those with the most conversions first, then by name.
    pub channels: Vec<ChannelCredit>,
}

/// The credit of one channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelCredit {
    /// Name of the channel.
    pub channel: String,
    /// Millionths of a conversion.
    #[serde(with = "decimal_text")]
    pub conversion_micros: u128,
    /// In the token's smallest units.
    #[serde(with = "decimal_text")]
    pub revenue: u128,
    /// Share of the conversions; null when there are none.
    pub share: Option<f64>,
}

/// The credit of all channels that are not listed by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OtherChannels {
    /// Number of these channels.
    pub channels: usize,
    /// Millionths of a conversion.
    #[serde(with = "decimal_text")]
    pub conversion_micros: u128,
    /// In the token's smallest units.
    #[serde(with = "decimal_text")]
    pub revenue: u128,
}

impl AttributionReport {
    /// Keeps the first `count` channels and returns the sums over the others, so that credit still
    /// adds up.
    pub fn shorten(&mut self, count: usize) -> OtherChannels {
        let others = self.channels.split_off(count.min(self.channels.len()));
        OtherChannels {
            channels: others.len(),
            conversion_micros: others.iter().map(|it| it.conversion_micros).sum(),
            revenue: others.iter().map(|it| it.revenue).sum(),
        }
    }
}

impl JourneyStatistics {
    /// How many channels were touched.
    pub fn channel_count(&self) -> usize {
        self.channels.len()
    }

    /// Credit under `model`.
    ///
    /// # Errors
    /// Only for [`Model::Markov`]: as [`JourneyStatistics::removal_effects`].
    pub fn attribute(&self, model: Model) -> Result<AttributionReport, AttributionError> {
        let micros = u128::from(self.conversions) * MICROS;
        let (conversions, revenue) = if model == Model::Markov {
            // Without conversions the amounts are zero, so that no effects share nothing.
            let weights = integer_weights(&Chain::of(self)?.removal_effects()?);
            (
                apportion(micros, &weights),
                apportion(self.revenue, &weights),
            )
        } else {
            let credit = |channel: &ChannelStatistics| {
                channel.credit.get(&model).copied().unwrap_or_default()
            };
            let credits = || self.channels.values().map(credit);
            (
                whole_units(micros, credits().map(|it| it.conversions)),
                whole_units(self.revenue, credits().map(|it| it.revenue)),
            )
        };
        let parts = conversions.into_iter().zip(revenue);
        let mut channels: Vec<ChannelCredit> = self
            .channels
            .keys()
            .zip(parts)
            .map(|(channel, (conversion_micros, revenue))| ChannelCredit {
                channel: channel.clone(),
                conversion_micros,
                revenue,
                share: share(conversion_micros, micros),
            })
            .collect();
        channels.sort_by(|a, b| {
            let most_first = b.conversion_micros.cmp(&a.conversion_micros);
            most_first.then_with(|| a.channel.cmp(&b.channel))
        });
        Ok(AttributionReport {
            model,
            journeys: self.journeys,
            conversions: self.conversions,
            revenue: self.revenue,
            channels,
        })
    }
}

fn whole_units(total: u128, credits: impl Iterator<Item = u128>) -> Vec<u128> {
    let fraction = (1_u128 << FRACTION_BITS) - 1;
    let quotas = credits.map(|it| (it >> FRACTION_BITS, it & fraction));
    round_to_total(total, quotas.collect())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share, of which 53 bits are enough"
)]
fn share(part: u128, whole: u128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
