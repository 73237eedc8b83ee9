//! Journeys to start from, with the texts that they send and the segment that they begin with.
//!
//! Law: each is valid as it is, and says how many are held out, so that what it does is known from the first day.
//! A text leads to the action that it is about, at the address where those are, or nowhere.

mod journeys;
mod texts;

use crate::{
    automation::{journey::Journey, template::Template},
    people::segment::{Condition, SubscriptionCondition, SubscriptionStatus},
};

/// A journey to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preset {
    /// From the first visit to the first subscription.
    Nurturing,
    /// A payment was missed.
    PastDue,
    /// What the wallet has approved runs out.
    ApprovalRunningOut,
    /// A trial ends.
    TrialEnding,
    /// Those whose subscriptions have ended.
    WinBack,
}

/// A text that a journey sends, to be put in force before the journey is published.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTemplate {
    /// The name by which the journey sends it.
    pub name: &'static str,
    /// What it says.
    pub template: Template,
}

/// A segment that a journey begins with, to be defined before the journey is published.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedSegment {
    /// The name by which the journey knows it.
    pub name: &'static str,
    /// Who is a member.
    pub condition: Condition,
}

/// The segment of those whose subscriptions have ended.
const LAPSED: &str = "lapsed_customers";

impl Preset {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Nurturing,
        Self::PastDue,
        Self::ApprovalRunningOut,
        Self::TrialEnding,
        Self::WinBack,
    ];

    /// Its name, and that of its journey.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nurturing => "nurturing",
            Self::PastDue => "past_due",
            Self::ApprovalRunningOut => "approval_running_out",
            Self::TrialEnding => "trial_ending",
            Self::WinBack => "win_back",
        }
    }

    /// What it is for, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::Nurturing => {
                "Leads who sign up from the first look at the plans to the first subscription."
            }
            Self::PastDue => "Asks who missed a payment to pay, three times at most.",
            Self::ApprovalRunningOut => {
                "Asks wallets whose approval pays for one more period, or for none, to raise it."
            }
            Self::TrialEnding => "Says what comes after a trial, three days before it ends.",
            Self::WinBack => {
                "Asks those whose subscriptions have ended what was missing, and to come back."
            }
        }
    }

    /// The segment that has to be there.
    pub fn segment(self) -> Option<NamedSegment> {
        use SubscriptionStatus::{Active, Cancelled, Lapsed, PastDue, Trial};
        let has = |status: &[SubscriptionStatus]| {
            Condition::Subscription(SubscriptionCondition {
                status: status.to_vec(),
                plan: None,
            })
        };
        (self == Self::WinBack).then(|| NamedSegment {
            name: LAPSED,
            condition: Condition::All(vec![
                has(&[Cancelled, Lapsed]),
                Condition::Not(Box::new(has(&[Trial, Active, PastDue]))),
            ]),
        })
    }

    /// The journey.
    pub fn journey(self) -> Journey {
        journeys::of(self)
    }

    /// The texts that it sends. They lead to `subscribe`, `pay/{account}` and `approve/{account}` below the https
    /// address `actions`.
    pub fn templates(self, actions: Option<&str>) -> Vec<NamedTemplate> {
        texts::of(self, actions)
    }
}
