//! The sales engine, through its API.

mod attribution;
mod capture;
mod identity;
mod referral_links;
mod deals;
mod kpis;
mod payments;
mod recurring_revenue;
mod sign_in;
mod spend;
mod lifetime_value;
mod past;
mod paths;
mod retention;
mod sign_in;
mod survival;
mod tenancy;
mod tenant;
