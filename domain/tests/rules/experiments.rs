//! Experiments: what is kept of people and arms, who sees which arm, and what may be concluded.

mod assignment;
mod bandit;
mod chance;
mod corrected;
mod decisions;
mod designs;
mod factorial;
mod health;
mod inference;
mod measurement;
mod metrics;
mod mismatch;
mod multiplicity;
mod planning;
mod played;
mod policy;
mod presets;
mod shown;
mod stage;
