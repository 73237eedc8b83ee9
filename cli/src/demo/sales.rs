//! The business's sales team and its site, which know the sales engine through its API alone.

mod compare;
mod deals;
mod expected;
mod follow_up;
mod offers;
mod people;
mod settings;

use super::{
    Customer, Site,
    business::Business,
    visitors::{JOURNEY_SECS, Visitor},
};
use anyhow::{Context, Result};
use solana_signer::Signer;
use std::collections::BTreeMap;
use tessera_client::types::Address;

/// Customers who come through the site; others come with their wallet alone. Wallets may sign in five
/// times a second from one address, so many more would take minutes.
const THROUGH_THE_SITE: usize = 24;
/// Visitors who stay undecided for each customer who comes through the site.
const UNDECIDED: usize = 2;
/// Customers who buy by an offer at the end of the story.
pub const BUYERS: usize = 2;
/// Requests that are under way at the same time.
const CONCURRENCY: usize = 8;

/// The team, its site, and what they know of each other.
pub struct Sales {
    /// The API for the holder of an admin key.
    office: Site,
    /// The API for the site's pages.
    pages: Site,
    /// The API for nobody.
    strangers: Site,
    org: String,
    mint: Address,
    /// When the story began, Unix seconds.
    began_at: i64,
    /// Everybody who came to the site, in the order of their numbers.
    visitors: Vec<Visitor>,
    /// Places of customers among the visitors, by their place among the customers.
    customers: BTreeMap<usize, usize>,
    /// Whose visits were sent already.
    sent: usize,
    /// Since when journeys are published, Unix seconds by the network's clock.
    follows_up_since: i64,
}

impl Sales {
    /// Begins to sell for a business at `now`, Unix seconds.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn begin(api: Site, admin_key: &str, business: &Business, now: i64) -> Result<Self> {
        let office = api.with(admin_key);
        let page = serde_json::json!({ "name": "site", "kind": "write" });
        let page = office.post("/v1/api-keys", &page).await?;
        let sales = Self {
            pages: api.with(page["key"].as_str().context("a key")?),
            office,
            strangers: api,
            org: business.org.to_string(),
            mint: business.mint,
            began_at: now - JOURNEY_SECS,
            visitors: Vec::new(),
            customers: BTreeMap::new(),
            sent: 0,
            follows_up_since: now,
        };
        sales.settle(&business.authority.pubkey()).await?;
        Ok(sales)
    }

    /// The customers from place `first` on subscribe at `now`, Unix seconds: they came to the site
    /// before, and so did others who stay undecided.
    pub fn visited(&mut self, customers: &[Customer], first: usize, now: i64) {
        for (place, customer) in customers.iter().enumerate().skip(first) {
            if self.customers.len() == THROUGH_THE_SITE {
                return;
            }
            self.customers.insert(place, self.visitors.len());
            let number = self.visitors.len();
            self.visitors
                .push(Visitor::customer(number, customer.plan, now));
            for _ in 0..UNDECIDED {
                let number = self.visitors.len();
                self.visitors.push(Visitor::undecided(number, now));
            }
        }
    }

    /// What happened, in a line.
    pub fn summary(&self) -> String {
        format!(
            "visitors: {}, of whom {} subscribed; deals: {}",
            self.visitors.len(),
            self.customers.len(),
            self.deals().len()
        )
    }
}
