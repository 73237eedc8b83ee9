use super::{instruction, readonly, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{Address, ID, args::InstructionNumber};

/// Releases held commission, so that it can be claimed; nobody signs.
#[derive(Debug, Clone, Copy)]
pub struct Release {
    /// The org.
    pub org: Address,
    /// The member's wallet.
    pub wallet: Address,
    /// The mint.
    pub mint: Address,
}

impl From<Release> for Instruction {
    fn from(ix: Release) -> Self {
        instruction(
            InstructionNumber::Release,
            &[],
            vec![
                writable(address::ledger(&ix.org, &ix.wallet, &ix.mint)),
                readonly(ID),
            ],
        )
    }
}
