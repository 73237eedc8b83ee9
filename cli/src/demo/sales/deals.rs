//! Deals with large customers: won by those who subscribed, lost by the others.

use super::{CONCURRENCY, Sales};
use crate::demo::{
    PLANS,
    visitors::{Stage, Visitor},
};
use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;

/// Every so many-th of the others is still being talked to.
const OPEN: usize = 4;

/// How a deal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Won,
    Lost,
    Open,
}

impl Sales {
    /// Writes down the deals, from the first talk to how each stands.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn close_deals(&self) -> Result<()> {
        stream::iter(self.deals())
            .map(|(place, visitor, outcome)| self.deal(place, visitor, outcome))
            .buffer_unordered(CONCURRENCY)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
    }

    /// The deals, with the places of their visitors.
    pub(super) fn deals(&self) -> Vec<(usize, &Visitor, Outcome)> {
        let large = self
            .visitors
            .iter()
            .enumerate()
            .filter(|(_, it)| it.has_a_deal());
        let outcome = |(index, (place, visitor)): (usize, (usize, _))| {
            let visitor: &Visitor = visitor;
            let outcome = match visitor.stage {
                Stage::Conversion => Outcome::Won,
                _ if index.is_multiple_of(OPEN) => Outcome::Open,
                _ => Outcome::Lost,
            };
            (place, visitor, outcome)
        };
        large.enumerate().map(outcome).collect()
    }

    async fn deal(&self, place: usize, visitor: &Visitor, outcome: Outcome) -> Result<()> {
        let person = self
            .persons
            .get(&place)
            .context("a deal is with a person")?;
        let plan = &PLANS[visitor.plan];
        let (objection, solution) = match visitor.number / 2 % 3 {
            0 => ("security_concerns", "security_audit"),
            1 => ("integration_complexity", "technical_docs"),
            _ => ("pricing", "flexible_pricing"),
        };
        let new = json!({
            "person": person,
            "name": format!("A year of {} for visitor {}", plan.name, visitor.number),
            "amount": (plan.price * 12).to_string(),
            "currency": "USD",
            "objections": [objection],
        });
        let deal = self.office.post("/v1/deals", &new).await?;
        let path = format!("/v1/deals/{}", deal["id"].as_str().context("a deal")?);
        let advance = async |to: &str| {
            let path = format!("{path}/transition");
            self.office.post(&path, &json!({ "to": to })).await
        };
        for stage in ["qualified", "demo_scheduled", "demo_held"] {
            advance(stage).await?;
        }
        let (findings, end) = match outcome {
            Outcome::Won => (json!({ "solutions": [solution] }), Some("won")),
            Outcome::Lost if visitor.number.is_multiple_of(2) => (
                json!({ "solutions": [solution], "barriers": ["payment_friction"] }),
                Some("lost"),
            ),
            Outcome::Lost => (
                json!({ "barriers": ["onboarding_complexity"] }),
                Some("lost"),
            ),
            Outcome::Open => (json!({ "solutions": [solution] }), None),
        };
        self.office.patch(&path, &findings).await?;
        advance("proposal").await?;
        if let Some(end) = end {
            advance(end).await?;
        }
        Ok(())
    }
}
