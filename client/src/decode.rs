//! From bytes to accounts and events. Data may be longer than the structure, because layouts grow
//! by addition; it is never shorter, and what is not known is an error, not a guess.

mod account;
mod event;

pub use account::{Account, account};
pub use event::{EVENT_HEAD_LEN, Event};

use bytemuck::{Pod, pod_read_unaligned};
use tessera_types::accounts::DISCRIMINATOR_LEN;

/// Why bytes are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The first eight bytes name nothing that this version knows.
    #[error("unknown discriminator {0:?}")]
    UnknownDiscriminator([u8; DISCRIMINATOR_LEN]),
    /// The bytes name another structure than the one asked for.
    #[error("expected {expected}, found discriminator {found:?}")]
    WrongDiscriminator {
        /// The structure asked for.
        expected: &'static str,
        /// What stands there.
        found: [u8; DISCRIMINATOR_LEN],
    },
    /// Bytes are missing, or an event has odd bytes behind it.
    #[error("{name} of {len} bytes has a wrong length")]
    WrongLength {
        /// The structure.
        name: &'static str,
        /// Length found.
        len: usize,
    },
    /// An account's layout version is 0, which no program writes.
    #[error("{0} of layout version 0")]
    NoVersion(&'static str),
}

/// Whether the data is what is left of an org that was closed: its header alone, so that nobody
/// creates that org again.
pub fn is_closed(data: &[u8]) -> bool {
    data.starts_with(&[u8::MAX; DISCRIMINATOR_LEN])
}

fn split<'a>(
    data: &'a [u8],
    name: &'static str,
) -> Result<([u8; DISCRIMINATOR_LEN], &'a [u8]), DecodeError> {
    data.split_first_chunk()
        .map(|(discriminator, body)| (*discriminator, body))
        .ok_or(DecodeError::WrongLength {
            name,
            len: data.len(),
        })
}

fn read<'a, T: Pod>(body: &'a [u8], name: &'static str) -> Result<(T, &'a [u8]), DecodeError> {
    let (value, rest) = body
        .split_at_checked(size_of::<T>())
        .ok_or(DecodeError::WrongLength {
            name,
            len: body.len() + DISCRIMINATOR_LEN,
        })?;
    Ok((pod_read_unaligned(value), rest))
}
