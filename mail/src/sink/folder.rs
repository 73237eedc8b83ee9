//! The mails that a sink keeps.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::{fs, sync::Mutex};

const ENDING: &str = ".eml";

/// A folder of mails, named by when they came.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    keep: usize,
    stored: Mutex<Stored>,
}

/// How many mails there are, and how many came since the folder was opened.
#[derive(Debug)]
struct Stored {
    there: usize,
    came: u64,
}

impl Folder {
    pub(super) async fn open(path: PathBuf, keep: usize) -> io::Result<Self> {
        fs::create_dir_all(&path).await?;
        let there = mails(&path).await?.len();
        Ok(Self {
            path,
            keep,
            stored: Mutex::new(Stored { there, came: 0 }),
        })
    }

    /// Puts a mail there, whole or not at all, and clears the oldest away.
    pub(super) async fn store(&self, mail: &[u8]) -> io::Result<()> {
        let mut stored = self.stored.lock().await;
        stored.came += 1;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let name = format!("{:015}-{:06}", now.as_millis(), stored.came);
        let unfinished = self.path.join(format!("{name}.part"));
        fs::write(&unfinished, mail).await?;
        fs::rename(&unfinished, self.path.join(name + ENDING)).await?;
        stored.there += 1;
        if stored.there > self.keep {
            stored.there = self.clear().await?;
        }
        Ok(())
    }

    /// Clears the oldest away; how many are left.
    async fn clear(&self) -> io::Result<usize> {
        let mut names = mails(&self.path).await?;
        names.sort();
        let surplus = names.len().saturating_sub(self.keep);
        for name in names.iter().take(surplus) {
            fs::remove_file(self.path.join(name)).await?;
        }
        Ok(names.len() - surplus)
    }
}

/// The names of the mails in a folder.
async fn mails(path: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    let mut entries = fs::read_dir(path).await?;
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.ends_with(ENDING)) {
            names.push(name);
        }
    }
    Ok(names)
}
