//! How many mails an hour go to one recipient's domain: mailbox providers put off, and then refuse, a sender
//! that sends them more than they are used to.
//!
//! Law: what is over waits, spread as the rate allows, behind what already waits for the domain. So each waiting
//! mail is looked at about once for each time it may go, however many there are, and mails to other domains are
//! in nobody's way.

use crate::{
    people::is_mail_domain,
    refusal::Refusal,
    time::{MICROS_PER_HOUR, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most domains with a rate of their own.
pub const MAX_DOMAINS: usize = 100;
/// Highest rate.
pub const MAX_PER_HOUR: u32 = 1_000_000;

/// So many mails within any hour to one domain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainRates {
    /// To each domain that is not named; without it, as many as there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    /// To the domains that are named, in lower case and Punycode.
    #[serde(default)]
    pub domains: BTreeMap<String, u32>,
}

impl DomainRates {
    /// Whether there can be such rates.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        if let Some(rate) = self.per_hour {
            Refusal::unless_number("per_hour", rate, 1..=MAX_PER_HOUR)?;
        }
        Refusal::unless_count("domains", self.domains.len(), 0..=MAX_DOMAINS, "domains")?;
        for (domain, rate) in &self.domains {
            if !is_mail_domain(domain) {
                let rule = "must have names of domains as they stand in addresses, in lower case and Punycode";
                return Err(Refusal::new("domains", rule));
            }
            Refusal::unless_number(format!("domains.{domain}"), *rate, 1..=MAX_PER_HOUR)?;
        }
        Ok(())
    }

    /// How many mails may go to a domain within an hour; none is any number.
    pub fn most(&self, domain: &str) -> Option<u32> {
        self.domains.get(domain).copied().or(self.per_hour)
    }

    /// When a mail may go that is over a rate of `most`: once the mail is an hour old that makes room, sent at
    /// `making_room`, and behind the last one that waits, due at `last`.
    pub fn turn(most: u32, making_room: Timestamp, last: Option<Timestamp>) -> Timestamp {
        let room = making_room.0.saturating_add(MICROS_PER_HOUR);
        let apart = MICROS_PER_HOUR / i64::from(most.max(1));
        let behind = last.map_or(room, |last| last.0.saturating_add(apart));
        Timestamp(room.max(behind))
    }
}
