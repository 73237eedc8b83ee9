//! The folder in which mail is kept that is sent from here.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// What a kept mail says about itself.
pub(super) struct Kept {
    pub(super) path: PathBuf,
    /// To which address it was sent.
    pub(super) to: String,
}

/// The mails of a folder by what stands before the domain in their Message-ID: the message's id.
pub(super) fn mails(folder: &Path) -> io::Result<BTreeMap<String, Kept>> {
    let mut mails = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|it| it != "eml") {
            continue;
        }
        // It may have been cleared away meanwhile.
        let Ok(bytes) = fs::read(&path) else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        let (head, _) = text.split_once("\r\n\r\n").unwrap_or((&*text, ""));
        let field = |name: &str| {
            let mut lines = head.lines();
            lines
                .find_map(|line| line.strip_prefix(name))
                .map(str::trim)
        };
        let id = field("Message-ID:").and_then(|it| it.strip_prefix('<')?.split('@').next());
        if let Some((id, to)) = id.zip(field("Delivered-To:")) {
            let to = to.to_owned();
            mails.insert(id.to_owned(), Kept { path, to });
        }
    }
    Ok(mails)
}
