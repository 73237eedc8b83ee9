//! Compares the deployed program with the bytes of a local build.

use crate::chain::{Chain, ChainError};
use solana_sdk_ids::{bpf_loader, bpf_loader_upgradeable};
use tessera_client::types::{Address, ID};

/// Start of an upgradeable program's account that names the account with its bytes.
const PROGRAM_HEADER: usize = 4;
/// Length of what stands before the bytes there: kind, slot, upgrade authority.
const BYTES_HEADER: usize = 45;

/// Whether the network runs exactly `elf`; an account may be padded with zeros behind it.
///
/// # Errors
/// [`ChainError`] when the program cannot be read.
pub async fn is_deployed(chain: &Chain, elf: &[u8]) -> Result<bool, ChainError> {
    let program = chain.raw_account(&ID).await?;
    let deployed = if program.owner == bpf_loader_upgradeable::ID {
        let address: Option<[u8; 32]> = program
            .data
            .get(PROGRAM_HEADER..)
            .and_then(|rest| rest.try_into().ok());
        let address = Address::from(address.ok_or(ChainError::Missing(ID))?);
        let mut data = chain.raw_account(&address).await?.data;
        data.drain(..BYTES_HEADER.min(data.len()));
        data
    } else if program.owner == bpf_loader::ID {
        program.data
    } else {
        return Ok(false);
    };
    Ok(deployed.starts_with(elf) && deployed[elf.len()..].iter().all(|byte| *byte == 0))
}
