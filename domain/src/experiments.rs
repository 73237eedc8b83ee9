//! Experiments: which arm a visitor sees, what came of it, and what may be concluded.

pub mod assignment;
pub mod bandit;
pub mod decision;
pub mod design;
pub mod factorial;
pub mod inference;
mod launch;
pub mod measurement;
pub mod metric;
pub mod mismatch;
pub mod moments;
pub mod multiplicity;
mod numbers;
pub mod planning;
pub mod policy;
pub mod preset;
pub mod report;
pub mod results;
