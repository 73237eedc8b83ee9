//! What the API asks of the mirror, one file a resource: pages in key order, single rows, sums.
//!
//! A page costs its rows and an index, wherever the list stands: it starts behind a key, never
//! after a number of rows.

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
