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

impl Objection {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self::SecurityConcerns,
        Self::IntegrationComplexity,
        Self::Pricing,
    ];

    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecurityConcerns => "security_concerns",
            Self::IntegrationComplexity => "integration_complexity",
            Self::Pricing => "pricing",
        }
    }
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

impl Solution {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self::SecurityAudit,
        Self::TechnicalDocs,
        Self::FlexiblePricing,
    ];

    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecurityAudit => "security_audit",
            Self::TechnicalDocs => "technical_docs",
            Self::FlexiblePricing => "flexible_pricing",
        }
    }
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

impl Barrier {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self::PaymentFriction,
        Self::OnboardingComplexity,
        Self::FeatureConfusion,
    ];

    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PaymentFriction => "payment_friction",
            Self::OnboardingComplexity => "onboarding_complexity",
            Self::FeatureConfusion => "feature_confusion",
        }
    }
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
    fn a_word_has_one_spelling() -> serde_json::Result<()> {
        for index in 0..3 {
            let (objection, solution) = (Objection::ALL[index], Solution::ALL[index]);
            assert_eq!(serde_json::to_value(objection)?, objection.as_str());
            assert_eq!(serde_json::to_value(solution)?, solution.as_str());
            let barrier = Barrier::ALL[index];
            assert_eq!(serde_json::to_value(barrier)?, barrier.as_str());
        }
        Ok(())
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
