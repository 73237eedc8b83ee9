//! The findings about a deal, from fixed lists: free text cannot be counted.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An objection to buying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objection {
    /// Doubts whether it is secure.
    SecurityConcerns,
    /// The work of integrating it.
    IntegrationComplexity,
    /// The price.
    Pricing,
}

/// A solution offered for an objection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solution {
    /// An independent audit of the code.
    SecurityAudit,
    /// Documentation for engineers.
    TechnicalDocs,
    /// Individual terms of payment.
    FlexiblePricing,
}

/// A barrier to a customer who wants to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Barrier {
    /// Paying is hard.
    PaymentFriction,
    /// Getting started is hard.
    OnboardingComplexity,
    /// The features are hard to understand.
    FeatureConfusion,
}

/// The findings about one deal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Findings {
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
            assert!(serde_json::from_str::<Findings>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_word_said_twice_counts_once() -> serde_json::Result<()> {
        let json = r#"{"objections": ["pricing", "pricing"], "barriers": ["payment_friction"]}"#;
        let findings: Findings = serde_json::from_str(json)?;
        assert_eq!(findings.objections.len(), 1);
        assert!(findings.barriers.contains(&Barrier::PaymentFriction));
        Ok(())
    }
}
