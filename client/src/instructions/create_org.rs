use super::{payer, readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;
use tessera_types::{
    Address,
    args::{CreateOrgArgs, InstructionNumber},
};

/// Creates a business at [`address::org`].
#[derive(Debug, Clone, Copy)]
pub struct CreateOrg {
    /// Pays the rent; signs.
    pub payer: Address,
    /// The org's creator and authority; signs.
    pub authority: Address,
    /// Terms.
    pub args: CreateOrgArgs,
}

impl From<CreateOrg> for Instruction {
    fn from(ix: CreateOrg) -> Self {
        with_args(
            InstructionNumber::CreateOrg,
            &ix.args,
            vec![
                payer(ix.payer),
                signer(ix.authority),
                readonly(address::config()),
                writable(address::org(&ix.authority, ix.args.id)),
                readonly(system_program::ID),
            ],
        )
    }
}
