use super::{instruction, readonly, signer, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{Address, ID, accounts::Plan, args::InstructionNumber};

/// Closes a plan together with the vault that it created.
#[derive(Debug, Clone, Copy)]
pub struct CloseVault<'a> {
    /// The org's authority; signs.
    pub authority: Address,
    /// The plan.
    pub plan: &'a Plan,
}

impl From<CloseVault<'_>> for Instruction {
    fn from(ix: CloseVault) -> Self {
        let plan = ix.plan;
        instruction(
            InstructionNumber::CloseVault,
            &[],
            vec![
                signer(ix.authority),
                writable(plan.org),
                writable(address::plan(&plan.org, plan.id)),
                writable(plan.vault),
                writable(plan.header.rent_payer),
                readonly(plan.token_program),
                readonly(ID),
            ],
        )
    }
}
