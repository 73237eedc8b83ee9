//! Why a network or a database could not be started, moved or stopped.

use std::{io, path::PathBuf};

use solana_rpc_client_api::client_error::Error as ClientError;

/// Errors of this crate; each message names what its reader can change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process listens on the port.
    #[error("port {port} of 127.0.0.1 is taken")]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The system refused a port, although it is not in use.
    #[error("port {port} of 127.0.0.1 cannot be used")]
    PortRefused {
        /// The port; 0 if any was wanted.
        port: u16,
        /// The system's answer.
        source: io::Error,
    },
    /// Stopped servers still hold their ports.
    #[error("the ports {ports:?} are still held after {seconds} seconds")]
    PortsHeld {
        /// The ports.
        ports: Vec<u16>,
        /// How long the wait was, seconds.
        seconds: u64,
    },
    /// The network's own thread gave up.
    #[error("the network did not start: {reason}")]
    NetworkStart {
        /// The thread's last message.
        reason: String,
    },
    /// The network did not answer, or answered with an error.
    #[error("the network refused {call}")]
    Rpc {
        /// The RPC method.
        call: &'static str,
        /// The client's error.
        source: Box<ClientError>,
    },
    /// The Clock sysvar does not hold a Clock.
    #[error("the network's clock cannot be read")]
    ClockUnreadable,
    /// The network's clock did not reach its target.
    #[error("the network's clock shows {now} and not {target} after {seconds} seconds")]
    ClockStuck {
        /// The clock's time, Unix seconds.
        now: i64,
        /// The target, Unix seconds.
        target: i64,
        /// How long the wait was, seconds.
        seconds: u64,
    },
    /// No server is installed.
    #[error("no Postgres server is installed below {}", .install_dir.display())]
    NoServer {
        /// Where servers are looked for.
        install_dir: PathBuf,
    },
    /// Servers are installed, but none of the version that the cluster needs.
    #[error("no Postgres server of version {version} is installed below {}", .install_dir.display())]
    NoServerOfVersion {
        /// Where servers are looked for.
        install_dir: PathBuf,
        /// The version that created the cluster.
        version: u32,
    },
    /// Root may not run the server, and the user who should is unknown.
    #[error("Postgres refuses to run as root, and there is no user {name} to run it as")]
    NoServerUser {
        /// The user's name.
        name: String,
    },
    /// The server's user cannot reach the data folder.
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
        /// The end of its output.
        output: String,
    },
    /// The server neither starts nor ends in time.
    #[error("the Postgres server did not {goal} within {seconds} seconds")]
    ServerStuck {
        /// What it should have done.
        goal: &'static str,
        /// How long the wait was, seconds.
        seconds: u64,
    },
}
