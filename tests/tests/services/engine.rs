//! The sales engine, through its API.

mod attribution;
mod capture;
mod lifetime_value;
mod past;
mod paths;
mod retention;
mod sign_in;
mod survival;
mod tenancy;
mod tenant;
