//! The rules as a caller sees them: their laws over random data, and the answers of other people's
//! implementations.

mod deals;
mod intervals;
mod kpi;
mod prediction;
mod recurring_revenue;
mod scoring;
