//! How much an organisation sends to a person, at which hours, and how it begins.

use super::DomainRates;
use crate::{
    automation::local_time::{LocalTime, Quiet, Zone},
    refusal::Refusal,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Most caps of a policy.
pub const MAX_CAPS: usize = 5;
/// Longest time that a cap is about, in days.
pub const MAX_CAP_DAYS: u32 = 90;
/// Most messages of a cap.
pub const MAX_PER_CAP: u32 = 1_000;
/// Most mails on the first day of a warm-up.
const MAX_FIRST_DAY: u32 = 1_000_000;
/// Most that a day of a warm-up adds to the one before, in percent.
const MAX_GROWTH: u32 = 1_000;
/// After so many days no bound is left that a server could notice.
const WARM_UP_DAYS: i32 = 60;

/// What holds for all messages of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryPolicy {
    /// How many marketing messages one person gets, over all channels.
    #[serde(default)]
    pub caps: Vec<Cap>,
    /// Hours in which no marketing message is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// How the first mails of a sender become more from day to day, until mail servers know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<WarmUp>,
    /// How many mails an hour go to one recipient's domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_rates: Option<DomainRates>,
}

/// At most so many messages in so many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// Days before now.
    pub days: u32,
    /// Messages.
    pub most: u32,
}

/// Hours of each day, by the clocks of the person's zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// The first minute that is quiet.
    pub from: LocalTime,
    /// The first minute that is not.
    pub until: LocalTime,
    /// The zone of people of whom none is known.
    pub zone: Zone,
}

/// So many mails on a sender's first day, and more on each day after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarmUp {
    /// Mails on the first day.
    pub first_day: u32,
    /// How much a day may have more than the one before, in percent.
    pub growth_percent: u32,
}

impl DeliveryPolicy {
    /// Whether it can be a policy.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_count("caps", self.caps.len(), 0..=MAX_CAPS, "caps")?;
        for (index, cap) in self.caps.iter().enumerate() {
            let within = |it: Refusal| it.within(&format!("caps[{index}]"));
            Refusal::unless_number("days", cap.days, 1..=MAX_CAP_DAYS).map_err(within)?;
            Refusal::unless_number("most", cap.most, 1..=MAX_PER_CAP).map_err(within)?;
        }
        if let Some(quiet) = &self.quiet_hours {
            quiet
                .hours()
                .validate()
                .map_err(|it| it.within("quiet_hours"))?;
        }
        if let Some(warm_up) = &self.warm_up {
            let within = |it: Refusal| it.within("warm_up");
            Refusal::unless_number("first_day", warm_up.first_day, 1..=MAX_FIRST_DAY)
                .map_err(within)?;
            Refusal::unless_number("growth_percent", warm_up.growth_percent, 1..=MAX_GROWTH)
                .map_err(within)?;
        }
        if let Some(rates) = &self.domain_rates {
            rates.validate().map_err(|it| it.within("domain_rates"))?;
        }
        Ok(())
    }

    /// When the quiet hours end that a moment lies in, by the clocks of a person's zone.
    pub fn quiet_until(&self, zone: Option<&str>, at: Timestamp) -> Option<Timestamp> {
        let quiet = self.quiet_hours.as_ref()?;
        let zone = zone.and_then(|name| name.parse().ok());
        quiet
            .hours()
            .until(zone.as_ref().unwrap_or(&quiet.zone), at)
    }

    /// How many mails may go to a domain within an hour; none is any number.
    pub fn most_to(&self, domain: &str) -> Option<u32> {
        self.domain_rates.as_ref()?.most(domain)
    }

    /// How many mails may be sent on a UTC day, `days` after the sender's first; none is any number.
    pub fn most_on(&self, days: i32) -> Option<u64> {
        let warm_up = self.warm_up.filter(|_| days < WARM_UP_DAYS)?;
        let grow = |most: u128| most * u128::from(100 + warm_up.growth_percent) / 100 + 1;
        let first = u128::from(warm_up.first_day);
        // It cannot overflow: a day multiplies by 11 at most, and the number is cut below.
        let most = (0..days).fold(first, |most, _| grow(most).min(u128::from(u64::MAX)));
        u64::try_from(most).ok()
    }
}

impl QuietHours {
    fn hours(&self) -> Quiet {
        Quiet {
            from: self.from,
            until: self.until,
        }
    }
}
