//! The API over an empty mirror, asked without a socket.

use crate::support::database::{Mirror, Place};
use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::Response,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::Value;
use std::{
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};
use tessera_api::{ApiConfig, ApiState, Pools};
use tessera_domain::access::secret::MasterKey;
use tessera_engine::{
    Engine,
    capture::{QuotaLimits, Quotas},
    work::{Drained, Kind, Worker, WorkerConfig, schedule},
};
use tessera_store::{
    PgPool,
    access::organisation,
    mirror::chain_feed,
    read::{self, Plans},
};
use tower::ServiceExt;

/// The process has one recorder; whichever test comes first installs it.
static METRICS: LazyLock<Mutex<Option<PrometheusHandle>>> = LazyLock::new(Mutex::default);

/// An API and the mirror that it reads.
pub(crate) struct Api {
    /// Writes the mirror.
    pub(crate) mirror: PgPool,
    /// Where the database is.
    pub(crate) url: String,
    router: Router,
    _place: Option<Place>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Api {
    /// With an empty mirror.
    pub(crate) async fn start() -> Result<Self> {
        Self::start_with(ApiConfig::default()).await
    }

    /// With an empty mirror and limits of one's own.
    pub(crate) async fn start_with(config: ApiConfig) -> Result<Self> {
        Self::start_limited(config, QuotaLimits::default()).await
    }

    /// With an empty mirror, and limits and quotas of one's own.
    pub(crate) async fn start_limited(config: ApiConfig, quotas: QuotaLimits) -> Result<Self> {
        let with_quotas = |engine| Engine {
            quotas: Arc::new(Quotas::new(quotas)),
            ..engine
        };
        Self::start_as(config, with_quotas).await
    }

    /// With an empty mirror, and limits and an engine of one's own.
    pub(crate) async fn start_as(
        config: ApiConfig,
        engine: impl FnOnce(Engine) -> Engine,
    ) -> Result<Self> {
        Self::of(Mirror::create().await?, config, engine)
    }

    /// Over a mirror of the test's own.
    pub(crate) fn over(mirror: Mirror) -> Result<Self> {
        Self::of(mirror, ApiConfig::default(), |engine| engine)
    }

    fn of(
        mirror: Mirror,
        config: ApiConfig,
        engine: impl FnOnce(Engine) -> Engine,
    ) -> Result<Self> {
        let pool = tessera_store::service(&mirror.url, 8, Duration::from_secs(5))?;
        let engine = engine(Engine::new(pool, master_key(), None));
        let router = app_with(
            read::pool(&mirror.url, 4, Duration::from_secs(5), Plans::Each)?,
            engine,
            config,
        )?;
        Ok(Self {
            mirror: mirror.pool,
            url: mirror.url,
            router,
            _place: mirror.place,
        })
    }

    /// GETs `path`, whatever the answer.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Request::get(path).body(Body::empty())?).await
    }

    /// GETs `path` with If-None-Match.
    pub(crate) async fn get_unless(&self, path: &str, tag: &str) -> Result<Answer> {
        let request = Request::get(path).header(header::IF_NONE_MATCH, tag);
        self.send(request.body(Body::empty())?).await
    }

    /// Sends `method` to `path`.
    pub(crate) async fn call(&self, method: Method, path: &str) -> Result<Answer> {
        let request = Request::builder().method(method).uri(path);
        self.send(request.body(Body::empty())?).await
    }

    /// GETs `path` and expects JSON.
    pub(crate) async fn json(&self, path: &str) -> Result<Value> {
        let answer = self.get(path).await?;
        ensure!(answer.status == StatusCode::OK, "{path}: {answer:?}");
        answer.json()
    }

    /// GETs `path` and expects this refusal, well-formed.
    pub(crate) async fn refusal(&self, path: &str, status: StatusCode) -> Result<Value> {
        self.get(path).await?.refusal(path, status)
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Result<Answer> {
        send(&self.router, request).await
    }

    /// Sends and leaves the answer's body to be read as it comes.
    pub(crate) async fn open(&self, request: Request<Body>) -> Result<Response> {
        Ok(self.router.clone().oneshot(request).await?)
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.text).with_context(|| self.text.clone())
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> Result<&str> {
        let value = self.headers.get(&name).with_context(|| name.to_string())?;
        Ok(value.to_str()?)
    }

    /// That whatever it refuses has a field, and a rule in the one style of all rules.
    fn check_rules(&self) -> Result<()> {
        if self.status != StatusCode::BAD_REQUEST {
            return Ok(());
        }
        for error in self.json()?["errors"].as_array().context("errors")? {
            let (field, rule) = (error["field"].as_str(), error["rule"].as_str());
            ensure!(field.is_some_and(|field| !field.is_empty()), "{error}");
            let foreign = ["expected", "struct ", "variant", "sequence", "`"];
            let plain = |rule: &str| {
                rule.starts_with("must ") && !foreign.iter().any(|word| rule.contains(word))
            };
            ensure!(rule.is_some_and(plain), "{error}");
        }
        Ok(())
    }

    /// The problem that it holds, wherever it was asked for.
    pub(crate) fn problem(&self, status: StatusCode) -> Result<Value> {
        let problem = self.json()?;
        let path = problem["instance"].as_str().unwrap_or_default();
        self.refusal(path, status)
    }

    /// The problem that it holds.
    pub(crate) fn refusal(&self, path: &str, status: StatusCode) -> Result<Value> {
        ensure!(self.status == status, "{path}: {self:?}");
        ensure!(self.header(header::CONTENT_TYPE)? == "application/problem+json");
        let problem = self.json()?;
        ensure!(problem["status"] == status.as_u16(), "{problem}");
        ensure!(problem["instance"] == path.split('?').next().unwrap_or_default());
        for member in ["type", "title", "detail"] {
            ensure!(problem[member].is_string(), "{member} in {problem}");
        }
        Ok(problem)
    }
}

/// The API over a pool that reads the mirror and one that writes the engine's tables.
pub(crate) fn app(pool: PgPool, engine: PgPool) -> Result<Router> {
    let engine = Engine::new(engine, master_key(), None);
    app_with(pool, engine, ApiConfig::default())
}

fn app_with(pool: PgPool, engine: Engine, config: ApiConfig) -> Result<Router> {
    let state = ApiState::new(Pools::shared(pool), engine, metrics()?, config);
    Ok(tessera_api::app(state))
}

/// The state of an API with so many connections to the mirror, and few others.
pub(crate) fn state_of(url: &str, config: ApiConfig, mirror: u32) -> Result<ApiState> {
    const PATIENCE: Duration = Duration::from_secs(5);
    let pool = |connections, plans| read::pool(url, connections, PATIENCE, plans);
    let pools = Pools {
        mirror: pool(mirror, Plans::Each)?,
        questions: pool(1, Plans::Each)?,
        access: pool(1, Plans::Once)?,
    };
    let writes = tessera_store::service(url, 2, PATIENCE)?;
    let engine = Engine::new(writes, master_key(), None);
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    Ok(ApiState::new(pools, engine, metrics, config))
}

/// The same for every test.
pub(crate) fn master_key() -> MasterKey {
    MasterKey::parse_hex(master_key_hex()).expect("64 digits")
}

/// The same as its file has it.
pub(crate) fn master_key_hex() -> &'static str {
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
}

/// Does what there is to be done later, after a look at all that the mirror holds and at what is to
/// be built.
pub(crate) async fn do_work(pool: &PgPool) -> Result<Drained> {
    do_work_of(&Engine::new(pool.clone(), master_key(), None)).await
}

/// The same of an engine with settings of one's own.
pub(crate) async fn do_work_of(engine: &Engine) -> Result<Drained> {
    let mut conn = engine.pool.acquire().await?;
    chain_feed::announce_all(&mut conn).await?;
    for organisation in organisation::all(&mut conn).await? {
        schedule(&mut conn, Kind::Build, organisation.id).await?;
    }
    sqlx::query("update engine.work set due_at = now() where organisation is null")
        .execute(&mut *conn)
        .await?;
    drop(conn);
    let worker = Worker::new(engine.clone(), WorkerConfig::default());
    Ok(worker.drain().await?)
}

/// Asks any router.
pub(crate) async fn send(router: &Router, request: Request<Body>) -> Result<Answer> {
    let response = router.clone().oneshot(request).await?;
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await?;
    let answer = Answer {
        status: parts.status,
        headers: parts.headers,
        // A picture is no text.
        text: String::from_utf8_lossy(&bytes).into_owned(),
    };
    answer.check_rules()?;
    Ok(answer)
}

fn metrics() -> Result<PrometheusHandle> {
    let mut installed = METRICS.lock().map_err(|_| anyhow::anyhow!("poisoned"))?;
    if let Some(handle) = &*installed {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets(&tessera_api::DURATION_BUCKETS)?
        .install_recorder()?;
    Ok(installed.insert(handle).clone())
}
