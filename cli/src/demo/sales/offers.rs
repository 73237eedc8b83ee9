//! Offers, and customers who buy by them through the API.

use super::Sales;
use crate::{
    chain::Chain,
    demo::{Business, Customer, business::INDIVIDUAL},
};
use anyhow::{Context, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;
use tessera_domain::time::Timestamp;

/// The code of an offer for the first hundred who subscribe.
pub(super) const EARLY_BIRD: &str = "EARLY-100";
/// How long it runs, seconds.
const RUNS_SECS: i64 = 30 * 86_400;

impl Sales {
    /// Publishes offers at `now`, Unix seconds.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn publish_offers(&self, now: i64) -> Result<()> {
        let until = Timestamp::from_secs(now + RUNS_SECS);
        for offer in [
            json!({
                "code": EARLY_BIRD,
                "urgency": { "kind": "early_bird", "until": until, "first_n": 100 },
                "reduction": { "kind": "factor", "factor": "0.8" },
                "segments": ["individual"],
            }),
            json!({
                "code": "LAST-10-SITES",
                "urgency": { "kind": "capacity_limited", "stock": 10 },
                "reduction": { "kind": "factor", "factor": "0.9" },
                "segments": ["mining_farm"],
            }),
        ] {
            self.office.post("/v1/offers", &offer).await?;
        }
        Ok(())
    }

    /// A customer asks for a price with an offer, and subscribes by the transaction in the answer.
    ///
    /// # Errors
    /// When the API or the chain refuses.
    pub async fn buy(&self, chain: &Chain, business: &Business, customer: &Customer) -> Result<()> {
        let session = self.strangers.sign_in(&customer.wallet, &self.org).await?;
        let (plan, _) = business.plans[INDIVIDUAL];
        let wanted = json!({
            "segment": "individual", "plan": plan.to_string(), "quantity": 1, "offer": EARLY_BIRD,
        });
        let quote = session.post("/v1/quotes", &wanted).await?;
        let transaction = quote["transaction"].as_str().context("a transaction")?;
        let bytes = BASE64_STANDARD.decode(transaction)?;
        chain
            .complete(bincode::deserialize(&bytes)?, &customer.wallet)
            .await?;
        let id = quote["id"].as_str().context("an id")?;
        session
            .post(&format!("/v1/quotes/{id}/accept"), &json!({}))
            .await?;
        Ok(())
    }
}
