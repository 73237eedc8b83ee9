//! How often deals with a finding are won, against those without it.
//!
//! Closed deals only: an open one has no result yet. The counts add over deals. A lift is
//! correlation, not cause: a solution is offered where an objection was raised.

use super::{
    findings::{Barrier, Findings, Objection, Solution},
    stage::Stage,
};
use crate::statistics::{difference::Difference, proportion::Proportion};
use serde::{Deserialize, Serialize};

/// A finding by which deals are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Factor {
    /// An objection was raised.
    Objection(Objection),
    /// A solution was offered.
    Solution(Solution),
    /// A barrier was met.
    Barrier(Barrier),
}

impl Factor {
    /// All factors.
    pub const ALL: [Self; 9] = [
        Self::Objection(Objection::SecurityConcerns),
        Self::Objection(Objection::IntegrationComplexity),
        Self::Objection(Objection::Pricing),
        Self::Solution(Solution::SecurityAudit),
        Self::Solution(Solution::TechnicalDocs),
        Self::Solution(Solution::FlexiblePricing),
        Self::Barrier(Barrier::PaymentFriction),
        Self::Barrier(Barrier::OnboardingComplexity),
        Self::Barrier(Barrier::FeatureConfusion),
    ];

    /// Whether a deal has the finding.
    pub fn is_in(self, findings: &Findings) -> bool {
        match self {
            Self::Objection(objection) => findings.objections.contains(&objection),
            Self::Solution(solution) => findings.solutions.contains(&solution),
            Self::Barrier(barrier) => findings.barriers.contains(&barrier),
        }
    }
}

/// Deals won, and deals closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Outcomes {
    won: u64,
    closed: u64,
}

impl Outcomes {
    fn merge(&mut self, other: Self) {
        self.won += other.won;
        self.closed += other.closed;
    }
}

/// Outcomes of deals, by factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WinCounts {
    all: Outcomes,
    with_factor: [Outcomes; Factor::ALL.len()],
}

impl WinCounts {
    /// Counts a deal, if it is closed.
    pub fn add(&mut self, stage: Stage, findings: &Findings) {
        if !stage.is_closed() {
            return;
        }
        let outcome = Outcomes {
            won: u64::from(stage == Stage::Won),
            closed: 1,
        };
        self.all.merge(outcome);
        for (factor, outcomes) in Factor::ALL.iter().zip(&mut self.with_factor) {
            if factor.is_in(findings) {
                outcomes.merge(outcome);
            }
        }
    }

    /// Adds the outcomes of other deals.
    pub fn merge(&mut self, other: &Self) {
        self.all.merge(other.all);
        for (ours, theirs) in self.with_factor.iter_mut().zip(other.with_factor) {
            ours.merge(theirs);
        }
    }

    /// Share of the closed deals that were won.
    pub fn win_rate(&self) -> Proportion {
        Proportion::wilson(self.all.won, self.all.closed)
    }

    /// The lift of every factor, in the order of [`Factor::ALL`].
    pub fn lifts(&self) -> Vec<WinRateLift> {
        Factor::ALL
            .into_iter()
            .zip(self.with_factor)
            .map(|(factor, outcomes)| {
                let with = Proportion::wilson(outcomes.won, outcomes.closed);
                let without = Proportion::wilson(
                    self.all.won - outcomes.won,
                    self.all.closed - outcomes.closed,
                );
                WinRateLift {
                    factor,
                    with,
                    without,
                    lift: Difference::between(&with, &without),
                }
            })
            .collect()
    }
}

/// A factor's win rates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WinRateLift {
    /// The factor whose rates these are.
    pub factor: Factor,
    /// Closed deals with it: share won.
    pub with: Proportion,
    /// Closed deals without it: share won.
    pub without: Proportion,
    /// The rate with it against the rate without it.
    #[serde(flatten)]
    pub lift: Difference,
}
