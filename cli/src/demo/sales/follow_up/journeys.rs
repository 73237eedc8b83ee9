//! The journeys: who enters, what they wait for, and what they are sent.

use super::templates::{PAYMENT_MISSED, PURCHASE_THANKS, WELCOME_OFFER};
use crate::demo::Sales;
use anyhow::Result;
use serde_json::{Value, json};

/// From signing up to the offer.
pub(super) const NURTURING: &str = "nurturing";
/// From a missed payment to the mail about it.
pub(super) const PAST_DUE: &str = "past_due";
/// How long a person who signs up has to subscribe before the offer comes, seconds: days in earnest.
const TIMEOUT_SECS: u32 = 5;

impl Sales {
    /// Publishes the journeys.
    pub(super) async fn publish_journeys(&self) -> Result<()> {
        for (name, journey) in [(NURTURING, nurturing()), (PAST_DUE, past_due())] {
            let draft = json!({ "name": name, "journey": journey });
            let drafted = self.office.post("/v1/journeys", &draft).await?;
            let publish = format!("/v1/journeys/{name}/publish");
            let version = json!({ "version": drafted["version"] });
            self.office.post(&publish, &version).await?;
        }
        Ok(())
    }
}

fn nurturing() -> Value {
    json!({
        "entry": { "event": { "event": "signed_up" } },
        "start": "wait",
        "nodes": {
            "wait": { "wait_for": {
                "event": { "event": "subscribed" }, "timeout_secs": TIMEOUT_SECS,
                "then": "thank", "otherwise": "look",
            } },
            // They may have subscribed before they signed up.
            "look": { "branch": {
                "cases": [{
                    "when": { "subscription": { "status": ["trial", "active"] } }, "next": "thank",
                }],
                "otherwise": "offer",
            } },
            "thank": { "message": { "template": PURCHASE_THANKS, "next": "end" } },
            "offer": { "message": { "template": WELCOME_OFFER, "next": "end" } },
            "end": { "exit": {} },
        },
    })
}

fn past_due() -> Value {
    json!({
        "entry": { "subscription": "past_due" },
        "key": { "property": "account" },
        // The smallest there is: the few of the story are all to be written to.
        "holdout": { "holdout_bps": 1 },
        "start": "remind",
        "nodes": {
            "remind": { "message": { "template": PAYMENT_MISSED, "next": "end" } },
            "end": { "exit": {} },
        },
    })
}
