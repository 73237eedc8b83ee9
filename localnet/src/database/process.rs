//! The running server and its guard.
//!
//! The law here: the server ends with this process, however this process ends. A guard holds the
//! other end of a pipe; when the pipe closes, by a stop, a drop, an exit or a kill, it shuts the
//! server down cleanly.

use std::{
    fs::{self, File},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::process::Child;

use super::{
    file_error,
    server::{Server, failed, fsync, spawn_error},
};
use crate::Error;

const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// The guard's script. Its arguments: the server's process, and a folder to remove afterwards or
/// nothing.
const GUARD: &str = r#"
    read -r _
    kill -INT "$0"
    while kill -0 "$0"; do sleep 0.05; done
    [ -z "$1" ] || rm -rf "$1"
"#;

/// A server that takes connections.
pub(super) struct Process {
    server: Child,
    guard: Child,
}

impl Process {
    /// Starts the server and waits until it takes connections. If `temporary`, the whole data
    /// folder is removed at the end.
    pub(super) async fn start(
        server: &Server,
        cluster: &Path,
        port: u16,
        sync: bool,
        temporary: bool,
    ) -> Result<Self, Error> {
        let log_path = server.dir.join("server.log");
        let log = File::create(&log_path).map_err(file_error(&log_path))?;
        let process = server
            .program("postgres")
            .arg("-D")
            .arg(cluster)
            .args(["-c", &format!("port={port}")])
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", fsync(sync)])
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(file_error(&log_path))?)
            .stderr(log)
            .spawn()
            .map_err(spawn_error("postgres"))?;
        let guard = server
            .program("/bin/sh")
            .args(["-c", GUARD])
            .arg(process.id().unwrap_or_default().to_string())
            .arg(if temporary {
                &server.dir
            } else {
                Path::new("")
            })
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(spawn_error("sh"))?;
        let mut started = Self {
            server: process,
            guard,
        };

        let start = Instant::now();
        while !server.answers(port).await? {
            if !matches!(started.server.try_wait(), Ok(None)) {
                let text = fs::read(&log_path).map_err(file_error(&log_path))?;
                return Err(failed("postgres", &text));
            }
            if start.elapsed() > START_LIMIT {
                return Err(stuck("start", START_LIMIT));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(started)
    }

    /// Has the guard end the server, and waits for both.
    pub(super) async fn stop(mut self) -> Result<(), Error> {
        drop(self.guard.stdin.take());
        let end = async {
            let _ = self.server.wait().await;
            let _ = self.guard.wait().await;
        };
        tokio::time::timeout(STOP_LIMIT, end)
            .await
            .map_err(|_| stuck("stop", STOP_LIMIT))
    }
}

fn stuck(goal: &'static str, limit: Duration) -> Error {
    Error::ServerStuck {
        goal,
        seconds: limit.as_secs(),
    }
}
