//! Organisations, their keys, and the API on a socket.

use anyhow::{Context, Result};
use ed25519_dalek::SigningKey;
use metrics_exporter_prometheus::PrometheusBuilder;
use std::{num::NonZeroU32, time::Duration};
use tessera_api::{ApiConfig, ApiState, Pools, RateLimit};
use tessera_domain::access::secret::MasterKey;
use tessera_engine::{Engine, access};
use tessera_store::{
    Key, OrganisationId, PgPool, Source, U64,
    mirror::{
        accounts::{self, Accounts},
        org::OrgRow,
        plan::PlanRow,
    },
    read::{self, Plans},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// An organisation with one plan.
pub(crate) struct Tenant {
    /// The organisation.
    pub(crate) organisation: OrganisationId,
    /// Its plan.
    pub(crate) plan: Key,
    /// An admin key.
    key: String,
}

/// What the benchmarks work on.
pub(crate) struct World {
    /// The database.
    pub(crate) pool: PgPool,
    /// Whose requests are sent.
    pub(crate) tenant: Tenant,
    /// Where the API listens.
    pub(crate) url: String,
    /// Sends requests and keeps connections.
    pub(crate) http: reqwest::Client,
    master_key: MasterKey,
    cancel: CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
}

impl World {
    pub(crate) async fn start(database_url: &str, pool: PgPool) -> Result<Self> {
        let master_key = MasterKey::parse_hex(&hex(rand::random()))?;
        let tenant = open(&pool, &master_key, 1).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let endless = RateLimit {
            per_second: NonZeroU32::MAX,
            burst: NonZeroU32::MAX,
        };
        let config = ApiConfig {
            caller_limit: endless,
            address_limit: endless,
            request_timeout: Duration::from_secs(120),
            ..ApiConfig::default()
        };
        let writes = tessera_store::service(database_url, 8, config.request_timeout)?;
        let reads = |plans| read::pool(database_url, 4, config.request_timeout, plans);
        let pools = Pools {
            mirror: reads(Plans::Each)?,
            questions: reads(Plans::Each)?,
            access: reads(Plans::Once)?,
        };
        let state = ApiState::new(
            pools,
            Engine::new(writes, master_key.clone(), None),
            PrometheusBuilder::new().build_recorder().handle(),
            config,
        );
        let cancel = CancellationToken::new();
        let server = tokio::spawn(tessera_api::serve(listener, state, cancel.clone()));
        Ok(Self {
            pool,
            tenant,
            url,
            http: reqwest::Client::new(),
            master_key,
            cancel,
            server,
        })
    }

    /// The use cases, apart from the API's.
    pub(crate) fn engine(&self) -> Engine {
        Engine::new(self.pool.clone(), self.master_key.clone(), None)
    }

    /// POSTs JSON text and expects success; returns the answer.
    pub(crate) async fn post(&self, path: &str, body: String) -> Result<String> {
        self.post_for(&self.tenant, path, body).await
    }

    /// POSTs JSON text for this organisation and expects success; returns the answer.
    pub(crate) async fn post_for(
        &self,
        tenant: &Tenant,
        path: &str,
        body: String,
    ) -> Result<String> {
        let request = self
            .http
            .post(format!("{}{path}", self.url))
            .bearer_auth(&tenant.key)
            .header("content-type", "application/json")
            .body(body);
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        anyhow::ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(text)
    }

    /// PUTs JSON text and expects success.
    pub(crate) async fn put(&self, path: &str, body: String) -> Result<()> {
        let request = self
            .http
            .put(format!("{}{path}", self.url))
            .bearer_auth(&self.tenant.key)
            .header("content-type", "application/json")
            .body(body);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// GETs and expects success; returns the answer.
    pub(crate) async fn get(&self, path: &str) -> Result<String> {
        self.get_for(&self.tenant, path).await
    }

    /// GETs for this organisation and expects success; returns the answer.
    pub(crate) async fn get_for(&self, tenant: &Tenant, path: &str) -> Result<String> {
        let request = self
            .http
            .get(format!("{}{path}", self.url))
            .bearer_auth(&tenant.key);
        let response = request.send().await?.error_for_status()?;
        Ok(response.text().await?)
    }

    /// Opens another organisation; `number` is its own, from 2.
    pub(crate) async fn open(&self, number: u8) -> Result<Tenant> {
        open(&self.pool, &self.master_key, number).await
    }

    pub(crate) async fn stop(self) -> Result<()> {
        self.cancel.cancel();
        self.server.await??;
        Ok(())
    }
}

/// Opens an organisation; `number` tells it from the others.
async fn open(pool: &PgPool, master_key: &MasterKey, number: u8) -> Result<Tenant> {
    let address = |of: u8| {
        let mut bytes = [of; 32];
        bytes[0] = number;
        Key(bytes)
    };
    let (org, plan) = (address(1), address(2));
    let quote_key = master_key.quote_seed(&org.0);
    let quote_authority = SigningKey::from_bytes(&quote_key)
        .verifying_key()
        .to_bytes();
    let mut transaction = pool.begin().await?;
    let rows = Accounts {
        org: vec![org_row(org, quote_authority)],
        plan: vec![plan_row(plan, org)],
        ..Accounts::default()
    };
    accounts::upsert(&mut transaction, &rows).await?;
    let id = access::open(&mut transaction, org, "Benchmark", Key([3; 32]))
        .await?
        .context("an empty database is needed")?;
    let key = access::admin_key(&mut transaction, id, "bench", "bench", rand::random())
        .await?
        .text;
    transaction.commit().await?;
    Ok(Tenant {
        organisation: id,
        plan,
        key,
    })
}

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn org_row(address: Key, quote_authority: [u8; 32]) -> OrgRow {
    OrgRow {
        address,
        life: U64(1),
        rent_payer: Key([3; 32]),
        receipt_seq: U64(1),
        receipt_head: Key([9; 32]),
        creator: Key([3; 32]),
        authority: Key([3; 32]),
        pending_authority: None,
        quote_authority: Key(quote_authority),
        meter_authority: None,
        treasury: Key([4; 32]),
        id: U64(1),
        created_at: 1_700_000_000,
        cluster_tag: [0; 8],
        tier_thresholds: vec![U64(u64::MAX); 4],
        tier_boosts_bps: vec![0; 4],
        tier_discounts_bps: vec![0; 4],
        hold_secs: 0,
        points_epoch_secs: 0,
        commission_bps: vec![0; 3],
        pause_flags: 0,
        admin_pause_flags: 0,
        points_expiry_epochs: 0,
        highest_plan_id: U64(1),
        highest_campaign_id: U64(0),
        highest_pool_id: U64(0),
        open_accounts: 1,
        plans_on_vaults: 0,
        slot: 1,
        source: Source::Snapshot,
        closed: false,
    }
}

fn plan_row(address: Key, org: Key) -> PlanRow {
    PlanRow {
        address,
        life: U64(1),
        rent_payer: Key([3; 32]),
        receipt_seq: U64(1),
        receipt_head: Key([9; 32]),
        org,
        mint: Key([5; 32]),
        token_program: Key([6; 32]),
        destination: Key([7; 32]),
        vault: Key([8; 32]),
        vault_rent_payer: None,
        id: U64(1),
        price: U64(99_000_000),
        price_floor: U64(10_000_000),
        price_ceiling: U64(990_000_000),
        points_per_charge: U64(0),
        keeper_fee_cap: U64(0),
        created_at: 1_700_000_000,
        ends_at: 4_102_444_800,
        sunset_at: i64::MAX,
        period_secs: 2_592_000,
        trial_secs: 0,
        grace_secs: 0,
        period_months: 0,
        flags: 0,
        decimals: 6,
        slot: 1,
        source: Source::Snapshot,
        closed: false,
    }
}
