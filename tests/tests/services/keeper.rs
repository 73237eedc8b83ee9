//! The keeper against a running network with the compiled program, and a real database.

mod candidates;
mod paying;
mod scope;
mod settling;
mod tables;
mod trying;

use crate::support::database::Mirror;
use anyhow::Result;
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use std::{sync::Arc, time::Duration};
use tessera_keeper::{Keeper, KeeperConfig, Versions};
use tessera_tests::{
    market::{Market, PERIOD, Shop},
    transport::{self, Traffic},
};

/// Milliseconds from block to block: a blockhash serves for three seconds.
const SLOT_MS: u64 = 20;
const SOL: u64 = 1_000_000_000;

/// A market with one shop, and a mirror of it.
struct Scene {
    market: Market,
    shop: Shop,
    mirror: Mirror,
}

impl Scene {
    async fn open() -> Result<Self> {
        let market = Market::open(SLOT_MS).await?;
        Ok(Self {
            shop: market.shop(1).await?,
            market,
            mirror: Mirror::create().await?,
        })
    }

    /// Lets a period pass, and the mirror see it.
    async fn period_passes(&self) -> Result<i64> {
        let now = self.market.network.advance(PERIOD).await?;
        self.market.mirror(&self.mirror.pool).await?;
        Ok(now)
    }

    fn keeper(&self, key: &Keypair, config: KeeperConfig) -> Keeper {
        self.keeper_by(RpcClient::new(self.market.network.rpc_url()), key, config)
    }

    /// A keeper, and what passes between it and its node.
    fn watched(&self, key: &Keypair, config: KeeperConfig) -> (Keeper, Arc<Traffic>) {
        let (rpc, traffic) = transport::client(self.market.network.rpc_url());
        (self.keeper_by(rpc, key, config), traffic)
    }

    fn keeper_by(&self, rpc: RpcClient, key: &Keypair, config: KeeperConfig) -> Keeper {
        Keeper::new(rpc, self.mirror.pool.clone(), key.insecure_clone(), config)
    }

    /// Why subscriptions are left alone.
    async fn reasons(&self) -> Result<Vec<String>> {
        let rows = sqlx::query_scalar("select reason from keeper_postponed order by reason");
        Ok(rows.fetch_all(&self.mirror.pool).await?)
    }
}

/// Quick, without lookup tables.
fn quick() -> KeeperConfig {
    KeeperConfig {
        tables: 0,
        versions: Versions::Zero,
        status_poll: Duration::from_millis(50),
        resend: Duration::from_millis(500),
        sweep: Duration::ZERO,
        ..KeeperConfig::default()
    }
}
