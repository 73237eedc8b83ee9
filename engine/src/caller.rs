//! Who asks for something on behalf of an organisation, and what they may do.

use crate::{Error, Result};
use std::fmt;
use tessera_domain::access::Scope;
use tessera_store::{Key, OrganisationId};
use uuid::Uuid;

/// Who does what nobody asks for.
pub(crate) const ENGINE: &str = "engine";

/// Who acts for an organisation, and what they may do.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its on-chain Org.
    pub org: Key,
    /// The API key or wallet that acts.
    pub actor: Actor,
    /// Their rights.
    pub scopes: Vec<Scope>,
}

/// What acts: it is also written into records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// An API key, by its id.
    Key(Uuid),
    /// A wallet that signed in.
    Wallet(Key),
}

/// As it is written into records: `key:<id>` or `wallet:<address>`.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => write!(f, "key:{id}"),
            Self::Wallet(wallet) => write!(f, "wallet:{wallet}"),
        }
    }
}

impl Caller {
    /// Whether the caller has the scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Refuses a caller without the scope.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require(&self, scope: Scope) -> Result<()> {
        if self.may(scope) {
            Ok(())
        } else {
            Err(Error::Forbidden(scope))
        }
    }

    /// The wallet of a customer: signed in, and without any role.
    pub fn customer(&self) -> Option<Key> {
        match self.actor {
            Actor::Wallet(wallet) if self.scopes.is_empty() => Some(wallet),
            _ => None,
        }
    }
}
