//! The rules of the sales engine, pure: no I/O, no clock, no randomness of their own. Time,
//! randomness and amounts come in as arguments, so every answer can be computed again.

pub mod base58;
pub mod capture;
pub mod event;
pub mod filter;
pub mod identity;
pub mod secret;
pub mod sign_in;
pub mod statistics;
pub mod time;
