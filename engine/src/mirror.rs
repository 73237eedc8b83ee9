//! From the chain's mirror to the sales engine.

mod chain_feed;

pub(crate) use chain_feed::{Names, feed, note_past_due};
