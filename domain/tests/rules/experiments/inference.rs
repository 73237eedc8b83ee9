//! What an experiment may conclude: its laws, other people's answers, and how often it errs.

mod cases;
mod fixture;
mod generator;
mod laws;
mod oracle;
mod quantile_laws;
mod simulation;

use tessera_domain::experiments::inference::interval::Interval;

/// Whether 0 is outside.
pub(super) fn excludes_zero(interval: Interval) -> bool {
    interval.low.is_some_and(|low| low > 0.0) || interval.high.is_some_and(|high| high < 0.0)
}
