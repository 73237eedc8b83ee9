//! Kept sums, and the histories that questions are asked over.

pub mod funnel;
pub mod histories;
pub mod kpi;
pub mod live;
pub mod receipts;
pub mod spend;
