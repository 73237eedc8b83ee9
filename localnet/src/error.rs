//! Why a network or a database could not be started, moved or stopped.

use std::{io, path::PathBuf};

use solana_rpc_client_api::client_error::Error as ClientError;

/// What can go wrong here; each message names what its reader can change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process listens where this one was told to.
    #[error("port {port} of 127.0.0.1 is taken")]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The system refused a port for another reason than its being taken.
    #[error("port {port} of 127.0.0.1 cannot be used")]
    PortRefused {
        /// The port, 0 where any would have done.
        port: u16,
        /// The system's answer.
        source: io::Error,
    },
    /// Stopped servers still hold their ports.
    #[error("the ports {ports:?} are still held after {seconds} seconds")]
    PortsHeld {
        /// The ports.
        ports: Vec<u16>,
        /// How long they were waited for.
        seconds: u64,
    },
    /// The network's own thread gave up.
    #[error("the network did not start: {reason}")]
    NetworkStart {
        /// What the thread said last.
        reason: String,
    },
    /// The network did not answer, or answered with an error.
    #[error("the network refused {call}")]
    Rpc {
        /// The RPC method.
        call: &'static str,
        /// The client's account of it.
        source: Box<ClientError>,
    },
    /// The Clock sysvar holds something else than a Clock.
    #[error("the network's clock cannot be read")]
    ClockUnreadable,
    /// The network's time did not arrive where it was sent.
    #[error("the network's clock shows {now} and not {target} after {seconds} seconds")]
    ClockStuck {
        /// What the clock shows.
        now: i64,
        /// What it was to show.
        target: i64,
        /// How long it was waited for.
        seconds: u64,
    },
    /// No server is installed.
    #[error("no Postgres server is installed below {}", .install_dir.display())]
    NoServer {
        /// Where servers are looked for.
        install_dir: PathBuf,
    },
    /// Servers are installed, but a cluster is read by its own version's only.
    #[error("no Postgres server of version {version} is installed below {}", .install_dir.display())]
    NoServerOfVersion {
        /// Where servers are looked for.
        install_dir: PathBuf,
        /// The version that made the cluster.
        version: u32,
    },
    /// Root may not run the server, and the user who should is unknown.
    #[error("Postgres refuses to run as root, and there is no user {name} to run it as")]
    NoServerUser {
        /// The user's name.
        name: String,
    },
    /// The server's user cannot walk to the data folder.
    #[error("user {user} cannot enter {}: keep the database elsewhere, or open that folder", .dir.display())]
    Unreachable {
        /// The folder that is closed to the user.
        dir: PathBuf,
        /// The user's name.
        user: String,
    },
    /// A server, of this program or of an earlier run, serves the cluster.
    #[error("a Postgres server (process {pid}) already serves {}", .cluster.display())]
    AlreadyRunning {
        /// The cluster's folder.
        cluster: PathBuf,
        /// The server's process.
        pid: i32,
    },
    /// A file or folder of the cluster cannot be used.
    #[error("cannot use {}", .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// One of Postgres's programs cannot be run.
    #[error("cannot run {program}")]
    Spawn {
        /// The program's name.
        program: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// One of Postgres's programs failed.
    #[error("{program} failed: {output}")]
    Program {
        /// The program's name.
        program: &'static str,
        /// What it printed last.
        output: String,
    },
    /// The server neither answers nor ends.
    #[error("the Postgres server did not {goal} within {seconds} seconds")]
    ServerStuck {
        /// What it was to do.
        goal: &'static str,
        /// How long it was waited for.
        seconds: u64,
    },
}
