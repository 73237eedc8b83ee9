//! What the team sets up before it sells, and what it pays for.

use super::Sales;
use crate::demo::visitors::{Channel, SITE_HOST};
use anyhow::Result;
use chrono::{DateTime, Days, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tessera_client::types::Address;

/// Days between two payments for advertising.
const SPEND_EVERY: Days = Days::new(7);

impl Sales {
    /// States the exchange rate, the site's own host, and who may sell.
    pub(super) async fn settle(&self, seller: &Address) -> Result<()> {
        let office = &self.office;
        let rate =
            json!({ "currency": self.mint.to_string(), "from": day(self.began_at), "usd": "1" });
        office.put("/v1/exchange-rates", &rate).await?;
        let rules = json!({ "own_hosts": [SITE_HOST] });
        let drafted = office.post("/v1/channel-rules", &rules).await?;
        let publish = format!("/v1/channel-rules/{}/publish", drafted["version"]);
        office.post(&publish, &json!({})).await?;
        let customers = json!({
            "name": "customers",
            "condition": { "subscription": { "status": ["trial", "active", "past_due"] } },
        });
        office.post("/v1/segments", &customers).await?;
        let role = format!("/v1/roles/{seller}");
        office.put(&role, &json!({ "role": "owner" })).await?;
        Ok(())
    }

    /// Records what was spent on advertising until `now`, Unix seconds; returns the sum in dollars.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn spend(&self, now: i64) -> Result<Decimal> {
        let mut sum = Decimal::ZERO;
        let (mut day, last) = (day(self.began_at), day(now));
        while day <= last {
            for (channel, dollars) in [
                (Channel::Paid, 120),
                (Channel::Social, 60),
                (Channel::Email, 15),
            ] {
                let entry: Value = json!({
                    "day": day, "channel": channel.name(), "currency": "USD", "amount": dollars.to_string(),
                });
                self.office.put("/v1/spend", &entry).await?;
                sum += Decimal::from(dollars);
            }
            let Some(next) = day.checked_add_days(SPEND_EVERY) else {
                break;
            };
            day = next;
        }
        Ok(sum)
    }
}

/// The UTC day of a moment in Unix seconds.
pub(super) fn day(secs: i64) -> NaiveDate {
    DateTime::from_timestamp(secs, 0)
        .unwrap_or_default()
        .date_naive()
}
