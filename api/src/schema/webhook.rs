//! Webhooks: the kinds of messages that there are.

use super::{parts::choice, stand_ins};
use tessera_domain::automation::webhook::CATALOGUE;

stand_ins! {
    /// The name of a [`tessera_domain::automation::webhook::EventType`].
    WebhookEventName() {
        choice("A kind of message.", CATALOGUE.iter().map(|it| it.name)).examples(["subscription.charged"])
    }
}
