//! The rules of Tessera, pure: no I/O, no clock, no randomness of their own. Time, randomness and
//! amounts come in as arguments, so every answer can be computed again.
//!
//! A folder holds a capability; modules beside the folders are shared by several of them.

pub mod access;
pub mod analytics;
pub mod automation;
pub mod capture;
pub mod experiments;
pub mod leads;
pub mod people;
pub mod pricing;

pub mod apportion;
pub mod base58;
pub mod billing_period;
mod bytes;
pub mod code;
pub mod event;
pub mod exchange;
pub mod filter;
pub mod projection;
pub mod refusal;
pub mod statistics;
mod tagged;
pub mod time;
