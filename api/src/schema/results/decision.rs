//! What to do, and why.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What to do, and why.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExperimentDecision {
    /// What to do.
    pub(crate) action: DecidedAction,
    /// The arm that everybody should see; null unless it is to be shipped.
    #[schema(required, example = "round")]
    pub(crate) arm: Option<String>,
    /// Why.
    pub(crate) reasons: Vec<Reason>,
    /// What would have changed it.
    pub(crate) would_change: Vec<Reason>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DecidedAction {
    /// Let everybody see an arm.
    Ship,
    /// Let everybody see the base.
    Stop,
    /// Go on.
    KeepGoing,
    /// Nothing: it has ended, and nothing was decided.
    Undecided,
    /// Look for the fault: the figures are worthless.
    Broken,
}

/// Why something is decided, or what would have changed it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DecisionReason)]
pub(crate) struct Reason {
    /// What it is, for programs.
    #[schema(example = "better")]
    pub(crate) code: String,
    /// The metric; null where it is none's.
    #[schema(required, example = "subscribed")]
    pub(crate) metric: Option<String>,
    /// The arm; null where it is none's.
    #[schema(required, example = "round")]
    pub(crate) arm: Option<String>,
    /// The figure: an effect as the metric's own change, whichever direction is better; null where there is
    /// none.
    #[schema(required, example = 0.012)]
    pub(crate) value: Option<f64>,
    /// What the figure is compared with; null where there is nothing.
    #[schema(required, example = 0.05)]
    pub(crate) bound: Option<f64>,
    /// The reason in words.
    #[schema(example = "round is better in subscribed: +17.07 %, where more is better.")]
    pub(crate) text: String,
}
