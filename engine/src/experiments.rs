//! Experiments: designs and what they measure, who sees which arm, and what may be concluded.

pub mod metrics;
