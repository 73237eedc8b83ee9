//! What is known of a customer, from all of their events and from the chain.
//!
//! Law: the order in which events come does not matter, and what is dated after the moment that is asked about is
//! left out.

use crate::{
    analytics::{
        lifetime_value::{BgNbd, Purchase, Summary, summarise},
        subscriptions::{EndKind, subscriptions},
        succession::Grace,
    },
    capture::Acts,
    event::Event,
    refusal::Refusal,
    time::Timestamp,
};
use std::{collections::BTreeSet, num::NonZeroU32};

/// The last days, whose use is looked at.
pub const RECENT_DAYS: u32 = 28;
/// The days before them, which they are compared with.
pub const BEFORE_DAYS: u32 = 84;
/// The last days, whose payments are looked at.
pub const MONEY_DAYS: u32 = 90;
/// Periods that are as good as more.
pub const APPROVED: u32 = 3;
const DAY_SECS: NonZeroU32 = match NonZeroU32::new(86_400) {
    Some(secs) => secs,
    None => NonZeroU32::MIN,
};

/// What a customer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// How many of the last days had an act of theirs.
    pub recent: u32,
    /// How many of the days before them had.
    pub before: u32,
    /// Days since their first act, that day included; 0 without any.
    pub known_days: u32,
}

/// Whether a customer has a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// One goes on, or is in its trial.
    GoesOn,
    /// None does, and of the last one a payment is missing.
    PastDue,
    /// None does.
    Ended,
}

/// What a customer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payments {
    /// Whether they have a subscription.
    pub standing: Standing,
    /// Payments that were missed lately.
    pub missed: u32,
    /// Payments that were paid back lately.
    pub refunds: u32,
}

/// What the events of a customer say.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// What they do.
    pub usage: Usage,
    /// What they pay.
    pub payments: Payments,
    /// The days on which they did something; none without any.
    pub days: Option<Summary>,
}

/// All that is known of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// What they do.
    pub usage: Usage,
    /// What they pay.
    pub payments: Payments,
    /// Periods that can still be collected, of the subscription of which they are fewest; none without one.
    pub periods_left: Option<u32>,
    /// The chance that they come back, in ten-thousandths; none where nobody knows.
    pub alive_bps: Option<u16>,
}

impl Observed {
    /// What the events of a person say at a moment; none of who never subscribed.
    pub fn of(events: &[Event], acts: &Acts, grace: Grace, now: Timestamp) -> Option<Self> {
        let events: Vec<Event> = events.iter().filter(|it| it.at <= now).cloned().collect();
        let payments = payments(&events, grace, now)?;
        let acted: Vec<Purchase> = events
            .iter()
            .filter(|it| acts.is_act(it))
            .map(|it| Purchase {
                at: it.at,
                amount_micros: 0,
            })
            .collect();
        let days: BTreeSet<i32> = acted.iter().map(|it| it.at.day()).collect();
        Some(Self {
            usage: usage(&days, now.day()),
            payments,
            days: summarise(&acted, DAY_SECS, now),
        })
    }

    /// With what is known from elsewhere: the approval, and how people come back.
    pub fn facts(&self, periods_left: Option<u32>, model: Option<&BgNbd>) -> Facts {
        let alive = model
            .zip(self.days)
            .and_then(|(model, days)| model.probability_alive(&days).ok());
        Facts {
            usage: self.usage,
            payments: self.payments,
            periods_left,
            alive_bps: alive.map(bps),
        }
    }
}

impl Facts {
    /// Refuses what cannot be.
    pub(super) fn validate(&self) -> Result<(), Refusal> {
        let Usage {
            recent,
            before,
            known_days,
        } = self.usage;
        Refusal::unless_number("usage.recent", recent, 0..=RECENT_DAYS)?;
        Refusal::unless_number("usage.before", before, 0..=BEFORE_DAYS)?;
        if recent + before > known_days {
            let rule = "must be no fewer than the days with an act";
            return Err(Refusal::new("usage.known_days", rule));
        }
        Refusal::unless_number("alive_bps", self.alive_bps.unwrap_or(0), 0..=10_000)
    }
}

fn usage(days: &BTreeSet<i32>, today: i32) -> Usage {
    let ago = |days: u32| today.saturating_sub(days.cast_signed());
    let between = |after: u32, until: u32| {
        let found = days.range(ago(after) + 1..=ago(until)).count();
        u32::try_from(found).unwrap_or(u32::MAX)
    };
    let first = days.first().copied();
    Usage {
        recent: between(RECENT_DAYS, 0),
        before: between(RECENT_DAYS + BEFORE_DAYS, RECENT_DAYS),
        known_days: first.map_or(0, |first| today.saturating_sub(first).unsigned_abs() + 1),
    }
}

fn payments(events: &[Event], grace: Grace, now: Timestamp) -> Option<Payments> {
    let bought = subscriptions(events, grace);
    let last = bought
        .iter()
        .max_by_key(|it| (it.end.map(|end| end.at), it.id))?;
    let is_final = |at: Timestamp| events.iter().any(|it| it.name == "lapsed" && it.at >= at);
    let standing = match last.end {
        _ if bought.iter().any(|it| it.end.is_none()) => Standing::GoesOn,
        Some(end) if end.kind == EndKind::Lapsed && !is_final(end.at) => Standing::PastDue,
        _ => Standing::Ended,
    };
    let since = now.plus_secs(-i64::from(MONEY_DAYS) * 86_400);
    let lately = |name: &str| {
        let found = events.iter().filter(|it| it.name == name && it.at > since);
        u32::try_from(found.count()).unwrap_or(u32::MAX)
    };
    Some(Payments {
        standing,
        missed: lately("past_due"),
        refunds: lately("refunded"),
    })
}

/// A probability in ten-thousandths.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number from 0 to 10,000"
)]
fn bps(probability: f64) -> u16 {
    (probability.clamp(0.0, 1.0) * 10_000.0).round() as u16
}
