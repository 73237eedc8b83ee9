use super::{instruction, readonly, signer, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{Address, args::InstructionNumber};

/// Ends a subscription; what is paid stays paid.
#[derive(Debug, Clone, Copy)]
pub struct Cancel {
    /// The subscriber; signs.
    pub wallet: Address,
    /// The plan.
    pub plan: Address,
    /// The plan's mint.
    pub mint: Address,
}

impl From<Cancel> for Instruction {
    fn from(ix: Cancel) -> Self {
        instruction(
            InstructionNumber::Cancel,
            &[],
            vec![
                signer(ix.wallet),
                readonly(ix.plan),
                writable(address::subscription(&ix.plan, &ix.wallet)),
                writable(address::authority(&ix.wallet, &ix.mint)),
            ],
        )
    }
}
