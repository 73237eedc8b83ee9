//! What the product does: its use cases, between the rules that decide and the tables that
//! remember.
//!
//! One folder for each capability. A use case takes a connection whose transaction its caller owns,
//! a [`Caller`] and the time; it neither speaks HTTP nor writes SQL. Its refusals are an [`Error`],
//! with every field that breaks a rule.

pub mod access;
pub mod analytics;
pub mod automation;
pub mod capture;
pub mod experiments;
pub mod job;
pub mod leads;
pub mod mirror;
pub mod people;
pub mod pricing;
pub mod projection;
pub mod work;

mod caller;
mod clock;
mod error;
mod housekeeping;
mod metrics;
mod rules;

pub use caller::{Actor, Caller};
pub use clock::{event_log_now, network_now};
pub use error::{Error, Result};
pub use housekeeping::clear;
pub use rules::RulesCache;

use automation::{
    Outgoing,
    webhooks::{WebhookConfig, Webhooks},
};
use capture::Quotas;
use leads::enrichment::{LookupConfig, Lookups};
use pricing::{Blockhashes, Chain};
use std::sync::Arc;
use tessera_domain::{
    access::secret::{DigestKey, MasterKey},
    capture::KeptMonths,
};
use tessera_store::{OrganisationId, PgPool};

/// What the use cases share; cheap to clone.
#[derive(Debug, Clone)]
pub struct Engine {
    /// Writes; see [`tessera_store::service`].
    pub pool: PgPool,
    /// The key from which every other secret is derived.
    pub master_key: MasterKey,
    /// What arriving events are applied to.
    pub rules: Arc<RulesCache>,
    /// For completing a customer's transaction; without them, the wallet that signs does that.
    pub blockhashes: Option<Arc<Blockhashes>>,
    /// How much may be captured on a UTC day.
    pub quotas: Arc<Quotas>,
    /// How far back the event log goes; without it, for ever.
    pub kept_months: Option<KeptMonths>,
    /// The way out for mail; without it, mail waits.
    pub mail: Option<Arc<Outgoing>>,
    /// What sends webhooks, and where they may go.
    pub webhooks: Webhooks,
    /// What asks about companies, and where it may.
    pub lookups: Lookups,
}

impl Engine {
    /// Over the database of `pool`.
    pub fn new(pool: PgPool, master_key: MasterKey, chain: Option<Arc<dyn Chain>>) -> Self {
        Self {
            pool,
            master_key,
            rules: Arc::default(),
            blockhashes: chain.map(|chain| Arc::new(Blockhashes::of(chain))),
            quotas: Arc::default(),
            kept_months: None,
            mail: None,
            webhooks: Webhooks::new(WebhookConfig::default()),
            lookups: Lookups::new(LookupConfig::default()),
        }
    }

    /// The key by which an organisation's identifiers are recognised.
    pub fn digest_key(&self, organisation: OrganisationId) -> DigestKey {
        self.master_key.digest_key(organisation.0)
    }
}
