//! A customer's health: a score from 0 to 100 that says what it is made of.
//!
//! Laws: the score follows from the facts and the weights alone; it never falls when a fact gets better. What is
//! not known counts for nothing, neither good nor bad: the score is the points of what is known by the most that
//! they could be.
//!
//! It is a rule of thumb that orders customers, so that the team and journeys look at the right ones first. It is
//! no probability, and that a customer with a low score is written to is no proof that writing helps: that is
//! what a [holdout](crate::automation::journey::Holdout) is for.

mod facts;

pub use facts::{
    APPROVED, BEFORE_DAYS, Facts, MONEY_DAYS, Observed, Payments, RECENT_DAYS, Standing, Usage,
};

use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// Active days of the last ones that are as good as more.
const ACTIVE_ENOUGH: u32 = 12;
/// Days since the first act from which on a trend is one.
const KNOWN_ENOUGH: u32 = 56;
/// Missed payments from which on more are no worse.
const MISSED_MOST: u32 = 2;

/// What the score is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartName {
    /// On how many of the last days the customer did something.
    ActiveDays,
    /// That by the customer's own past.
    Trend,
    /// Whether a subscription goes on.
    Standing,
    /// Payments that were missed.
    MissedPayments,
    /// Payments that were paid back.
    Refunds,
    /// For how many periods the wallet has approved payments.
    Approval,
    /// The chance that the customer comes back, by how often they came and when last.
    Alive,
}

impl PartName {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ActiveDays,
        Self::Trend,
        Self::Standing,
        Self::MissedPayments,
        Self::Refunds,
        Self::Approval,
        Self::Alive,
    ];

    /// Its name in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ActiveDays => "active_days",
            Self::Trend => "trend",
            Self::Standing => "standing",
            Self::MissedPayments => "missed_payments",
            Self::Refunds => "refunds",
            Self::Approval => "approval",
            Self::Alive => "alive",
        }
    }
}

/// The most points of each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// The version, which never changes.
    pub version: i16,
    /// In the order of [`PartName::ALL`].
    pub points: [u8; 7],
}

/// The weights in force. Others are another version.
pub const WEIGHTS: Weights = Weights {
    version: 1,
    points: [20, 15, 25, 10, 5, 10, 15],
};

/// A part of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Which.
    pub part: PartName,
    /// Thousandths of points; none where it is not known, and the part counts for nothing.
    pub points_milli: Option<u32>,
    /// The most that they could be.
    pub of: u8,
    /// What they follow from.
    pub reason: String,
}

/// A customer's health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// From 0 to 100.
    pub score: u8,
    /// Of the weights.
    pub version: i16,
    /// The parts, in the order of [`PartName::ALL`].
    pub parts: Vec<Part>,
}

/// A share of a part's points, in thousandths, and what it follows from; none where it is not known.
type Judged = (Option<u32>, String);

impl Weights {
    /// Refuses weights that do not add up to 100, and those that leave out whether a subscription goes on, which
    /// is always known.
    ///
    /// # Errors
    /// When they do.
    pub fn validate(&self) -> Result<(), Refusal> {
        let all: u32 = self.points.iter().map(|it| u32::from(*it)).sum();
        if all != 100 {
            return Err(Refusal::new("points", "must add up to 100"));
        }
        if self.points[2] == 0 {
            return Err(Refusal::new("points.standing", "must be above 0"));
        }
        Ok(())
    }

    /// The health of a customer.
    ///
    /// # Errors
    /// When the facts or the weights are impossible, with the first of them.
    pub fn health(&self, facts: &Facts) -> Result<Health, Refusal> {
        self.validate()?;
        facts.validate()?;
        let judged = [
            active_days(facts.usage),
            trend(facts.usage),
            standing(facts.payments.standing),
            missed(facts.payments.missed),
            refunds(facts.payments.refunds),
            approval(facts.periods_left),
            alive(facts.alive_bps),
        ];
        let (mut got, mut most) = (0, 0);
        let mut parts = Vec::with_capacity(judged.len());
        for ((part, of), (thousandths, reason)) in
            PartName::ALL.into_iter().zip(self.points).zip(judged)
        {
            let points = thousandths.map(|it| u32::from(of) * it);
            if let Some(points) = points {
                got += points;
                most += u32::from(of);
            }
            parts.push(Part {
                part,
                points_milli: points,
                of,
                reason,
            });
        }
        // A hundredth of the most, in thousandths, is 10 of each point; half of one is rounded up.
        let score = (got + 5 * most) / (10 * most);
        Ok(Health {
            score: u8::try_from(score).unwrap_or(100),
            version: self.version,
            parts,
        })
    }
}

/// `part` by `whole` in thousandths, at most all of them.
fn share(part: u32, whole: u32) -> u32 {
    (part.min(whole) * 1_000)
        .checked_div(whole)
        .unwrap_or_default()
}

fn active_days(usage: Usage) -> Judged {
    let reason = format!("active on {} of the last {RECENT_DAYS} days", usage.recent);
    (Some(share(usage.recent, ACTIVE_ENOUGH)), reason)
}

fn trend(usage: Usage) -> Judged {
    let Usage {
        recent,
        before,
        known_days,
    } = usage;
    if known_days < KNOWN_ENOUGH {
        let reason = format!("known for {known_days} days, and a trend takes {KNOWN_ENOUGH}");
        return (None, reason);
    }
    // The time before is looked at as far as the customer is known, at the same length.
    let days_before = known_days.min(RECENT_DAYS + BEFORE_DAYS) - RECENT_DAYS;
    let reason = format!(
        "active on {recent} of the last {RECENT_DAYS} days, and on {before} of the {days_before} before"
    );
    if before == 0 {
        return (Some(if recent > 0 { 1_000 } else { 0 }), reason);
    }
    (
        Some(share(recent * days_before, before * RECENT_DAYS)),
        reason,
    )
}

fn standing(standing: Standing) -> Judged {
    let (thousandths, reason) = match standing {
        Standing::GoesOn => (1_000, "a subscription goes on"),
        Standing::PastDue => (250, "a payment is missing, and its grace is over"),
        Standing::Ended => (0, "no subscription goes on"),
    };
    (Some(thousandths), reason.to_owned())
}

fn missed(missed: u32) -> Judged {
    let left = MISSED_MOST - missed.min(MISSED_MOST);
    let reason = format!("payments missed in the last {MONEY_DAYS} days: {missed}");
    (Some(share(left, MISSED_MOST)), reason)
}

fn refunds(refunds: u32) -> Judged {
    let reason = format!("payments paid back in the last {MONEY_DAYS} days: {refunds}");
    (Some(if refunds == 0 { 1_000 } else { 0 }), reason)
}

fn approval(periods_left: Option<u32>) -> Judged {
    match periods_left {
        Some(left) => {
            let reason = format!("approved for {left} more periods");
            (Some(share(left, APPROVED)), reason)
        }
        None => (None, "no subscription is approved".to_owned()),
    }
}

fn alive(alive_bps: Option<u16>) -> Judged {
    match alive_bps {
        Some(bps) => {
            let reason = format!("comes back with a chance of {} %", bps / 100);
            (Some(u32::from(bps) / 10), reason)
        }
        None => {
            let reason = "too few customers came back to say with what chance others do";
            (None, reason.to_owned())
        }
    }
}
