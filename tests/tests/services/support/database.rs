//! One `PostgreSQL` server for the whole binary, and a migrated database of its own for each test.
//!
//! A database is dropped when its test ends: kept, all of them would take more than ten gigabytes.

use anyhow::{Context, Result};
use std::{
    fs,
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};
use tessera_localnet::{Database, DatabaseConfig};
use tessera_store::PgPool;
use tessera_tests::eventually;
use tokio::sync::OnceCell;

/// How long statements may take to come to a lock.
const PATIENCE: Duration = Duration::from_secs(10);
const TEMPLATE: &str = "mirror";

static SERVER: OnceCell<Server> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(1);

struct Server {
    database: Database,
    /// Names of databases whose tests have ended.
    ended: mpsc::Sender<String>,
    // Statics are never dropped, so the end of its input tells this process that the tests are over.
    _undertaker: Child,
}

/// An empty mirror in a database of its own.
pub(crate) struct Mirror {
    /// Where it answers.
    pub(crate) url: String,
    /// Reads and writes it.
    pub(crate) pool: PgPool,
    /// None of a server that the test itself has started.
    pub(crate) place: Option<Place>,
}

/// A database until its test ends.
pub(crate) struct Place {
    name: String,
    ended: mpsc::Sender<String>,
}

impl Drop for Place {
    fn drop(&mut self) {
        // Nobody listens only if the server could not be reached, and then nothing is kept.
        let _: Result<(), _> = self.ended.send(std::mem::take(&mut self.name));
    }
}

impl Mirror {
    /// Copies the migrated template.
    pub(crate) async fn create() -> Result<Self> {
        let server = SERVER.get_or_try_init(Server::start).await?;
        let name = format!("mirror_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let admin = tessera_store::connect(&server.database.url(), 1).await?;
        let create = format!("create database {name} template {TEMPLATE}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(create))
            .execute(&admin)
            .await?;
        admin.close().await;
        let tessera = server.database.url();
        let (cluster, _) = tessera
            .rsplit_once('/')
            .context("a URL without a database")?;
        let url = format!("{cluster}/{name}");
        let pool = tessera_store::connect(&url, 4).await?;
        let ended = server.ended.clone();
        let place = Some(Place { name, ended });
        Ok(Self { url, pool, place })
    }
}

impl Server {
    async fn start() -> Result<Self> {
        let dir = tempfile::tempdir()?.keep();
        let database = Database::start(DatabaseConfig {
            fsync: false,
            ..DatabaseConfig::new(&dir)
        })
        .await?;
        let lock = fs::read_to_string(dir.join("cluster/postmaster.pid"))?;
        let pid = lock.lines().next().context("the server has no process")?;
        let undertaker = Command::new("sh")
            .args(["-c", "cat; kill -QUIT \"$0\"; sleep 1; rm -rf \"$1\"", pid])
            .arg(&dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let template = database.create_database(TEMPLATE).await?;
        let pool = tessera_store::connect(&template, 1).await?;
        tessera_store::migrate(&pool).await?;
        pool.close().await;
        let (ended, names) = mpsc::channel();
        let url = database.url();
        thread::spawn(move || drop_databases(&url, &names));
        Ok(Self {
            database,
            ended,
            _undertaker: undertaker,
        })
    }
}

/// Drops databases as their tests end. Whoever is still connected is cut off.
fn drop_databases(url: &str, names: &mpsc::Receiver<String>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let admin = runtime.block_on(tessera_store::connect(url, 1))?;
    for name in names {
        let statement = format!("drop database {name} with (force)");
        runtime.block_on(sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&admin))?;
    }
    Ok(())
}

/// Waits until so many statements of this database wait for a lock.
pub(crate) async fn until_waiting(pool: &PgPool, statements: i64) -> Result<()> {
    eventually(PATIENCE, async || {
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(pool).await?;
        Ok(if waiting == statements {
            Ok(())
        } else {
            Err(format!("{waiting} wait"))
        })
    })
    .await
}
