//! What was found out about a deal, from fixed lists: free text cannot be counted.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What speaks against buying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objection {
    /// Whether it is safe.
    SecurityConcerns,
    /// How much work it is to connect.
    IntegrationComplexity,
    /// What it costs.
    Pricing,
}

/// What was offered against an objection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solution {
    /// Somebody else's examination of the code.
    SecurityAudit,
    /// Documentation for engineers.
    TechnicalDocs,
    /// Other terms of payment.
    FlexiblePricing,
}

/// What hinders a customer who wants to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Barrier {
    /// Paying is hard.
    PaymentFriction,
    /// Getting started is hard.
    OnboardingComplexity,
    /// It is unclear what does what.
    FeatureConfusion,
}

/// What was found out about one deal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Particulars {
    /// Objections raised.
    pub objections: BTreeSet<Objection>,
    /// Solutions offered.
    pub solutions: BTreeSet<Solution>,
    /// Barriers met.
    pub barriers: BTreeSet<Barrier>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_outside_the_lists_are_refused() {
        for json in [
            r#"{"objections": ["too_blue"]}"#,
            r#"{"objection": ["pricing"]}"#,
            r#"{"solutions": ["pricing"]}"#,
        ] {
            assert!(serde_json::from_str::<Particulars>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_word_said_twice_counts_once() -> serde_json::Result<()> {
        let json = r#"{"objections": ["pricing", "pricing"], "barriers": ["payment_friction"]}"#;
        let particulars: Particulars = serde_json::from_str(json)?;
        assert_eq!(particulars.objections.len(), 1);
        assert!(particulars.barriers.contains(&Barrier::PaymentFriction));
        Ok(())
    }
}
