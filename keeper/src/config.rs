//! Settings of a keeper.

use std::{collections::HashMap, time::Duration};
use tessera_client::types::Address;
use tessera_store::{Key, mirror::keeper::Scope};

/// Which transactions are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Versions {
    /// Version 1 once the network's feature gate says that it takes them.
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
    /// Mints that are served, all when there are none. Only for a mint that is named here does the
    /// keeper pay for a token account of its own.
    pub mints: Vec<Address>,
    /// Which part of the subscriptions is served, from 0, of how many.
    pub shard: (u16, u16),
    /// Lamports that a whole token of a mint is worth. Where it is known, a charge has to bring in
    /// what it costs.
    pub prices: HashMap<Address, u64>,
    /// Charges also where a known price says that it costs more than it brings in.
    pub at_a_loss: bool,
    /// The most that is paid for a compute unit on top, micro-lamports.
    pub priority_fee_cap: u64,
    /// Lookup tables at a time; each keeps up to 0.06 SOL of rent until it is closed.
    pub tables: usize,
    /// After how long without use a table is closed, seconds of the network's clock.
    pub table_idle_secs: i64,
    /// Which transactions are sent.
    pub versions: Versions,
    /// Subscriptions that a round takes up.
    pub page: usize,
    /// Time between rounds when nothing is due.
    pub poll: Duration,
    /// Time until everything that is due is looked at again from the beginning.
    pub sweep: Duration,
    /// Time between two looks at what became of transactions.
    pub status_poll: Duration,
    /// After how long a transaction that nobody saw is sent again.
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
    /// What of the mirror is looked at.
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
