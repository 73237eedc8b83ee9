//! What the chain's mirror tells the sales engine.

mod chain_feed;

pub use chain_feed::ChainFeed;
