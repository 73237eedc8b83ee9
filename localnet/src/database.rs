//! A private Postgres cluster, run by this process from the server that the system has installed.
//!
//! The law here: a cluster exists completely or not at all, one server serves it, and it is
//! reachable only from 127.0.0.1, without a password. It holds a development machine's data;
//! production brings its own Postgres.

mod cluster;
mod process;
mod server;
mod user;

use std::path::{Path, PathBuf};

use crate::{Error, ports};
use process::Process;
use server::Server;

/// The cluster's one role, and its first database.
const NAME: &str = "tessera";

/// How a [`Database`] starts.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// Folder of the cluster and the server's log, and nothing else; created when missing. If this
    /// process is root's, it is given to the server's user.
    pub data_dir: PathBuf,
    /// The port; 0 picks a free one.
    pub port: u16,
    /// Whether commits wait for the disk. Otherwise a power cut can ruin the cluster.
    pub fsync: bool,
    /// Where servers are installed, one folder per version.
    pub install_dir: PathBuf,
    /// The user who runs the server when this process is root's, since the server refuses root.
    pub server_user: String,
}

impl DatabaseConfig {
    /// Any free port, safe commits, and Debian's paths.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            port: 0,
            fsync: true,
            install_dir: PathBuf::from("/usr/lib/postgresql"),
            server_user: "postgres".to_owned(),
        }
    }
}

/// A running cluster. It is shut down cleanly when this value is dropped or this process ends;
/// [`Database::stop`] also waits for the end.
pub struct Database {
    port: u16,
    server: Server,
    process: Process,
}

impl Database {
    /// Starts the server on the cluster in the data folder, which is created when missing.
    ///
    /// # Errors
    /// [`Error::AlreadyRunning`] if another server uses the cluster, [`Error::PortTaken`] if the
    /// port is in use, [`Error::Unreachable`] if root's folders shut the server's user out.
    pub async fn start(config: DatabaseConfig) -> Result<Self, Error> {
        Self::start_in(config, false).await
    }

    /// Starts an empty cluster in the data folder. An existing one is removed, unless a server uses
    /// it.
    ///
    /// # Errors
    /// As [`Database::start`].
    pub async fn start_empty(config: DatabaseConfig) -> Result<Self, Error> {
        cluster::remove(&config.data_dir)?;
        Self::start_in(config, false).await
    }

    /// Starts an empty cluster that is removed at its end: fast, and not safe against power cuts.
    ///
    /// # Errors
    /// As [`Database::start`].
    pub async fn temporary() -> Result<Self, Error> {
        let dir = tempfile::Builder::new()
            .prefix(NAME)
            .tempdir()
            .map_err(file_error(&std::env::temp_dir()))?;
        let config = DatabaseConfig {
            fsync: false,
            ..DatabaseConfig::new(dir.path())
        };
        let database = Self::start_in(config, true).await?;
        // From here on the guard removes the folder, even when this process is killed.
        let _ = dir.keep();
        Ok(database)
    }

    async fn start_in(config: DatabaseConfig, temporary: bool) -> Result<Self, Error> {
        let owner = user::owner(&config.server_user)?;
        let dir = cluster::folder(&config.data_dir, owner.as_ref())?;
        let cluster = dir.join("cluster");
        if let Some(pid) = cluster::running(&cluster) {
            return Err(Error::AlreadyRunning { cluster, pid });
        }
        let [port] = ports::reserve([config.port])?;
        let version = cluster::version(&cluster)?;
        let server = Server::find(&config.install_dir, version, owner, &dir)?;
        if !cluster.exists() {
            cluster::create(&server, &dir, &cluster, config.fsync).await?;
        }
        let process = Process::start(&server, &cluster, port, config.fsync, temporary).await?;
        Ok(Self {
            port,
            server,
            process,
        })
    }

    /// The URL of the database `tessera`.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(NAME)
    }

    /// Creates another database in the cluster, and returns its URL.
    ///
    /// # Errors
    /// [`Error::Program`], also for a name that is taken.
    pub async fn create_database(&self, name: &str) -> Result<String, Error> {
        let port = self.port.to_string();
        let mut createdb = self.server.program("createdb");
        createdb
            .args(["--host", "127.0.0.1", "--port", &port])
            .args(["--username", NAME, "--", name]);
        server::run("createdb", createdb, "").await?;
        Ok(self.url_of(name))
    }

    /// Ends the server: open transactions are rolled back, the rest is on disk when this returns.
    ///
    /// # Errors
    /// [`Error::ServerStuck`] when it does not end in time.
    pub async fn stop(self) -> Result<(), Error> {
        self.process.stop().await
    }

    fn url_of(&self, name: &str) -> String {
        format!("postgres://{NAME}@127.0.0.1:{}/{name}", self.port)
    }
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { path, source }
}
