//! Experiments: metrics, designs, their phases and what was done to them.

pub mod change;
pub mod closing;
pub mod experiment;
pub mod exposure;
pub mod holdout;
pub mod live;
pub mod metric;
pub mod phase;
pub mod report;
