//! The parts, started for one test.

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signer::Signer;
use std::{path::PathBuf, process::Command, sync::Arc, time::Duration};
use tessera_api::{ApiConfig, ApiState, Pools};
use tessera_cli::{
    audit::{self, Kept, Mismatch, Options, Proof, Received},
    chain::Chain,
    demo::{self, Story},
};
use tessera_client::{
    Event,
    types::{self, Address},
};
use tessera_domain::access::secret::MasterKey;
use tessera_engine::Engine;
use tessera_indexer::{
    Indexer, IndexerConfig,
    node::{Commitment, Node as _, RpcNode, RpcNodeConfig},
};
use tessera_keeper::{Keeper, KeeperConfig};
use tessera_localnet::{Database, Network, NetworkConfig};
use tessera_store::{PgPool, mirror::cursor::Cursor};
use tessera_tests::{eventually, network};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

/// The engine's, the same in every run.
const MASTER_KEY: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
/// Logs what it is handed.
const MEMO: Address = Address::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");

pub(crate) struct Stack {
    pub(crate) network: Network,
    pub(crate) chain: Arc<Chain>,
    pub(crate) pool: PgPool,
    pub(crate) master_key: MasterKey,
    pub(crate) api: axum::Router,
    database: Database,
    business: Keypair,
    keeper: Keypair,
}

/// A receipt that an audit saw pass, and what it says.
pub(crate) type Passed = (Received, Event);

/// What an indexer needs.
pub(crate) struct Index {
    pool: PgPool,
    rpc_url: String,
    config: IndexerConfig,
}

impl Index {
    /// One that, after its first look, never doubts what is stored.
    pub(crate) fn trusting(mut self) -> Self {
        const NEVER: Duration = Duration::from_secs(86_400);
        (self.config.reconcile, self.config.proof) = (NEVER, NEVER);
        self
    }
}

/// Mirrors until stopped.
pub(crate) async fn indexer(index: Index, stop: CancellationToken) -> anyhow::Result<()> {
    let node = Arc::new(RpcNode::new(&RpcNodeConfig::new([index.rpc_url]))?);
    Ok(Indexer::new(index.pool, node, index.config)
        .run(stop)
        .await?)
}

impl Stack {
    pub(crate) async fn start() -> Self {
        let (admin, business, keeper) = (Keypair::new(), Keypair::new(), Keypair::new());
        let wallets = [&admin, &business, &keeper].map(Signer::pubkey);
        let network = network::start(&wallets, NetworkConfig::for_tests())
            .await
            .expect("network");
        let database = Database::temporary().await.expect("database");
        let pool = tessera_store::connect(&database.url(), 16)
            .await
            .expect("pool");
        tessera_store::migrate(&pool).await.expect("migrations");
        let chain = Arc::new(Chain::new(&network.rpc_url()).expect("an address"));
        demo::configure(&chain, &admin).await.expect("settings");
        let master_key = MasterKey::parse_hex(MASTER_KEY).expect("64 digits");
        let config = ApiConfig::default();
        let api = tessera_api::app(ApiState::new(
            Pools::shared(pool.clone()),
            Engine::new(pool.clone(), master_key.clone(), Some(chain.clone())),
            PrometheusBuilder::new().build_recorder().handle(),
            config,
        ));
        Self {
            chain,
            master_key,
            network,
            pool,
            api,
            database,
            business,
            keeper,
        }
    }

    pub(crate) async fn begin(&self) -> Story {
        let (chain, authority) = (self.chain.clone(), self.business.insecure_clone());
        Story::begin(chain, authority, |org| {
            demo::quote_authority(&self.master_key, org)
        })
        .await
        .expect("business")
    }

    pub(crate) fn keeper(&self) -> Keeper {
        let config = KeeperConfig {
            sweep: Duration::from_secs(2),
            status_poll: Duration::from_millis(50),
            ..KeeperConfig::default()
        };
        let (rpc, key) = (self.network.rpc_url(), self.keeper.insecure_clone());
        Keeper::new(RpcClient::new(rpc), self.pool.clone(), key, config)
    }

    /// A stranger's transaction that names the program without calling it, and logs more than nodes
    /// keep.
    pub(crate) async fn flood(&self) {
        let stranger = self.keeper.pubkey();
        let mut transfer = solana_system_interface::instruction::transfer(&stranger, &stranger, 1);
        let named = AccountMeta::new_readonly(types::ID, false);
        transfer.accounts.push(named);
        let memo = Instruction {
            program_id: MEMO,
            accounts: vec![],
            data: vec![],
        };
        let instructions = [vec![transfer], vec![memo; 50]].concat();
        self.chain
            .send(&instructions, &self.keeper, &[])
            .await
            .expect("anybody may");
    }

    pub(crate) fn index(&self) -> Index {
        Index {
            pool: self.pool.clone(),
            rpc_url: self.network.rpc_url(),
            config: IndexerConfig {
                hints_url: Some(self.network.ws_url()),
                ..IndexerConfig::default()
            },
        }
    }

    /// Waits until everything that has happened is mirrored.
    pub(crate) async fn caught_up(&self) {
        self.reached(|cursor| cursor.applied_slot).await;
    }

    /// Waits until everything that has happened is mirrored and stays.
    pub(crate) async fn settled(&self) {
        self.reached(|cursor| cursor.final_slot).await;
    }

    /// Waits until all accounts are read once more.
    pub(crate) async fn reconciled(&self) {
        self.reached(|cursor| cursor.snapshot_slot).await;
    }

    /// Waits until the mirror's slot is the one that the network is at.
    async fn reached(&self, slot: impl Fn(Cursor) -> i64) {
        let tip = self.chain.node().tip(Commitment::Confirmed).await;
        let tip = tip.expect("tip").slot;
        eventually(Duration::from_secs(120), async || {
            let mut conn = self.pool.acquire().await?;
            let cursor = tessera_store::mirror::cursor::read(&mut conn).await?;
            Ok(match cursor.map(&slot) {
                Some(slot) if slot.unsigned_abs() >= tip => Ok(()),
                slot => Err(format!(
                    "the mirror is at slot {slot:?}, the network at {tip}"
                )),
            })
        })
        .await
        .expect("the mirror reaches the tip");
    }

    /// Audits the chain; returns its receipts, too.
    pub(crate) async fn audit(&self) -> (Proof, Vec<Passed>) {
        let (node, mut kept) = (self.chain.node(), Kept::default());
        let proof = audit::prove(&*node, &*self.chain, &Options::default(), &mut kept)
            .await
            .expect("audit");
        let passed = kept.0.into_iter().map(|received| {
            let event = Event::decode(&received.raw).expect("an event");
            (received, event)
        });
        (proof, passed.collect())
    }

    /// What the mirror has otherwise than the chain, which keeps every law.
    pub(crate) async fn mismatches(&self) -> Vec<Mismatch> {
        let node = self.chain.node();
        let (proof, found) =
            audit::prove_with_mirror(&*node, &*self.chain, &Options::default(), &self.pool)
                .await
                .expect("audit");
        assert!(proof.report.wrong.is_empty(), "{:?}", proof.report.findings);
        found
    }

    /// Changes the mirror behind the indexer's back.
    pub(crate) async fn execute(&self, sql: &'static str, address: &Address, number: i32) {
        let done = sqlx::query(sql)
            .bind(address.to_bytes().to_vec())
            .bind(number)
            .execute(&self.pool)
            .await
            .expect("tampering");
        assert_eq!(done.rows_affected(), 1);
    }

    /// Runs `tessera audit --database` as a user does.
    pub(crate) async fn assert_audit_exits_with(&self, success: bool, said: &str) {
        let mut command = Command::new(built("debug/tessera"));
        command
            .args(["audit", "--rpc-url", &self.network.rpc_url()])
            .args(["--database", &self.database.url()]);
        // Elsewhere, since it waits for the indexer, which runs here.
        let output = spawn_blocking(move || command.output())
            .await
            .expect("it ends")
            .context("`cargo build --workspace` puts the binary there")
            .expect("the tessera binary");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(i32::from(!success)), "{printed}");
        assert!(printed.contains(said), "no {said:?} in:\n{printed}");
    }

    pub(crate) async fn stop(self) {
        self.pool.close().await;
        self.database.stop().await.expect("database stops");
        self.network.stop().await.expect("network stops");
    }
}

/// What a build put below `target`.
pub(crate) fn built(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../target")
        .join(path)
}
