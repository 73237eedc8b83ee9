//! The sales engine, through its API.

mod capture;
mod sign_in;
mod tenancy;
mod tenant;
