//! Deals with large customers: won by those who subscribed, lost by the others.

use super::Sales;
use crate::demo::{
    PLANS,
    visitors::{Stage, Visitor},
};
use anyhow::Result;
use serde_json::{Value, json};
use tessera_domain::time::Timestamp;

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
    /// Brings the deals into the engine, each with its moves.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn bring_deals(&self) -> Result<()> {
        let deals = self.deals().into_iter();
        let rows = deals.map(|(visitor, outcome)| history(visitor, outcome));
        self.office.bring("deals", rows).await
    }

    /// The deals, and how each stands.
    pub(super) fn deals(&self) -> Vec<(&Visitor, Outcome)> {
        let large = self.visitors.iter().filter(|it| it.has_a_deal());
        let outcome = |(index, visitor): (usize, _)| {
            let visitor: &Visitor = visitor;
            let outcome = match visitor.stage {
                Stage::Conversion => Outcome::Won,
                _ if index.is_multiple_of(OPEN) => Outcome::Open,
                _ => Outcome::Lost,
            };
            (visitor, outcome)
        };
        large.enumerate().map(outcome).collect()
    }
}

/// A deal from the first talk to how it stands.
fn history(visitor: &Visitor, outcome: Outcome) -> Value {
    let plan = &PLANS[visitor.plan];
    let (objection, solution) = match visitor.number / 2 % 3 {
        0 => ("security_concerns", "security_audit"),
        1 => ("integration_complexity", "technical_docs"),
        _ => ("pricing", "flexible_pricing"),
    };
    let (solutions, barriers) = match outcome {
        Outcome::Lost if visitor.number.is_multiple_of(2) => {
            (vec![solution], vec!["payment_friction"])
        }
        Outcome::Lost => (vec![], vec!["onboarding_complexity"]),
        Outcome::Won | Outcome::Open => (vec![solution], vec![]),
    };
    let at = |days: i64| Timestamp::from_secs(visitor.decides_at - days * 86_400);
    let mut moves = vec![
        json!({ "to": "qualified", "at": at(7) }),
        json!({ "to": "demo_scheduled", "at": at(6) }),
        json!({ "to": "demo_held", "at": at(4) }),
        json!({ "to": "proposal", "at": at(2) }),
    ];
    match outcome {
        Outcome::Won => moves.push(json!({ "to": "won", "at": at(0) })),
        Outcome::Lost => moves.push(json!({ "to": "lost", "at": at(0) })),
        Outcome::Open => {}
    }
    json!({
        "message_id": format!("deal-{}", visitor.number),
        "anonymous_id": visitor.anonymous_id(),
        "name": format!("A year of {} for visitor {}", plan.name, visitor.number),
        "amount": (plan.price * 12).to_string(),
        "currency": "USD",
        "objections": [objection],
        "solutions": solutions,
        "barriers": barriers,
        "created_at": at(8),
        "moves": moves,
    })
}
