//! Sums that are kept current, and the histories that queries read.

pub mod boundary;
pub mod exchange_rate;
pub mod funnel;
pub mod histories;
pub mod kpi;
pub mod live;
pub mod receipts;
pub mod spend;
