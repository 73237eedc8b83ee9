//! Where the mail of a demo goes: to the server that was named, else into a folder.

use crate::arguments::DevArguments;
use anyhow::{Context, Result};
use std::{fmt, path::PathBuf, sync::Arc};
use tessera_engine::automation::Outgoing;
use tessera_mail::{Sink, SinkConfig};
use tokio_util::sync::CancellationToken;

/// Below `--data`.
const FOLDER: &str = "mails";
/// Mails that are kept, those of earlier demos among them.
const MOST_MAILS: usize = 1_000;

/// A way out for mail.
pub(super) struct Letterbox {
    pub(super) outgoing: Arc<Outgoing>,
    /// What takes the mail; nothing where another server does.
    pub(super) sink: Option<Sink>,
    /// The folder that it lies in then.
    pub(super) folder: Option<PathBuf>,
}

impl Letterbox {
    pub(super) async fn open(arguments: &DevArguments) -> Result<Self> {
        let here = format!("http://{}", arguments.listen);
        if let Some(outgoing) = arguments.smtp.outgoing(Some(here.clone()))? {
            return Ok(Self {
                outgoing,
                sink: None,
                folder: None,
            });
        }
        let folder = arguments.data.join(FOLDER);
        let config = SinkConfig {
            port: 0,
            folder: folder.clone(),
            keep: MOST_MAILS,
        };
        let opened = Sink::open(config).await;
        let sink =
            opened.with_context(|| format!("mail cannot be kept in {}", folder.display()))?;
        let port = sink.address()?.port();
        Ok(Self {
            outgoing: arguments.smtp.outgoing_to(port, here)?,
            sink: Some(sink),
            folder: Some(folder),
        })
    }
}

impl fmt::Display for Letterbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.folder {
            Some(folder) => write!(f, "kept in {}, a file each", folder.display()),
            None => f.write_str("sent to the server of --smtp-url"),
        }
    }
}

/// Takes mail until it is cancelled.
pub(super) async fn keep(sink: Sink, cancel: CancellationToken) -> Result<()> {
    match cancel.run_until_cancelled(sink.run()).await {
        Some(ended) => Ok(ended?),
        None => Ok(()),
    }
}
