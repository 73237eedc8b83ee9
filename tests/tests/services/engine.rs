//! The sales engine, through its API.

mod capture;
mod identity;
mod referral_links;
mod deals;
mod kpis;
mod payments;
mod recurring_revenue;
mod sign_in;
mod spend;
mod tenancy;
mod tenant;
