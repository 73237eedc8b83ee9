//! The mails that a sink keeps.

use std::{
    io,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::{fs, sync::Mutex};

const ENDING: &str = ".eml";

/// A folder of mails, named by when they came.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    keep: usize,
    stored: Mutex<u64>,
}

impl Folder {
    pub(super) async fn open(path: PathBuf, keep: usize) -> io::Result<Self> {
        fs::create_dir_all(&path).await?;
        Ok(Self {
            path,
            keep,
            stored: Mutex::new(0),
        })
    }

    /// Puts a mail there, whole or not at all, and clears the oldest away.
    pub(super) async fn store(&self, mail: &[u8]) -> io::Result<()> {
        let mut stored = self.stored.lock().await;
        *stored += 1;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let name = format!("{:015}-{:06}", now.as_millis(), *stored);
        let unfinished = self.path.join(format!("{name}.part"));
        fs::write(&unfinished, mail).await?;
        fs::rename(&unfinished, self.path.join(name + ENDING)).await?;
        self.clear().await
    }

    async fn clear(&self) -> io::Result<()> {
        let mut names = Vec::new();
        let mut entries = fs::read_dir(&self.path).await?;
        while let Some(entry) = entries.next_entry().await? {
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| name.ends_with(ENDING)) {
                names.push(name);
            }
        }
        names.sort();
        let surplus = names.len().saturating_sub(self.keep);
        for name in names.iter().take(surplus) {
            fs::remove_file(self.path.join(name)).await?;
        }
        Ok(())
    }
}
