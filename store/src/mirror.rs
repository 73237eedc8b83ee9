//! The chain's mirror: accounts, receipts, and how far it is complete. It can be dropped and filled
//! again from the chain.
//!
//! A row holds every column of its table; a newer reading of an account replaces an older one and
//! never the reverse.

#[macro_use]
mod record;
mod life;

pub mod accounts;
pub mod authority;
pub mod campaign;
pub mod chain_feed;
pub mod claim;
pub mod code;
pub mod coming;
pub mod config;
pub mod cursor;
pub mod dead_letter;
pub mod invoice;
pub mod issuer;
pub mod keeper;
pub mod ledger;
pub mod member;
pub mod nullifier_page;
pub mod org;
pub mod plan;
pub mod proof;
pub mod query;
pub mod receipt;
pub mod stake_pool;
pub mod stake_position;
pub mod subscription;
pub mod unsettled;
pub mod walk;

pub use life::LifeKey;
pub use record::Record;
