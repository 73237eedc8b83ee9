//! Checkpoints of audits, in a file.
//!
//! Law: the file is either the whole old checkpoint or the whole new one, and a new one is left only by
//! an audit of everything that found nothing, on finalized history.

use super::{
    AuditError, Options,
    walk::{PATIENCE, PAUSE},
};
use solana_signature::Signature;
use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Write},
    path::Path,
    time::Instant,
};
use tempfile::NamedTempFile;
use tessera_client::audit::{Auditor, Checkpoint, CheckpointError, Position};
use tessera_indexer::node::{Commitment, Node, NodeError};
use tokio::time::sleep;

/// Slots that a network makes in about two minutes.
const NEAR: u64 = 300;

/// Why an audit cannot go on from a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is damaged, or of another network, program or version.
    #[error(transparent)]
    Itself(#[from] CheckpointError),
    /// The chain does not know its last transaction, in this slot.
    #[error("the node does not know its last transaction, {0}, as finalized in slot {1}")]
    Unknown(Signature, u64),
    /// It is of a slot that the chain has not reached.
    #[error("it stands at slot {0}, and the node at slot {1}")]
    Ahead(u64, u64),
}

/// The auditor and its position: the network's beginning when there is no checkpoint yet.
pub(super) async fn open(
    node: &dyn Node,
    genesis: [u8; 32],
    options: &Options,
) -> Result<(Auditor, Option<Position>), AuditError> {
    let Some(path) = options.checkpoint.as_deref() else {
        return Ok((Auditor::new(options.scope), None));
    };
    if is_wanted(options) {
        let source = NamedTempFile::new_in(folder(path)).err();
        let path = path.to_owned();
        source.map_or(Ok(()), |source| {
            Err(AuditError::Unwritable { path, source })
        })?;
    }
    let refused = |why| AuditError::Checkpoint {
        path: path.to_owned(),
        why,
    };
    if path.is_dir() {
        let source = io::ErrorKind::IsADirectory.into();
        let path = path.to_owned();
        return Err(AuditError::Unwritable { path, source });
    }
    let checkpoint = match File::open(path) {
        Ok(file) => Checkpoint::read(BufReader::new(file), genesis),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok((Auditor::new(options.scope), None));
        }
        Err(error) => Err(error.into()),
    };
    let checkpoint = checkpoint.map_err(|error| refused(error.into()))?;
    let position = checkpoint.position;
    let tip = catch_up(node, position.slot).await?;
    if tip < position.slot {
        return Err(refused(Refused::Ahead(position.slot, tip)));
    }
    if let Some((signature, slot)) = position.last {
        let signature = Signature::from(signature);
        let status = node.statuses(&[signature]).await?.into_iter().next();
        let same = status
            .flatten()
            .is_some_and(|it| it.finalized && it.slot == slot);
        if !same {
            return Err(refused(Refused::Unknown(signature, slot)));
        }
    }
    let auditor = Auditor::from_checkpoint(checkpoint, options.scope);
    Ok((auditor, Some(position)))
}

/// The node's slot, after waiting for it to reach `slot` if that is no farther ahead than a node
/// may be behind others.
async fn catch_up(node: &dyn Node, slot: u64) -> Result<u64, NodeError> {
    let started = Instant::now();
    loop {
        let tip = node.tip(Commitment::Finalized).await?.slot;
        if tip >= slot || slot - tip > NEAR || started.elapsed() > PATIENCE {
            return Ok(tip);
        }
        sleep(PAUSE).await;
    }
}

/// Whether the audit leaves the next checkpoint if it finds nothing.
fn is_wanted(options: &Options) -> bool {
    let all = options.scope.is_all() && !options.found;
    all && options.commitment == Commitment::Finalized
}

fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Leaves the next checkpoint if it is wanted; returns whether it was.
pub(super) fn leave(
    auditor: &Auditor,
    genesis: [u8; 32],
    position: Position,
    options: &Options,
) -> io::Result<bool> {
    let Some(path) = options.checkpoint.as_deref() else {
        return Ok(false);
    };
    let clean = auditor.report().wrong.is_empty();
    if !clean || !is_wanted(options) {
        return Ok(false);
    }
    let folder = folder(path);
    let mut file = NamedTempFile::new_in(folder)?;
    let mut writer = BufWriter::new(&mut file);
    auditor.write_checkpoint(&mut writer, genesis, position)?;
    writer.flush()?;
    drop(writer);
    file.as_file().sync_all()?;
    file.persist(path).map_err(io::Error::from)?;
    // The new name is durable once its folder is written.
    File::open(folder)?.sync_all()?;
    Ok(true)
}
