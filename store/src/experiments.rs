//! Experiments: metrics, designs, their phases and what was decided.

pub mod metric;
