//! What callers may do, and which roles and kinds of key grant it.

use super::secret::TokenKind;
use serde::{Deserialize, Serialize};

/// One right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Send events about anonymous visitors and users.
    Capture,
    /// Identify people: link ids, e-mail addresses and traits.
    Identify,
    /// Read everything of the organisation.
    Read,
    /// Work on deals, quotes and spend.
    Sell,
    /// Change models, funnels, prices, offers and the registry.
    Configure,
    /// Administer keys, roles, settings and merges, and correct deals.
    Administer,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 6] = [
        Self::Capture,
        Self::Identify,
        Self::Read,
        Self::Sell,
        Self::Configure,
        Self::Administer,
    ];

    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Identify => "identify",
            Self::Read => "read",
            Self::Sell => "sell",
            Self::Configure => "configure",
            Self::Administer => "administer",
        }
    }

    /// The scope of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// Kinds of API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// Only sends events, so that it may be public in a web page.
    Write,
    /// Reads.
    Read,
    /// Everything.
    Admin,
}

impl KeyKind {
    /// Every kind of key.
    pub const ALL: [Self; 3] = [Self::Write, Self::Read, Self::Admin];

    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }

    /// The kind of token that such a key is.
    pub fn token(self) -> TokenKind {
        match self {
            Self::Write => TokenKind::Write,
            Self::Read => TokenKind::Read,
            Self::Admin => TokenKind::Admin,
        }
    }

    /// The most that such a key may do.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Write => &[Scope::Capture],
            Self::Read => &[Scope::Read],
            Self::Admin => &Scope::ALL,
        }
    }
}

/// A wallet's role in an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// Reads, identifies and sells.
    Sales,
    /// Reads and changes models, funnels and prices.
    Analyst,
    /// Reads.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Sales, Self::Analyst, Self::Auditor];

    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Sales => "sales",
            Self::Analyst => "analyst",
            Self::Auditor => "auditor",
        }
    }

    /// The role of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// What the role may do.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Owner => &Scope::ALL,
            Self::Sales => &[Scope::Read, Scope::Identify, Scope::Sell],
            Self::Analyst => &[Scope::Read, Scope::Configure],
            Self::Auditor => &[Scope::Read],
        }
    }
}
