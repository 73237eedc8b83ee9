//! What the tests play with: a database, the API, rows, receipts, a scripted chain, organisations.

pub(crate) mod browser;
pub(crate) mod chain;
pub(crate) mod client;
pub(crate) mod database;
pub(crate) mod experiments;
pub(crate) mod funnel_events;
pub(crate) mod history;
pub(crate) mod indexing;
pub(crate) mod journeys;
pub(crate) mod mail;
pub(crate) mod past;
pub(crate) mod payments;
pub(crate) mod people;
pub(crate) mod referrals;
pub(crate) mod rows;
pub(crate) mod segments;
pub(crate) mod shop;
pub(crate) mod shown;
pub(crate) mod subscribers;
pub(crate) mod sums;
pub(crate) mod team;
pub(crate) mod tenant;
