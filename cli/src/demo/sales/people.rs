//! Visitors, as the site captures what they do and says who they are.

use super::{CONCURRENCY, Sales};
use crate::demo::{
    Customer,
    visitors::{Stage, Visitor},
};
use anyhow::{Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;

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
        let events = new.iter().flat_map(Visitor::events);
        self.office.bring("events", events).await?;
        let named = new.iter().filter(|it| it.is_a_lead()).map(Visitor::name);
        self.office.bring("persons", named).await?;
        let new = self.sent..self.visitors.len();
        stream::iter(
            self.customers
                .iter()
                .filter(|(_, place)| new.contains(*place)),
        )
        .map(|(customer, place)| self.sign_up(&customers[*customer], &self.visitors[*place]))
        .buffer_unordered(CONCURRENCY)
        .try_collect::<Vec<()>>()
        .await?;
        self.sent = self.visitors.len();
        Ok(())
    }

    /// A customer signs in where they looked around before, and says what kind of customer they are.
    async fn sign_up(&self, customer: &Customer, visitor: &Visitor) -> Result<()> {
        let session = self.strangers.sign_in(&customer.wallet, &self.org).await?;
        let body = json!({
            "anonymous_id": visitor.anonymous_id(), "traits": { "segment": visitor.segment() },
        });
        session.post("/v1/identify", &body).await?;
        Ok(())
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
