//! What the handlers share.

use crate::{
    auth::{Limiter, RateLimit},
    error::Error,
    routes::capture::imports::AT_A_TIME,
};
use axum::http::HeaderName;
use metrics_exporter_prometheus::PrometheusHandle;
use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tessera_domain::{access::sign_in::Network, time::Timestamp};
use tessera_engine::{
    Engine,
    analytics::live::Live,
    automation::inbox_streams::{InboxStreamLimits, InboxStreams},
};
use tessera_store::{
    PgPool, Transaction,
    mirror::query,
    read::{self, Connection},
};
use tokio::sync::Semaphore;

/// Limits of the API, and its public address.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// Where callers reach it, without a slash at the end. Wallets sign in to this origin only.
    pub public_url: String,
    /// The network that wallets sign in on.
    pub network: Network,
    /// Bytes of a request's body, as sent and as unpacked.
    pub max_body_bytes: usize,
    /// How often a key or a session may ask.
    pub caller_limit: RateLimit,
    /// How often all others together may write.
    pub stranger_limit: RateLimit,
    /// How often one address may ask as a stranger, and how often it may send tokens that were not
    /// in force lately.
    pub address_limit: RateLimit,
    /// How often one address may write without a token: below `stranger_limit`, or one address could
    /// use that up.
    pub address_write_limit: RateLimit,
    /// The header in which the proxy in front names a client's address; without it, the address is
    /// the connection's.
    pub client_address_header: Option<HeaderName>,
    /// How many questions of strangers are answered at a time: fewer than
    /// [`Pools::mirror`] has connections.
    pub stranger_reads: usize,
    /// How often the customers of an organisation together may name an offer's code.
    pub offer_code_limit: RateLimit,
    /// How often the referral links of an Org may be followed.
    pub org_click_limit: RateLimit,
    /// How often all referral links together may be followed.
    pub click_limit: RateLimit,
    /// How much is watched through this process.
    pub inbox_streams: InboxStreamLimits,
    /// A request that takes longer is answered with 504.
    pub request_timeout: Duration,
    /// Silence of the indexer after which the API is no longer ready.
    pub stale_after: Duration,
    /// How long open requests may finish after the stop.
    pub shutdown_grace: Duration,
}

/// Connections that only read, a pool for each use, so that no use can take those of another: see
/// [`tessera_store::read::pool`]. What is written has the engine's.
#[derive(Debug, Clone)]
pub struct Pools {
    /// For the mirror, which anybody reads.
    pub mirror: PgPool,
    /// For what organisations read, and for questions over everybody.
    pub questions: PgPool,
    /// For looking callers up.
    pub access: PgPool,
}

impl Pools {
    /// One pool for every use, where nothing has to be kept apart.
    pub fn shared(pool: PgPool) -> Self {
        Self {
            mirror: pool.clone(),
            questions: pool.clone(),
            access: pool,
        }
    }
}

/// What the handlers share; cheap to clone.
#[derive(Debug, Clone)]
pub struct ApiState {
    /// Connections that only read.
    pub pools: Pools,
    /// The use cases.
    pub engine: Engine,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) live: Arc<Live>,
    pub(crate) inbox_streams: Arc<InboxStreams>,
    /// Places of imports.
    pub(crate) imports: Arc<Semaphore>,
    /// Renders the process's metrics.
    pub metrics: PrometheusHandle,
    /// Limits and the public address.
    pub config: ApiConfig,
}

impl ApiState {
    /// With full buckets of requests.
    pub fn new(pools: Pools, engine: Engine, metrics: PrometheusHandle, config: ApiConfig) -> Self {
        let limiter = Arc::new(Limiter::new(&config));
        Self {
            pools,
            engine,
            limiter,
            live: Arc::default(),
            inbox_streams: Arc::new(InboxStreams::new(config.inbox_streams)),
            imports: Arc::new(Semaphore::new(AT_A_TIME)),
            metrics,
            config,
        }
    }

    /// The time by this machine's clock.
    pub(crate) fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// The mirror as of one moment, and the slot through which it is final.
    pub(crate) async fn mirror(&self) -> Result<(Transaction, i64), Error> {
        let mut mirror = read::snapshot(&self.pools.mirror).await?;
        let final_slot = query::index::final_slot(&mut mirror).await?;
        Ok((mirror, final_slot))
    }

    /// A connection to the mirror for one query.
    pub(crate) async fn connection(&self) -> Result<Connection, Error> {
        Ok(read::connection(&self.pools.mirror).await?)
    }
}

impl ApiConfig {
    /// Host and port of the public address, as a browser shows them.
    pub(crate) fn domain(&self) -> &str {
        let url = &self.public_url;
        url.split_once("://").map_or(url, |(_, domain)| domain)
    }
}

impl Default for ApiConfig {
    fn default() -> Self {
        let per_second = |per_second, burst| RateLimit {
            per_second: NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN),
            burst: NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN),
        };
        Self {
            public_url: "http://127.0.0.1:8080".to_owned(),
            network: Network::Localnet,
            max_body_bytes: 512_000,
            caller_limit: per_second(200, 400),
            stranger_limit: per_second(20, 100),
            address_limit: per_second(50, 500),
            address_write_limit: per_second(5, 60),
            client_address_header: None,
            stranger_reads: 6,
            offer_code_limit: per_second(2, 60),
            org_click_limit: per_second(20, 200),
            click_limit: per_second(100, 1_000),
            inbox_streams: InboxStreamLimits::default(),
            request_timeout: Duration::from_secs(10),
            stale_after: Duration::from_secs(10),
            shutdown_grace: Duration::from_secs(10),
        }
    }
}
