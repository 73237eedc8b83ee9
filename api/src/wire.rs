//! How values look in JSON: keys and signatures in base58, other bytes in hexadecimal, the program's
//! u64 values and all sums as decimal strings; times, slots, positions and counts as integers.

mod amount;
mod calendar;
mod id;
mod key;
mod listing;
mod moment;
mod money;
mod rule_set;
mod secret;

pub(crate) use amount::{MintAmount, Sum, U64, mint_amounts};
pub(crate) use calendar::{Day, Month};
pub(crate) use id::Id;
pub(crate) use key::{Hex, Key, Signature};
pub(crate) use listing::Listing;
pub(crate) use moment::Moment;
pub(crate) use money::{Currency, Money};
pub(crate) use rule_set::{RuleSetBody, Version};
pub(crate) use secret::Secret;
