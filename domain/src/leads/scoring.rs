//! Rule-based lead scores. A score is a function of a person's set of events, a versioned model and a
//! moment: the order of arrival never matters, every point can be traced to its event, and points are
//! exact integers, so that sums agree however they are computed.

mod backtest;
mod count;
mod explain;
mod model;
mod outlook;
mod points;
mod ranking;
mod score;
mod seed;
mod state;
mod validate;

pub use backtest::{Backtest, Decile, History, ScoredLead};
pub use count::Count;
pub use explain::{Contribution, Explanation, explain};
pub use model::{
    Group, MAX_CAP, MAX_DECAY_DAYS, MAX_GROUPS, MAX_NAME_CHARS, MAX_OCCURRENCES, MAX_POINTS,
    MAX_RULES, Rule, ScoringModel,
};
pub(crate) use outlook::Outlook;
pub use points::Millipoints;
pub use ranking::{LIST_SECS, Ranking};
pub use score::{GroupScore, Score, score, score_as_of};
pub use seed::seed_model;
pub use state::ScoreState;
