//! How an organisation's events are read by questions over everybody.

use super::attribution::ChannelRules;
use crate::{capture::Acts, event::Event};

/// Which events are a person's own acts, and which channel brought them there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// Which events are people's own acts.
    pub acts: Acts,
    /// How the channel of an event is found.
    pub channels: ChannelRules,
}

impl Reading {
    /// The channel that brought a person to an event; none when it is not an act of theirs.
    pub fn channel_of(&self, event: &Event) -> Option<String> {
        self.acts
            .is_act(event)
            .then(|| self.channels.channel_of(event))
            .flatten()
    }
}
