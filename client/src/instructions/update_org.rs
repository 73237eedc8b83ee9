use super::{readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{
    Address, ID,
    args::{InstructionNumber, PauseOrgArgs, UpdateOrgArgs},
};

/// Changes an org's settings, for what is signed from now on.
#[derive(Debug, Clone, Copy)]
pub struct UpdateOrg {
    /// The org's authority; signs.
    pub authority: Address,
    /// The org.
    pub org: Address,
    /// All settings.
    pub args: UpdateOrgArgs,
}

impl From<UpdateOrg> for Instruction {
    fn from(ix: UpdateOrg) -> Self {
        with_args(
            InstructionNumber::UpdateOrg,
            &ix.args,
            vec![
                signer(ix.authority),
                readonly(address::config()),
                writable(ix.org),
                readonly(ID),
            ],
        )
    }
}

/// Pauses an org on behalf of the program's admin, or lifts the pause.
#[derive(Debug, Clone, Copy)]
pub struct PauseOrg {
    /// The config's admin; signs.
    pub admin: Address,
    /// The org.
    pub org: Address,
    /// The new pause flags.
    pub args: PauseOrgArgs,
}

impl From<PauseOrg> for Instruction {
    fn from(ix: PauseOrg) -> Self {
        with_args(
            InstructionNumber::PauseOrg,
            &ix.args,
            vec![
                signer(ix.admin),
                readonly(address::config()),
                writable(ix.org),
                readonly(ID),
            ],
        )
    }
}
