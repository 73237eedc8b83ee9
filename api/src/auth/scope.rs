//! What callers may do, and which roles and kinds of key bring it.

use serde::{Deserialize, Serialize};
use tessera_domain::access::secret::TokenKind;
use utoipa::ToSchema;

/// One right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// Send events about anonymous visitors and users.
    Capture,
    /// State who somebody is: link ids, e-mail addresses and traits.
    Identify,
    /// Read everything of the organisation.
    Read,
    /// Work on deals, quotes and spend.
    Sell,
    /// Change models, funnels, prices, offers and the registry.
    Configure,
    /// Keys, roles, settings and merges.
    Administer,
}

impl Scope {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::Capture,
        Self::Identify,
        Self::Read,
        Self::Sell,
        Self::Configure,
        Self::Administer,
    ];

    /// Its name on the wire and in the database.
    pub(crate) fn as_str(self) -> &'static str {
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
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// Kinds of API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyKind {
    /// May stand in a web page: it only sends events.
    Write,
    /// Reads.
    Read,
    /// Everything.
    Admin,
}

impl KeyKind {
    /// Its name in the database.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }

    /// How such a key begins.
    pub(crate) fn token(self) -> TokenKind {
        match self {
            Self::Write => TokenKind::Write,
            Self::Read => TokenKind::Read,
            Self::Admin => TokenKind::Admin,
        }
    }

    /// What such a key may do at most.
    pub(crate) fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Write => &[Scope::Capture],
            Self::Read => &[Scope::Read],
            Self::Admin => &Scope::ALL,
        }
    }
}

/// What a wallet is in an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
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
    /// Its name in the database.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Sales => "sales",
            Self::Analyst => "analyst",
            Self::Auditor => "auditor",
        }
    }

    /// The role of this name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Owner, Self::Sales, Self::Analyst, Self::Auditor]
            .into_iter()
            .find(|role| role.as_str() == text)
    }

    /// What it may do.
    pub(crate) fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Owner => &Scope::ALL,
            Self::Sales => &[Scope::Read, Scope::Identify, Scope::Sell],
            Self::Analyst => &[Scope::Read, Scope::Configure],
            Self::Auditor => &[Scope::Read],
        }
    }
}

/// A scope as a type, for a handler's arguments.
pub(crate) trait Needs: Send + Sync {
    /// The scope; none when the handler itself decides.
    const SCOPE: Option<Scope>;
}

macro_rules! scopes {
    ($($name:ident),*) => { $(
        #[doc = concat!("[`Scope::", stringify!($name), "`] as a type.")]
        #[derive(Debug)]
        pub(crate) enum $name {}
        impl Needs for $name { const SCOPE: Option<Scope> = Some(Scope::$name); }
    )* };
}
scopes!(Capture, Identify, Read, Sell, Configure, Administer);

/// Whoever acts for the organisation; the handler asks what they may do.
#[derive(Debug)]
pub(crate) enum Anyone {}

impl Needs for Anyone {
    const SCOPE: Option<Scope> = None;
}
