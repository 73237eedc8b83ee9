//! What an experiment measures of each person: data, not code.
//!
//! A metric looks at a person's events in a window that begins with their first exposure. Revenue is
//! what the chain says was paid, less what it says was given back.

mod amount;
mod validate;

pub use amount::Context;

use super::{inference::estimate::Shape, moments::MOST_MICROS};
use crate::{filter::EventFilter, pricing::decimal_text, time::MICROS_PER_DAY};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Longest window and longest delay, days.
pub const MAX_WINDOW_DAYS: u32 = 366;
/// Longest time before the first exposure that a covariate looks at, days.
pub const MAX_COVARIATE_DAYS: u32 = 180;

/// A metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// What is measured.
    pub measure: Measure,
    /// Which direction is an improvement.
    #[serde(default)]
    pub better: Better,
    /// Hours from the first exposure before anything counts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub delay_hours: u32,
    /// Hours for which events count after the delay; none is until the experiment ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_hours: Option<u32>,
    /// Whether people count only once their window is over. Always so of retention.
    #[serde(default)]
    pub only_complete: bool,
    /// Most that a person's value counts, in units, whatever its sign, so that no single one decides.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "decimal_text::option"
    )]
    pub cap: Option<Decimal>,
    /// Days before the first exposure in which the same is measured, to take out what people brought
    /// along (CUPED); none leaves that out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covariate_days: Option<u32>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Which direction is an improvement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More is better.
    #[default]
    Higher,
    /// Less is better.
    Lower,
}

/// What is measured of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Measure {
    /// Whether there is such an event: a share of people.
    Binomial {
        /// The event.
        event: EventFilter,
    },
    /// How many such events there are, or what a property of theirs adds up to: a mean over people.
    Mean {
        /// What is added up.
        value: Part,
    },
    /// One sum over another, over all people.
    Ratio {
        /// What is divided.
        numerator: Part,
        /// What it is divided by.
        denominator: Part,
    },
    /// What the chain says was paid, net of refunds: a mean over people.
    Revenue {
        /// The mint of the payments, in whole tokens; or `USD`, at the rates in force at launch.
        currency: String,
    },
    /// Whether the person acts at all in the window, which must be stated: a share of people.
    Retention {
        /// The act; any of their own unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<EventFilter>,
    },
    /// A quantile over people of what is added up of each.
    Quantile {
        /// What is added up.
        value: Part,
        /// Which quantile, in ten-thousandths: 5000 is the median.
        quantile_bps: u16,
        /// Whether people with a value of 0 are left out.
        #[serde(default)]
        ignore_zeros: bool,
    },
}

/// What of a person's events is added up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Which events.
    pub event: EventFilter,
    /// The property whose values are added; none counts the events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
}

impl Metric {
    /// Whether a person's value is yes or no.
    pub fn is_share(&self) -> bool {
        matches!(
            self.measure,
            Measure::Binomial { .. } | Measure::Retention { .. }
        )
    }

    /// How the metric is made of people's values; of a quantile, of which there are none, a mean.
    pub(super) fn shape(&self) -> Shape {
        match self.measure {
            Measure::Ratio { .. } => Shape::Ratio,
            _ if self.is_share() => Shape::Rate,
            _ => Shape::Mean,
        }
    }

    /// Hours from the first exposure until nothing counts any more; without a window, those before
    /// anything does.
    pub(super) fn hours(&self) -> u32 {
        let window = self.window_hours.unwrap_or(0);
        self.delay_hours.saturating_add(window)
    }

    /// Whether people count only once their window is over.
    pub fn waits(&self) -> bool {
        self.only_complete || matches!(self.measure, Measure::Retention { .. })
    }

    /// Most that a person's value counts, in millionths.
    pub(super) fn most_micros(&self) -> i64 {
        if self.is_share() {
            return amount::ONE;
        }
        self.cap
            .and_then(amount::micros)
            .map_or(MOST_MICROS, |cap| cap.clamp(0, MOST_MICROS))
    }

    /// Time before the first exposure that counts, microseconds.
    pub(super) fn covariate_micros(&self) -> i64 {
        i64::from(self.covariate_days.unwrap_or(0)).saturating_mul(MICROS_PER_DAY)
    }
}
