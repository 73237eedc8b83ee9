//! The sales engine's tables, the schema `engine`: one file an aggregate.
//!
//! Whoever acts for an organisation does so in a transaction of [`tenant`], in which row-level
//! security hides all others. Only what happens before the organisation is known, or for all of
//! them, uses a plain connection; those functions say so.
//!
//! Rows that every event needs are looked up key by key, `cross join lateral (... limit 1)` from the
//! keys. Statistics speak of the mean organisation, and a plan that is good for that one may read
//! all rows of the largest for each of its events.

pub mod api_key;
pub mod chain;
pub mod checkout;
pub mod click;
pub mod counters;
pub mod dead_letter;
pub mod deal;
pub mod event;
pub mod funnel;
pub mod histories;
pub mod idempotency;
pub mod ingest;
pub mod kpi;
pub mod merge;
pub mod offer;
pub mod organisation;
pub mod outcome;
pub mod person;
pub mod prediction_model;
pub mod price_book;
pub mod quote;
pub mod receipts;
pub mod role;
pub mod rule_set;
pub mod rules;
pub mod score;
pub mod seed;
pub mod session;
pub mod spend;
pub mod tenant;

pub use crate::connection::service as pool;
pub use organisation::OrganisationId;
