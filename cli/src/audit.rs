//! Reads the program's history from a node, proves it and every account, and compares a mirror with
//! it.
//!
//! Law: an audit ends. Receipts pass one by one in chain order, and an account or a vault is
//! compared with what the receipts up to the slot of its reading made, so nothing has to stand
//! still for it: not a busy vault, and not one that strangers send tokens to.

mod checkpoint;
pub mod json;
mod looks;
mod mirror;
mod print;
mod program;
mod seizure;
mod sink;
mod spill;
mod vaults;
mod walk;

pub use checkpoint::Refused;
pub use mirror::{MirrorSink, Mismatch, compare_rows};
pub use print::print;
pub(crate) use print::table;
pub use program::is_deployed;
pub use sink::{Kept, Nothing, Received, Sink};
pub use vaults::Vaults;
pub use walk::Figures;

use crate::chain::ChainError;
use looks::{Looks, Moved, Short};
use std::{collections::HashSet, io, path::PathBuf};
use tessera_client::{
    audit::{Auditor, Position, Report, Scope, Seized},
    decode,
    types::Address,
};
use tessera_indexer::node::{AllAccounts, Commitment, MAX_ACCOUNTS, Node, NodeError};
use tessera_store::PgPool;
use walk::Walk;

/// Most bytes of accounts that wait for the history to reach their slot.
const MOST_WAITING: usize = 64 << 20;

/// Why an audit could not be completed, which says nothing about the audited program.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A node cannot be read.
    #[error("the chain cannot be read")]
    Node(#[from] NodeError),
    /// Vaults cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The mirror cannot be read.
    #[error("the mirror cannot be read")]
    Store(#[from] tessera_store::StoreError),
    /// The mirror is of another network.
    #[error(
        "--database is a mirror of the network with genesis {mirrored}, and the node is of {asked}"
    )]
    OtherNetwork {
        /// Hash of the genesis of the mirror's network.
        mirrored: Address,
        /// Hash of the genesis of the node's network.
        asked: Address,
    },
    /// The audit cannot go on from the checkpoint.
    #[error("--checkpoint {path} is refused: {why}", path = path.display())]
    Checkpoint {
        /// Its file.
        path: PathBuf,
        /// The cause.
        why: Refused,
    },
    /// A temporary file.
    #[error("a temporary file cannot be written or read")]
    File(#[from] io::Error),
    /// No node shows the history up to a slot at which accounts were read.
    #[error("the node does not reach slot {0}, although it showed accounts there; try again")]
    Behind(u64),
    /// A node shows a transaction in another slot than it listed it in.
    #[error(
        "the node shows a transaction of slot {found} after one of slot {before}, out of order"
    )]
    Order {
        /// The slot of the transaction before.
        before: u64,
        /// The slot of the transaction that follows.
        found: u64,
    },
    /// There is no member's account at the address.
    #[error("--member {0} is no member's account (not its wallet) on this network")]
    NoMember(Address),
    /// There is no org at the address.
    #[error("--org {0} is no org on this network")]
    NoOrg(Address),
    /// The next checkpoint cannot be written to its file; usually found before the audit's work.
    #[error("--checkpoint {path} cannot be written", path = path.display())]
    Unwritable {
        /// Its file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// What is audited, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// How certain the history has to be. A checkpoint is left only for finalized history.
    pub commitment: Commitment,
    /// The accounts that are reported on.
    pub scope: Scope,
    /// Where the last audit left its checkpoint, and this one leaves its own.
    pub checkpoint: Option<PathBuf>,
    /// Whether another check has already found something, so that no checkpoint is left.
    pub found: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            commitment: Commitment::Finalized,
            scope: Scope::default(),
            checkpoint: None,
            found: false,
        }
    }
}

/// The result of an audit that was completed.
#[derive(Debug)]
pub struct Proof {
    /// What was checked and found.
    pub report: Report,
    /// Hash of the network's genesis.
    pub genesis: [u8; 32],
    /// The position that the audit reached.
    pub position: Position,
    /// The checkpoint's slot, after which receipts were read; none without a checkpoint.
    pub since: Option<u64>,
    /// What was read.
    pub figures: Figures,
    /// Whether a checkpoint was left.
    pub left_checkpoint: bool,
}

/// Audits everything that is finalized, and compares the mirror of `pool` with it.
///
/// # Errors
/// [`AuditError`] when it cannot be completed.
pub async fn prove_with_mirror(
    node: &dyn Node,
    vaults: &dyn Vaults,
    options: &Options,
    pool: &PgPool,
) -> Result<(Proof, Vec<Mismatch>), AuditError> {
    mirror::check_network(node, pool).await?;
    let mut sink = MirrorSink::new(pool.clone());
    let proof = prove(node, vaults, options, &mut sink).await?;
    let rows = compare_rows(node, pool).await?;
    let mut found = sink.finish(proof.position.slot).await?;
    found.extend(rows);
    // A mirror that is behind explains the other mismatches.
    found.sort_by_key(|it| !matches!(it, Mismatch::Behind { .. }));
    Ok((proof, found))
}

/// Checks every law on every account; `sink` sees each receipt as it passes.
///
/// # Errors
/// [`AuditError`] when it cannot be completed.
pub async fn prove(
    node: &dyn Node,
    vaults: &dyn Vaults,
    options: &Options,
    sink: &mut dyn Sink,
) -> Result<Proof, AuditError> {
    let genesis = node.genesis_hash().await?;
    let (auditor, position) = checkpoint::open(node, genesis, options).await?;
    let since = position.map(|it| it.slot);
    let mut audit = Audit {
        node,
        vaults,
        auditor,
        walk: Walk::new(node, options.commitment, position),
        looks: Looks::default(),
        sink,
    };
    // The history first, so that accounts need not wait long.
    audit.reach(0).await?;
    match options.scope.is_all() {
        true => audit.look_at_all().await?,
        false => audit.look_at_meant(&HashSet::new()).await?,
    }
    audit.look_at_vaults().await?;
    audit.reach_readings().await?;
    audit.look_again().await?;
    let Audit {
        auditor,
        walk,
        looks,
        ..
    } = audit;
    let position = walk.position();
    let auditor = seizure::settle(node, vaults, options, looks, auditor).await?;
    let left_checkpoint = checkpoint::leave(&auditor, genesis, position, options);
    let left_checkpoint = left_checkpoint.map_err(|source| AuditError::Unwritable {
        path: options.checkpoint.clone().unwrap_or_default(),
        source,
    })?;
    Ok(Proof {
        report: auditor.finish(),
        genesis,
        position,
        since,
        figures: walk.figures,
        left_checkpoint,
    })
}

/// The scope of one member.
///
/// # Errors
/// [`AuditError::NoMember`] when there is none at the address.
pub async fn scope_of_member(node: &dyn Node, member: Address) -> Result<Scope, AuditError> {
    let reading = node.accounts(&[member], 0).await?;
    let data = reading.accounts.into_iter().find_map(|(_, data)| data);
    match data.map(|data| tessera_client::Account::decode(&data)) {
        Some(Ok(tessera_client::Account::Member(it))) => Ok(Scope {
            org: Some(it.org),
            wallet: Some(it.wallet),
        }),
        _ => Err(AuditError::NoMember(member)),
    }
}

/// The scope of one org; a closed one leaves its stub.
///
/// # Errors
/// [`AuditError::NoOrg`] when there is none at the address.
pub async fn scope_of_org(node: &dyn Node, org: Address) -> Result<Scope, AuditError> {
    let reading = node.accounts(&[org], 0).await?;
    let data = reading.accounts.into_iter().find_map(|(_, data)| data);
    let is_org = data.is_some_and(|data| {
        let account = tessera_client::Account::decode(&data);
        matches!(account, Ok(tessera_client::Account::Org(_))) || decode::is_closed(&data)
    });
    match is_org {
        true => Ok(Scope {
            org: Some(org),
            wallet: None,
        }),
        false => Err(AuditError::NoOrg(org)),
    }
}

struct Audit<'a> {
    node: &'a dyn Node,
    vaults: &'a dyn Vaults,
    auditor: Auditor,
    walk: Walk<'a>,
    looks: Looks,
    sink: &'a mut dyn Sink,
}

impl Audit<'_> {
    /// Lets all receipts pass up to the newest slot, which is `slot` or later.
    async fn reach(&mut self, slot: u64) -> Result<(), AuditError> {
        let (auditor, looks) = (&mut self.auditor, &mut self.looks);
        self.walk.reach(slot, auditor, looks, self.sink).await
    }

    async fn reach_readings(&mut self) -> Result<(), AuditError> {
        match self.looks.newest() {
            Some(slot) => self.reach(slot).await,
            None => Ok(()),
        }
    }

    /// Looks at every account of the program, a shard at a time, then at those that must exist and
    /// were in no shard: an account may move to another shard meanwhile.
    async fn look_at_all(&mut self) -> Result<(), AuditError> {
        let mut seen = HashSet::new();
        let mut parts = AllAccounts::new(self.node);
        // A reading older than what the walk has passed can no longer be compared.
        while let Some(reading) = parts.next(self.walk.slot()).await? {
            seen.extend(reading.accounts.iter().map(|(address, _)| *address));
            self.wait(reading.slot, reading.accounts).await?;
        }
        self.reach_readings().await?;
        self.look_at_meant(&seen).await
    }

    /// Looks at the accounts that must exist and were not `seen`.
    async fn look_at_meant(&mut self, seen: &HashSet<Address>) -> Result<(), AuditError> {
        let meant = self.auditor.accounts().filter(|it| !seen.contains(*it));
        let meant: Vec<Address> = meant.copied().collect();
        self.look_at(&meant).await
    }

    async fn look_at(&mut self, addresses: &[Address]) -> Result<(), AuditError> {
        for chunk in addresses.chunks(MAX_ACCOUNTS) {
            let reading = self.node.accounts(chunk, self.walk.slot()).await?;
            self.wait(reading.slot, reading.accounts).await?;
        }
        Ok(())
    }

    async fn look_at_vaults(&mut self) -> Result<(), AuditError> {
        let vaults: Vec<Address> = self.auditor.vaults().into_iter().collect();
        self.look_at_these_vaults(&vaults).await
    }

    async fn look_at_these_vaults(&mut self, vaults: &[Address]) -> Result<(), AuditError> {
        for chunk in vaults.chunks(MAX_ACCOUNTS) {
            let reading = self.vaults.balances(chunk, self.walk.slot()).await?;
            for (vault, held) in reading.balances {
                self.looks.add_vault(reading.slot, vault, held);
            }
        }
        Ok(())
    }

    /// Reads what did not hold once more: a confirmed slot may have vanished.
    async fn look_again(&mut self) -> Result<(), AuditError> {
        let (accounts, vaults) = self.looks.doubtful();
        self.look_at(&accounts).await?;
        self.look_at_these_vaults(&vaults).await?;
        self.reach_readings().await?;
        self.look_behind_transactions().await
    }

    /// Looks at what vaults held after the transactions that moved them in the slot of their
    /// reading.
    async fn look_behind_transactions(&mut self) -> Result<(), AuditError> {
        for moved in std::mem::take(&mut self.looks.moved) {
            let Moved {
                vault,
                transaction,
                slot,
                held,
                owed,
            } = moved;
            let change = self.vaults.change(&transaction, &vault).await?;
            // A transaction that does not name the vault left its balance as read.
            let held = change.map_or(held, |it| it.after);
            let looked = self.auditor.look_at_vault_that_owed(&vault, held, owed);
            if looked.holds() {
                self.auditor
                    .book_vault(&vault, held, looked, &Seized::default());
            } else {
                self.looks.short.push(Short {
                    vault,
                    slot,
                    held,
                    looked,
                });
            }
        }
        Ok(())
    }

    /// Keeps accounts that were read until the history reaches their slot; when they are many,
    /// reads the history up to there.
    async fn wait(
        &mut self,
        slot: u64,
        accounts: Vec<(Address, Option<Vec<u8>>)>,
    ) -> Result<(), AuditError> {
        for (address, data) in accounts {
            self.looks.add_account(slot, address, data);
        }
        if self.looks.bytes() > MOST_WAITING {
            self.reach_readings().await?;
        }
        Ok(())
    }
}
