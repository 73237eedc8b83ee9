//! Where an audit stopped, for the next one to go on from.
//!
//! Law: what a checkpoint says counts only as far as the chain bears it out: it is of this network,
//! program and version and arrived whole, every chain of receipts goes on from the head that it names,
//! and every open account is compared with what it and the receipts since make. What no account shows
//! any more, the past of closed ones and the sums, is trusted.

use super::{Auditor, MintTotals, Scope, Totals};
use crate::model::State;
use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
};
use tessera_types::{Address, ID};

/// Begins every checkpoint and names its version, which changes with the layout.
const MAGIC: [u8; 16] = *b"tessera audit 02";
/// Length of the SHA-256 at the end, bytes.
const DIGEST: usize = 32;

/// How far an audit has come: all transactions up to a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Position {
    /// Its last slot, which is finalized.
    pub slot: u64,
    /// The last transaction up to there that called the program, and its slot; none before the
    /// first.
    pub last: Option<([u8; 64], u64)>,
}

/// The state of an audit, from which the next one goes on.
pub struct Checkpoint {
    /// How far the audit had come.
    pub position: Position,
    state: State,
    sums: Totals,
}

impl std::fmt::Debug for Checkpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Checkpoint");
        shown
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// Why a checkpoint is refused.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] io::Error),
    /// It is no checkpoint, or one of another version.
    #[error("it is no checkpoint of this version of the audit")]
    Version,
    /// A part of it was lost or changed.
    #[error("its digest is not that of what it says")]
    Digest,
    /// It is of another network.
    #[error("it is of the network with genesis {found}, not {expected}")]
    Network {
        /// Hash of this network's genesis, as base58 shows it.
        expected: Address,
        /// Hash of the genesis that the checkpoint names.
        found: Address,
    },
    /// It is of another program.
    #[error("it is of program {0}")]
    Program(Address),
}

impl Checkpoint {
    /// Reads a checkpoint of the network with this genesis.
    ///
    /// # Errors
    /// [`CheckpointError`] when it is not one, or not whole.
    pub fn read(from: impl Read, genesis: [u8; 32]) -> Result<Self, CheckpointError> {
        let mut from = Hashing::new(from);
        match <[u8; 16]>::deserialize_reader(&mut from).map_err(damaged) {
            Ok(MAGIC) => {}
            Err(error @ CheckpointError::File(_)) => return Err(error),
            _ => return Err(CheckpointError::Version),
        }
        let found = <[u8; 32]>::deserialize_reader(&mut from).map_err(damaged)?;
        if found != genesis {
            return Err(CheckpointError::Network {
                expected: genesis.into(),
                found: found.into(),
            });
        }
        let program = Address::deserialize_reader(&mut from).map_err(damaged)?;
        if program != ID {
            return Err(CheckpointError::Program(program));
        }
        let body = Self::read_body(&mut from).map_err(damaged)?;
        let digest = from.digest();
        let mut found = [0; DIGEST];
        from.inner.read_exact(&mut found).map_err(damaged)?;
        let ends = from.inner.read(&mut [0])? == 0;
        if digest == found && ends {
            Ok(body)
        } else {
            Err(CheckpointError::Digest)
        }
    }

    fn read_body(from: &mut impl Read) -> io::Result<Self> {
        Ok(Self {
            position: Position::deserialize_reader(from)?,
            sums: read_sums(from)?,
            state: State::read(from)?,
        })
    }
}

/// Content that ends early or makes no sense is a damaged checkpoint, not a failure to read the
/// file.
fn damaged(error: io::Error) -> CheckpointError {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => CheckpointError::Digest,
        _ => CheckpointError::File(error),
    }
}

impl Auditor {
    /// Goes on from a checkpoint.
    pub fn from_checkpoint(checkpoint: Checkpoint, scope: Scope) -> Self {
        Self::resume(checkpoint.state, checkpoint.sums, scope)
    }

    /// Writes where the next audit goes on. Only an audit of everything without a finding may leave
    /// one.
    ///
    /// # Errors
    /// [`io::Error`].
    pub fn write_checkpoint(
        &self,
        to: impl Write,
        genesis: [u8; 32],
        position: Position,
    ) -> io::Result<()> {
        let mut to = Hashing::new(to);
        MAGIC.serialize(&mut to)?;
        genesis.serialize(&mut to)?;
        ID.serialize(&mut to)?;
        position.serialize(&mut to)?;
        write_sums(&self.sums, &mut to)?;
        self.state.write(&mut to)?;
        let digest = to.digest();
        to.inner.write_all(&digest)?;
        to.inner.flush()
    }
}

fn write_sums(sums: &Totals, to: &mut impl Write) -> io::Result<()> {
    [sums.receipts, sums.charges, sums.invoices].serialize(to)?;
    let mints: BTreeMap<Address, [u128; 6]> = sums
        .mints
        .iter()
        .map(|(mint, it)| {
            let amounts = [
                it.paid,
                it.merchant,
                it.keeper_fees,
                it.commission,
                it.refunded,
                it.claimed,
            ];
            (*mint, amounts)
        })
        .collect();
    mints.serialize(to)
}

fn read_sums(from: &mut impl Read) -> io::Result<Totals> {
    let [receipts, charges, invoices] = <[u64; 3]>::deserialize_reader(from)?;
    let mints = BTreeMap::<Address, [u128; 6]>::deserialize_reader(from)?;
    let mints = mints.into_iter().map(|(mint, amounts)| {
        let [paid, merchant, keeper_fees, commission, refunded, claimed] = amounts;
        let totals = MintTotals {
            paid,
            merchant,
            keeper_fees,
            commission,
            refunded,
            claimed,
            vaults: 0,
        };
        (mint, totals)
    });
    Ok(Totals {
        receipts,
        charges,
        invoices,
        mints: mints.collect(),
        ..Totals::default()
    })
}

/// Hashes what passes.
struct Hashing<T> {
    inner: T,
    hash: Sha256,
}

impl<T> Hashing<T> {
    fn new(inner: T) -> Self {
        let hash = Sha256::new();
        Self { inner, hash }
    }

    fn digest(&self) -> [u8; DIGEST] {
        self.hash.clone().finalize().into()
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
