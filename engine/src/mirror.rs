//! What the chain's mirror tells the sales engine.

mod chain_feed;

pub(crate) use chain_feed::{feed, note_past_due};
