//! Hours in which more of a referrer's referred registered than the referrer's past explains.
//!
//! Registrations of an hour are taken for a Poisson count. What to expect is bounded from above by
//! Garwood's interval (1936) of the hours before, and is at least what the campaign calls usual, so that
//! one who begins is not suspect for a good day. The chance of as many or more is compared with once in so
//! many hours; the score is it in decibans, 10 for each power of ten.

use super::{Scene, Suspicions, evidence::Evidence, suspect};
use crate::{
    refusal::Refusal,
    statistics::interval::poisson_interval,
    time::{MICROS_PER_SEC, Timestamp},
};
use serde::{Deserialize, Serialize};
use statrs::distribution::{DiscreteCDF, Poisson};
use std::collections::BTreeMap;

const HOUR_MICROS: i64 = 3_600 * MICROS_PER_SEC;

/// Looks for hours that are too busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Velocity {
    /// Registrations a day that are nothing unusual for any referrer.
    pub usual_per_day: u32,
    /// How many days of the referrer's past an hour is compared with.
    pub past_days: u32,
    /// An hour is too busy that is to be expected once in more hours than this.
    pub once_in_hours: u32,
}

impl Velocity {
    pub(super) fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_number("usual_per_day", self.usual_per_day, 1..=1_000_000)?;
        Refusal::unless_number("past_days", self.past_days, 1..=366)?;
        Refusal::unless_number("once_in_hours", self.once_in_hours, 2..=1_000_000_000)
    }

    pub(super) fn look(&self, scene: &Scene) -> Suspicions {
        let mut hours = BTreeMap::<&str, BTreeMap<i64, Vec<&str>>>::new();
        for (referrer, referred, member) in scene.facts.referred() {
            let of_referrer = hours.entry(referrer).or_default();
            let hour = hour_of(member.registered_at);
            of_referrer.entry(hour).or_default().push(referred);
        }
        let mut suspicions = Suspicions::new();
        for (referrer, hours) in hours {
            let begun = scene.facts.members.get(referrer).map(|it| it.registered_at);
            for (hour, referred) in &hours {
                let first = hour.saturating_sub(i64::from(self.past_days) * 24);
                let first = first.max(begun.map_or(*hour, hour_of)).min(*hour);
                let before: usize = hours.range(first..*hour).map(|(_, it)| it.len()).sum();
                let Some((expected, p)) = self.chance(referred.len(), before, *hour - first) else {
                    continue;
                };
                if p * f64::from(self.once_in_hours) >= 1.0 {
                    continue;
                }
                let evidence = Evidence::Hour {
                    hour: Timestamp(hour.saturating_mul(HOUR_MICROS)),
                    registrations: referred.len() as u64,
                    past_registrations: before as u64,
                    past_hours: *hour - first,
                    expected,
                    p,
                };
                for referred in referred {
                    suspect(&mut suspicions, referred, decibans(p), evidence.clone());
                }
            }
        }
        suspicions
    }

    /// Most registrations to expect in an hour after so many in so many hours, and the chance of as many
    /// or more then. None where there is nothing to compute.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of registrations and hours are far below 2^53"
    )]
    fn chance(&self, registrations: usize, before: usize, hours: i64) -> Option<(f64, f64)> {
        let usual = f64::from(self.usual_per_day) / 24.0;
        let past = if hours > 0 {
            let [_, most] = poisson_interval(before as u64)?;
            most / hours as f64
        } else {
            0.0
        };
        let expected = usual.max(past);
        let fewer = (registrations as u64).checked_sub(1)?;
        Some((expected, Poisson::new(expected).ok()?.sf(fewer)))
    }
}

fn hour_of(moment: Timestamp) -> i64 {
    moment.0.div_euclid(HOUR_MICROS)
}

/// The score of a chance.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 1 and 100"
)]
fn decibans(p: f64) -> u8 {
    (-10.0 * p.log10()).clamp(1.0, 100.0) as u8
}
