//! The rules, against other implementations, abuse and arbitrary input.

mod capture;
mod identity;
mod sign_in;
