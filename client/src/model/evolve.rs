//! What events make of accounts.
//!
//! Law: an event is taken at its word, and nothing else is looked at: whether it is right was decided
//! before. So a wrong receipt is one finding, and those after it are held against what it says.

mod points;

use super::State;
use crate::{decode::Event, receipts::ReceiptState};

impl State {
    /// Makes the accounts what the event says.
    pub fn evolve(&mut self, event: &Event) {
        match event {
            Event::PointsAwarded(_) | Event::PointsRedeemed(_) => points::evolve(self, event),
            _ => {}
        }
        self.count(event);
    }

    /// Continues the account's chain of receipts, which ends when it closes.
    fn count(&mut self, event: &Event) {
        let receipt = event.receipt();
        if matches!(event, Event::Closed(_)) {
            self.chains.remove(&receipt.account);
            return;
        }
        let chain = self
            .chains
            .entry(receipt.account)
            .or_insert_with(|| ReceiptState::new(receipt.life));
        chain.push(&event.encode());
    }
}
