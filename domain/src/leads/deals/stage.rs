//! The stages of a deal and the moves between them.
//!
//! A deal begins as new. A demo is held only after it was scheduled. Any open deal can be lost, and
//! won once it is qualified: a customer who pays has bought, whatever was still planned. A lost
//! deal can be reopened; a won one is final, unless it is corrected.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The stage of a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Not looked at yet.
    New,
    /// Worth pursuing.
    Qualified,
    /// A demo has a date.
    DemoScheduled,
    /// A demo took place.
    DemoHeld,
    /// An offer was made.
    Proposal,
    /// The customer bought.
    Won,
    /// The customer did not buy.
    Lost,
}

/// A move that a deal cannot make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stage: a deal cannot go from {from} to {to}")]
pub struct TransitionError {
    /// The deal's present stage.
    pub from: Stage,
    /// The stage that was asked for.
    pub to: Stage,
}

/// A text that names no stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stage: must be one of new, qualified, demo_scheduled, demo_held, proposal, won, lost")]
pub struct UnknownStage;

impl Stage {
    /// All stages, in the order of a deal that goes well, then `Lost`.
    pub const ALL: [Self; 7] = [
        Self::New,
        Self::Qualified,
        Self::DemoScheduled,
        Self::DemoHeld,
        Self::Proposal,
        Self::Won,
        Self::Lost,
    ];

    /// The stage's name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Qualified => "qualified",
            Self::DemoScheduled => "demo_scheduled",
            Self::DemoHeld => "demo_held",
            Self::Proposal => "proposal",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// The stages that a deal can reach from this one.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::New => &[Self::Qualified, Self::Lost],
            Self::Qualified => &[Self::DemoScheduled, Self::Proposal, Self::Won, Self::Lost],
            // Back to qualified when the demo falls through.
            Self::DemoScheduled => &[Self::Qualified, Self::DemoHeld, Self::Won, Self::Lost],
            Self::DemoHeld => &[Self::DemoScheduled, Self::Proposal, Self::Won, Self::Lost],
            Self::Proposal => &[Self::DemoScheduled, Self::Won, Self::Lost],
            Self::Won => &[],
            Self::Lost => &[Self::Qualified],
        }
    }

    /// Whether the deal is won or lost.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Won | Self::Lost)
    }
}

/// The new stage, if the move is allowed. Staying is not a move.
pub fn transition(from: Stage, to: Stage) -> Result<Stage, TransitionError> {
    if from.next().contains(&to) {
        Ok(to)
    } else {
        Err(TransitionError { from, to })
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(text: &str) -> Result<Self, UnknownStage> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.as_str() == text)
            .ok_or(UnknownStage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_has_one_name_everywhere() -> serde_json::Result<()> {
        for stage in Stage::ALL {
            assert_eq!(serde_json::to_value(stage)?, stage.as_str());
            assert_eq!(stage.as_str().parse(), Ok(stage));
        }
        let refusal = "Won".parse::<Stage>().expect_err("another name");
        assert!(
            Stage::ALL
                .iter()
                .all(|stage| refusal.to_string().contains(stage.as_str()))
        );
        Ok(())
    }
}
