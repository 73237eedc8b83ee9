//! The rules of the sales engine, pure: no I/O, no clock, no randomness of their own. Time,
//! randomness and amounts come in as arguments, so every answer can be computed again.

pub mod apportion;
pub mod attribution;
pub mod base58;
pub mod capture;
pub mod cohorts;
pub mod deals;
pub mod event;
pub mod filter;
pub mod funnel;
pub mod identity;
pub mod kpi;
pub mod lifetime_value;
pub mod paths;
pub mod prediction;
pub mod pricing;
pub mod recurring_revenue;
pub mod scoring;
pub mod secret;
pub mod sign_in;
pub mod statistics;
pub mod subscriptions;
pub mod survival;
pub mod time;
