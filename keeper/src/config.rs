//! Settings of a keeper.

use std::{collections::HashMap, time::Duration};
use tessera_client::types::Address;
use tessera_store::{Key, mirror::keeper::Scope};

/// Which transactions are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Versions {
    /// Version 1 once the network's feature gate is active.
    #[default]
    Auto,
    /// Version 0, with lookup tables.
    Zero,
    /// Version 1, whatever the feature gate says.
    One,
}

/// How a keeper works.
#[derive(Debug, Clone)]
pub struct KeeperConfig {
    /// Orgs that are served; all when there are none.
    pub orgs: Vec<Address>,
    /// Mints that are served; all when there are none. The keeper pays for token accounts of its
    /// own only for mints that are named here.
    pub mints: Vec<Address>,
    /// The part of the subscriptions that is served, from 0, and the number of parts.
    pub shard: (u16, u16),
    /// Value of a whole token of a mint, lamports. Where it is known, a charge has to earn what it
    /// costs.
    pub prices: HashMap<Address, u64>,
    /// Whether to charge even where a known price says that it costs more than it earns.
    pub at_a_loss: bool,
    /// Highest priority fee for a compute unit, micro-lamports.
    pub priority_fee_cap: u64,
    /// Lookup tables at a time; each keeps up to 0.06 SOL of rent until it is closed.
    pub tables: usize,
    /// Time without use after which a table is closed, seconds of the network's clock.
    pub table_idle_secs: i64,
    /// Which transactions are sent.
    pub versions: Versions,
    /// Subscriptions that a round takes up.
    pub page: usize,
    /// Time between rounds when nothing is due.
    pub poll: Duration,
    /// Time between walks through everything that is due.
    pub sweep: Duration,
    /// Time between two looks at the status of transactions.
    pub status_poll: Duration,
    /// Time after which an unseen transaction is sent again.
    pub resend: Duration,
}

impl Default for KeeperConfig {
    fn default() -> Self {
        Self {
            orgs: Vec::new(),
            mints: Vec::new(),
            shard: (0, 1),
            prices: HashMap::new(),
            at_a_loss: false,
            priority_fee_cap: 50_000,
            tables: 16,
            // Longer than any month.
            table_idle_secs: 45 * 86_400,
            versions: Versions::Auto,
            page: 1_024,
            poll: Duration::from_secs(1),
            sweep: Duration::from_secs(60),
            status_poll: Duration::from_millis(400),
            resend: Duration::from_secs(2),
        }
    }
}

impl KeeperConfig {
    /// The part of the mirror that is served.
    pub(crate) fn scope(&self) -> Scope {
        let keys = |addresses: &[Address]| addresses.iter().map(key).collect();
        Scope {
            orgs: keys(&self.orgs),
            mints: keys(&self.mints),
            shard: self.shard.0.into(),
            shards: self.shard.1.into(),
        }
    }
}

/// An address as the database knows it.
pub(crate) fn key(address: &Address) -> Key {
    Key(address.to_bytes())
}
