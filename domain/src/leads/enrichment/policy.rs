//! Where facts come from, and what follows from it: which one is believed, on what legal basis it is kept,
//! and for how long. All of it is data of the organisation; what stands here is where it begins.

use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Largest rank.
pub const MAX_RANK: u8 = 100;
/// Longest time for which a fact is used, days: three years.
pub const MAX_TTL_DAYS: u32 = 1_096;

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The lead stated it.
    Stated,
    /// A salesperson entered it.
    Salesperson,
    /// A file that was imported.
    Import,
    /// What the company's page says of the company to machines: its structured data.
    StructuredData,
    /// What the page says otherwise.
    Page,
    /// The headers of the site's response.
    Headers,
    /// The domain of an e-mail address.
    MailDomain,
    /// A service that the organisation has asked.
    Provider,
}

/// Why a fact may be kept, by article 6(1) of the GDPR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalBasis {
    /// The person agreed: point a.
    Consent,
    /// It is needed for a contract, or for steps that the person asked for before one: point b.
    Contract,
    /// A legitimate interest that outweighs the person's, as of a business in what another publishes:
    /// point f. It ends with the person's objection.
    LegitimateInterest,
}

impl LegalBasis {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Consent, Self::Contract, Self::LegitimateInterest];

    /// The basis's name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract",
            Self::LegitimateInterest => "legitimate_interest",
        }
    }
}

/// What follows from a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcePolicy {
    /// Of two facts, the one of the smaller rank is believed.
    pub rank: u8,
    /// Why its facts may be kept.
    pub legal_basis: LegalBasis,
    /// How long a fact is used after it was seen, days.
    pub ttl_days: u32,
}

/// What follows from each source. Facts of a source that is not in it are not used: nothing says why they
/// may be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourcePolicies(pub BTreeMap<Source, SourcePolicy>);

impl SourcePolicies {
    /// Whether these may be used.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        for (source, policy) in &self.0 {
            let name = source.as_str();
            Refusal::unless_number(format!("{name}.rank"), policy.rank, 0..=MAX_RANK)?;
            let field = format!("{name}.ttl_days");
            Refusal::unless_number(field, policy.ttl_days, 1..=MAX_TTL_DAYS)?;
        }
        Ok(())
    }
}

impl Source {
    /// All sources.
    pub const ALL: [Self; 8] = [
        Self::Stated,
        Self::Salesperson,
        Self::Import,
        Self::StructuredData,
        Self::Page,
        Self::Headers,
        Self::MailDomain,
        Self::Provider,
    ];

    /// The source's name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Salesperson => "salesperson",
            Self::Import => "import",
            Self::StructuredData => "structured_data",
            Self::Page => "page",
            Self::Headers => "headers",
            Self::MailDomain => "mail_domain",
            Self::Provider => "provider",
        }
    }
}

/// The policies of an organisation that has stated none: who knows best goes first, and what changes soon
/// is used for less long.
pub fn standard_policies() -> SourcePolicies {
    let policy = |source| {
        let (rank, legal_basis, ttl_days) = match source {
            Source::Stated => (0, LegalBasis::Contract, 730),
            Source::Salesperson => (10, LegalBasis::LegitimateInterest, 365),
            Source::StructuredData => (20, LegalBasis::LegitimateInterest, 180),
            Source::Provider => (25, LegalBasis::LegitimateInterest, 180),
            Source::Page => (30, LegalBasis::LegitimateInterest, 180),
            Source::Headers => (30, LegalBasis::LegitimateInterest, 90),
            Source::Import => (40, LegalBasis::LegitimateInterest, 365),
            Source::MailDomain => (50, LegalBasis::LegitimateInterest, 365),
        };
        SourcePolicy {
            rank,
            legal_basis,
            ttl_days,
        }
    };
    SourcePolicies(Source::ALL.map(|it| (it, policy(it))).into())
}
