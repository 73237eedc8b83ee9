use super::{payer, readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;
use tessera_types::{
    Address, ID,
    args::{InstructionNumber, SetIssuerArgs},
};

/// Lets `key` award points within a budget, or changes that budget; at [`address::issuer`].
#[derive(Debug, Clone, Copy)]
pub struct SetIssuer {
    /// Pays the rent; signs.
    pub payer: Address,
    /// The org's authority; signs.
    pub authority: Address,
    /// The org.
    pub org: Address,
    /// The key that will sign awards.
    pub key: Address,
    /// Budget.
    pub args: SetIssuerArgs,
}

impl From<SetIssuer> for Instruction {
    fn from(ix: SetIssuer) -> Self {
        with_args(
            InstructionNumber::SetIssuer,
            &ix.args,
            vec![
                payer(ix.payer),
                signer(ix.authority),
                writable(ix.org),
                readonly(ix.key),
                writable(address::issuer(&ix.org, &ix.key)),
                readonly(system_program::ID),
                readonly(ID),
            ],
        )
    }
}
