//! A private Postgres cluster, run by this process from the server that the system has installed.
//!
//! The law here: a cluster exists whole or not at all, one server serves it, and only 127.0.0.1
//! reaches it, without a password. It holds a development machine's data; production brings its own.

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
    /// Holds the cluster and the server's log, and nothing else; made when it is not there. As
    /// root, it is given to the server's user.
    pub data_dir: PathBuf,
    /// The port; 0 picks a free one.
    pub port: u16,
    /// Whether commits wait for the disk. Without, a power cut can ruin the cluster.
    pub fsync: bool,
    /// Where servers are installed, a folder to a version.
    pub install_dir: PathBuf,
    /// Who runs the server when this process is root's, since the server refuses root.
    pub server_user: String,
}

impl DatabaseConfig {
    /// Any free port, safe commits, and Debian's places.
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

/// A running cluster. It ends with this value and with this process, in good order either way;
/// [`Database::stop`] also waits for the end.
pub struct Database {
    port: u16,
    server: Server,
    process: Process,
}

impl Database {
    /// Starts the server on the cluster in the data folder, which it makes when there is none.
    ///
    /// # Errors
    /// [`Error::AlreadyRunning`] where another server has the cluster, [`Error::PortTaken`] where
    /// it has the port, [`Error::Unreachable`] where root's folders shut the server's user out.
    pub async fn start(config: DatabaseConfig) -> Result<Self, Error> {
        Self::start_in(config, false).await
    }

    /// Starts an empty cluster in the data folder. One that is there is removed, unless a server
    /// has it.
    ///
    /// # Errors
    /// As [`Database::start`].
    pub async fn start_empty(config: DatabaseConfig) -> Result<Self, Error> {
        cluster::remove(&config.data_dir)?;
        Self::start_in(config, false).await
    }

    /// Starts an empty cluster that is removed at its end: quick, and careless of power cuts.
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
        // From here on the guard's, who also removes it when this process is killed.
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

    /// Where the database `tessera` answers.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(NAME)
    }

    /// Makes another database in the cluster, and returns where it answers.
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
