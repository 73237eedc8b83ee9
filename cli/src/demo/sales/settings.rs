//! What the team sets up before it sells, and what it pays for.

use super::Sales;
use crate::demo::visitors::{Channel, SITE_HOST};
use anyhow::Result;
use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde_json::json;
use tessera_client::types::Address;

/// Days between two payments for advertising, and what each is, in dollars.
const SPEND_EVERY_DAYS: usize = 7;
const WEEKLY_SPEND: [(Channel, u32); 3] = [
    (Channel::Paid, 120),
    (Channel::Social, 60),
    (Channel::Email, 15),
];

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
        let mut entries = Vec::new();
        let mut sum = Decimal::ZERO;
        let mut days = day(self.began_at).iter_days().step_by(SPEND_EVERY_DAYS);
        let last = day(now);
        while let Some(day) = days.next().filter(|day| *day <= last) {
            for (channel, dollars) in WEEKLY_SPEND {
                entries.push(json!({
                    "day": day, "channel": channel.name(), "currency": "USD",
                    "amount": dollars.to_string(),
                }));
                sum += Decimal::from(dollars);
            }
        }
        self.office.bring("spend", entries.into_iter()).await?;
        Ok(sum)
    }
}

/// The UTC day of a moment in Unix seconds.
pub(super) fn day(secs: i64) -> NaiveDate {
    DateTime::from_timestamp(secs, 0)
        .unwrap_or_default()
        .date_naive()
}
