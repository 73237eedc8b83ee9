//! Attribution: the credit of channels for conversions and their revenue.
//!
//! A person's events become touches, touches and conversions become journeys, and journeys become
//! [`JourneyStatistics`], which add over persons and can be subtracted again. Every model is
//! computed from these sums, so live counters, single queries and shards agree to the last unit.
//! Under every model the credit adds up to the conversions and to the revenue exactly.

mod bootstrap;
mod channel;
mod decimal_text;
mod disagreement;
mod journey;
mod markov;
mod model;
mod question;
mod report;
mod rules;
mod statistics;
mod touch;

pub use bootstrap::{ROUNDS, ShareInterval, bootstrap};
pub(crate) use channel::channel_contains;
pub use channel::{
    ChannelRules, DIRECT, EMAIL, MAX_CHANNEL_CHARS, MAX_ENTRIES, ORGANIC, PAID, REFERRAL, SOCIAL,
    channel_name,
};
pub use disagreement::{ChannelDisagreement, ModelShare, compare};
pub use journey::{Conversion, Journey, journeys};
pub use markov::MAX_MARKOV_CHANNELS;
pub use model::Model;
pub use question::{AttributedJourneys, AttributionQuestion};
pub use report::{AttributionReport, ChannelCredit, OtherChannels};
pub use rules::{AttributionError, AttributionRules, MAX_SECS};
pub use statistics::JourneyStatistics;
pub use touch::{Touch, touches};
