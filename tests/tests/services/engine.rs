//! The sales engine, through its API.

mod capture;
mod deals;
mod kpis;
mod payments;
mod recurring_revenue;
mod sign_in;
mod spend;
mod tenancy;
mod tenant;
