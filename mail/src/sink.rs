//! A server that takes every mail and sends none on: what a demo sends lies in a folder to be read.
//!
//! Law: it listens on this machine alone, relays nothing, and keeps a bounded number of files. Only
//! CRLF ends a line and only CRLF.CRLF ends a message, so no message hides a second one.

mod folder;
mod lines;
mod session;

use folder::Folder;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};

/// Sessions at a time; who comes then waits.
const MOST_SESSIONS: usize = 32;

/// Where a sink listens and what it keeps.
#[derive(Debug, Clone)]
pub struct SinkConfig {
    /// The port on 127.0.0.1; with 0, any that is free.
    pub port: u16,
    /// Where mails are put, a file each: `.eml`, which mail programs open.
    pub folder: PathBuf,
    /// How many are kept, the latest.
    pub keep: usize,
}

/// A server that takes mail and sends none on.
#[derive(Debug)]
pub struct Sink {
    listener: TcpListener,
    folder: Arc<Folder>,
}

impl Sink {
    /// Begins to listen.
    ///
    /// # Errors
    /// The port is taken, or the folder cannot be made.
    pub async fn open(config: SinkConfig) -> io::Result<Self> {
        let folder = Arc::new(Folder::open(config.folder, config.keep).await?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
        Ok(Self { listener, folder })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until it is dropped, and its sessions with it.
    ///
    /// # Errors
    /// No more connections can be accepted.
    pub async fn run(self) -> io::Result<()> {
        let free = Arc::new(Semaphore::new(MOST_SESSIONS));
        let mut sessions = JoinSet::new();
        loop {
            let permit = Arc::clone(&free)
                .acquire_owned()
                .await
                .map_err(io::Error::other)?;
            let (stream, _) = self.listener.accept().await?;
            let folder = Arc::clone(&self.folder);
            sessions.spawn(async move {
                // What a client does wrong ends its session only.
                let _ = session::serve(stream, &folder).await;
                drop(permit);
            });
            while sessions.try_join_next().is_some() {}
        }
    }
}
