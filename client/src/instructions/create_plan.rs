use super::{payer, readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;
use tessera_types::{
    Address,
    args::{CreatePlanArgs, InstructionNumber},
};

/// Creates a plan at [`address::plan`], and the org's vault for the mint when that is missing.
#[derive(Debug, Clone, Copy)]
pub struct CreatePlan {
    /// Pays the rent; signs.
    pub payer: Address,
    /// The org's authority; signs.
    pub authority: Address,
    /// The org.
    pub org: Address,
    /// Token it is paid in.
    pub mint: Address,
    /// Program that owns the mint: SPL Token or Token-2022.
    pub token_program: Address,
    /// Token account of the treasury that receives the merchant's part.
    pub destination: Address,
    /// Terms.
    pub args: CreatePlanArgs,
}

impl From<CreatePlan> for Instruction {
    fn from(ix: CreatePlan) -> Self {
        with_args(
            InstructionNumber::CreatePlan,
            &ix.args,
            vec![
                payer(ix.payer),
                signer(ix.authority),
                readonly(address::config()),
                writable(ix.org),
                writable(address::plan(&ix.org, ix.args.id)),
                readonly(ix.mint),
                readonly(ix.destination),
                writable(address::vault(&ix.org, &ix.mint)),
                readonly(ix.token_program),
                readonly(system_program::ID),
            ],
        )
    }
}
