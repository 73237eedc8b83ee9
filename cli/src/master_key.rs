//! The master key's file: 32 bytes in hexadecimal, readable by this user alone. Without it, every
//! sealed trait is lost; with it, anybody can sign quotes and link wallets to people.

use anyhow::{Context, Result, ensure};
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};
use tessera_domain::access::secret::MasterKey;

/// Reads the key, or creates one when there is no file yet.
pub(crate) fn load(path: &Path) -> Result<MasterKey> {
    let shown = path.display();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(mut file) => {
            let bytes: [u8; 32] = rand::random();
            let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(file, "{text}")
                .and_then(|()| file.sync_all())
                .with_context(|| format!("cannot write the master key to {shown}"))?;
            tracing::warn!("a new master key is in {shown}; keep a copy of it");
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => {
            return Err(error)
                .with_context(|| format!("cannot make the master key's file {shown}"));
        }
    }
    let mode = fs::metadata(path)?.permissions().mode();
    ensure!(
        mode & 0o077 == 0,
        "{shown} can be read by others: `chmod 600 {shown}`"
    );
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    // The error's own text never repeats what the file holds.
    MasterKey::parse_hex(text.trim()).with_context(|| format!("{shown} holds no master key"))
}
