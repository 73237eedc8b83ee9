//! Experiments: what is kept of people and arms, who sees which arm, and what may be concluded.

mod decisions;
mod measurement;
mod metrics;
mod presets;
