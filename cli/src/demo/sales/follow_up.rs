//! What the team has said by itself: two journeys, and the messages that they send.
//!
//! Law: who gets which message follows from the story and the chain's accounts, and not from what the
//! engine answers.

mod expected;
mod folder;
mod journeys;
mod outcome;
mod templates;

use super::Sales;
use crate::demo::{
    Customer,
    visitors::{Visitor, address_of},
};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::ops::Range;

/// First names of those who state one.
const FIRST_NAMES: [&str; 5] = ["Ada", "Blaise", "Chien-Shiung", "Dorothy", "Émilie"];

impl Sales {
    /// Sets everything up that is sent by itself from `now` on, Unix seconds by the network's clock. The
    /// customers at these places only try what is sold, and say where mail reaches them.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn begin_to_follow_up(
        &mut self,
        customers: &[Customer],
        triers: Range<usize>,
        now: i64,
    ) -> Result<()> {
        self.publish_templates().await?;
        self.publish_journeys().await?;
        for place in triers {
            self.introduce(place, &customers[place]).await?;
        }
        self.follows_up_since = now;
        Ok(())
    }

    /// Visitors who left an address sign up for more, and so do the customers from place `first` on, who
    /// bought already.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn sign_ups(&self, customers: &[Customer], first: usize) -> Result<()> {
        for (place, customer) in customers.iter().enumerate().skip(first) {
            self.introduce(place, customer).await?;
        }
        let visitors = self.reachable().map(Visitor::anonymous_id);
        let buyers = (first..customers.len()).map(app);
        let event = |id: String| {
            json!({
                "message_id": format!("{id}-signed-up"), "anonymous_id": id, "event": "signed_up",
            })
        };
        let events: Vec<_> = visitors.chain(buyers).map(event).collect();
        let batch = json!({ "events": events });
        let answer = self.pages.post("/v1/events/batch", &batch).await?;
        ensure!(answer["rejected"] == 0, "sign-ups are refused: {answer}");
        Ok(())
    }

    /// A customer opens the business's app with the wallet, and the team says whose wallet that is: two who
    /// are identified become one by the team's decision alone.
    async fn introduce(&self, place: usize, customer: &Customer) -> Result<()> {
        let session = self.strangers.sign_in(&customer.wallet, &self.org).await?;
        let opened = json!({ "anonymous_id": app(place) });
        let holder = session.post("/v1/identify", &opened).await?;
        let person = json!({
            "user_id": user(place), "email": address_of(&user(place)),
            "traits": { "first_name": FIRST_NAMES[place % FIRST_NAMES.len()] },
        });
        let known = self.office.post("/v1/identify", &person).await?;
        let holder = holder["person"].as_str().context("a person")?;
        let merge = json!({ "with": known["person"], "reason": "The customer's own wallet." });
        let path = format!("/v1/persons/{holder}/merge");
        self.office.post(&path, &merge).await?;
        Ok(())
    }

    /// Visitors who left an address and did not subscribe.
    fn reachable(&self) -> impl Iterator<Item = &Visitor> {
        self.visitors.iter().filter(|it| it.is_a_lead())
    }
}

/// The name of a customer's device.
fn app(place: usize) -> String {
    format!("app-{place}")
}

/// The business's name for a customer.
fn user(place: usize) -> String {
    format!("customer-{place}")
}
