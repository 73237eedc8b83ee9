//! Experiments: what is kept of people and arms, who sees which arm, and what may be concluded.

mod measurement;
mod metrics;
