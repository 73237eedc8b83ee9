//! Prices that are promised.

mod blockhash;

pub use blockhash::{Blockhashes, Chain, Unreachable};
