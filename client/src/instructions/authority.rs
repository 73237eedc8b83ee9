use super::{instruction, readonly, signer, with_args, writable};
use solana_instruction::Instruction;
use tessera_types::{
    Address, ID,
    args::{InstructionNumber, ProposeAuthorityArgs},
};

/// Proposes the next authority of an org or of the config.
#[derive(Debug, Clone, Copy)]
pub struct ProposeAuthority {
    /// The org's authority or the config's admin; signs.
    pub authority: Address,
    /// The org or the config.
    pub account: Address,
    /// Who may accept; zero takes the proposal back.
    pub args: ProposeAuthorityArgs,
}

impl From<ProposeAuthority> for Instruction {
    fn from(ix: ProposeAuthority) -> Self {
        with_args(
            InstructionNumber::ProposeAuthority,
            &ix.args,
            vec![signer(ix.authority), writable(ix.account), readonly(ID)],
        )
    }
}

/// Takes over an org or the config.
#[derive(Debug, Clone, Copy)]
pub struct AcceptAuthority {
    /// The proposed authority; signs.
    pub authority: Address,
    /// The org or the config.
    pub account: Address,
}

impl From<AcceptAuthority> for Instruction {
    fn from(ix: AcceptAuthority) -> Self {
        instruction(
            InstructionNumber::AcceptAuthority,
            &[],
            vec![signer(ix.authority), writable(ix.account), readonly(ID)],
        )
    }
}
