//! Visitors, as the site captures what they do and says who they are.

use super::{CONCURRENCY, Sales};
use crate::demo::{
    Customer,
    visitors::{Stage, Visitor},
};
use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

/// Events of a request.
const BATCH: usize = 500;
/// A browser that a person uses.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/// A messenger that shows what a link leads to.
const PREVIEW: &str = "WhatsApp/2.25.1 A";

impl Sales {
    /// Sends what those visitors did of whom it was not sent, and says who they are.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn send_visits(&mut self, customers: &[Customer]) -> Result<()> {
        let new = self.visitors.get(self.sent..).unwrap_or_default();
        let events: Vec<Value> = new.iter().flat_map(Visitor::events).collect();
        for batch in events.chunks(BATCH) {
            let answer = self
                .pages
                .post("/v1/events/batch", &json!({ "events": batch }))
                .await?;
            ensure!(answer["rejected"] == 0, "visits are refused: {answer}");
        }
        let identified = stream::iter(self.sent..self.visitors.len())
            .map(|place| self.identified(place, customers))
            .buffer_unordered(CONCURRENCY)
            .try_collect::<Vec<_>>()
            .await?;
        self.persons.extend(identified.into_iter().flatten());
        self.sent = self.visitors.len();
        Ok(())
    }

    /// Says who a visitor is, once they have left more than a look; returns the person.
    async fn identified(
        &self,
        place: usize,
        customers: &[Customer],
    ) -> Result<Option<(usize, String)>> {
        let visitor = self.visitors[place];
        let traits = json!({ "segment": visitor.segment() });
        let customer = self
            .customers
            .iter()
            .find(|(_, visitor)| **visitor == place);
        let identified = if let Some((customer, _)) = customer {
            let wallet = &customers[*customer].wallet;
            let body = json!({ "anonymous_id": visitor.anonymous_id(), "traits": traits });
            let session = self.strangers.sign_in(wallet, &self.org).await?;
            session.post("/v1/identify", &body).await?
        } else if visitor.stage > Stage::Awareness {
            let body = json!({
                "anonymous_id": visitor.anonymous_id(),
                "user_id": format!("user-{}", visitor.number),
                "email": format!("user-{}@mail.example", visitor.number),
                "traits": traits,
            });
            self.office.post("/v1/identify", &body).await?
        } else {
            return Ok(None);
        };
        let person = identified["person"].as_str().context("a person")?;
        Ok(Some((place, person.to_owned())))
    }

    /// Visitors follow the first customer's referral link, one of them after a messenger looked at it.
    ///
    /// # Errors
    /// When the link leads nowhere.
    pub async fn follow_links(&self, customers: &[Customer]) -> Result<()> {
        let Some(link) = self.link(customers) else {
            return Ok(());
        };
        self.strangers.follow(&link, PREVIEW).await?;
        for visitor in self.followers() {
            let path = format!(
                "{link}?consent=true&anonymous_id={}",
                visitor.anonymous_id()
            );
            self.strangers.follow(&path, BROWSER).await?;
        }
        Ok(())
    }

    /// A page that sends an e-mail address where none belongs: refused, and kept as a dead letter.
    ///
    /// # Errors
    /// When the API takes it.
    pub async fn send_what_is_refused(&self) -> Result<()> {
        let event = json!({
            "message_id": "newsletter-form", "anonymous_id": "visitor-0", "event": "form_submitted",
            "properties": { "email": "ada@mail.example" },
        });
        let answer = self
            .pages
            .post("/v1/events/batch", &json!({ "events": [event] }))
            .await?;
        ensure!(
            answer["rejected"] == 1,
            "an address is taken for a property: {answer}"
        );
        Ok(())
    }

    /// Those who follow it: some of the undecided.
    pub(super) fn followers(&self) -> impl Iterator<Item = &Visitor> {
        let undecided = |visitor: &&Visitor| visitor.stage < Stage::Conversion;
        self.visitors.iter().filter(undecided).step_by(4)
    }

    fn link(&self, customers: &[Customer]) -> Option<String> {
        Some(format!("/r/{}/{}", self.org, customers.first()?.code()))
    }
}
