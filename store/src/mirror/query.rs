//! What the API reads from the mirror, one file for each resource: pages in key order, single rows,
//! sums.
//!
//! A page costs the same anywhere in a list: it starts after a key, never after a number of rows.

pub mod codes;
pub mod index;
pub mod ledgers;
pub mod members;
pub mod orgs;
pub mod plans;
pub mod receipts;
pub mod referrals;
pub mod stats;
pub mod subscriptions;
