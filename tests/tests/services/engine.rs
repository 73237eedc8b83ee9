//! The sales engine, through its API.

mod capture;
mod identity;
mod referral_links;
mod sign_in;
mod tenancy;
mod tenant;
