//! The rules against other people's implementations and against their own laws.

mod cohorts;
mod lifetime_value;
mod survival;
