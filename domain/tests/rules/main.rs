//! The rules against other people's implementations, and their laws over random data.

mod deals;
mod intervals;
mod kpi;
mod recurring_revenue;
