//! The rules as a caller sees them: their laws over random data, and the answers of other people's
//! implementations.

mod agents;
mod attribution;
mod automation;
mod capture;
mod cohorts;
mod deals;
mod experiments;
mod filter;
mod funnel;
mod identity;
mod intervals;
mod kpi;
mod leads;
mod lifetime_value;
mod paths;
mod prediction;
mod pricing;
mod recurring_revenue;
mod scoring;
mod segment;
mod sign_in;
mod survival;
