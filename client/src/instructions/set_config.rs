use super::{payer, readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;
use tessera_types::{
    Address, ID,
    args::{ConfigArgs, InstructionNumber},
};

/// Creates or changes the program's own settings, at [`address::config`].
#[derive(Debug, Clone, Copy)]
pub struct SetConfig {
    /// Pays the rent; signs.
    pub payer: Address,
    /// The config's admin, at first the program's upgrade authority; signs.
    pub admin: Address,
    /// Settings.
    pub args: ConfigArgs,
}

impl From<SetConfig> for Instruction {
    fn from(ix: SetConfig) -> Self {
        with_args(
            InstructionNumber::SetConfig,
            &ix.args,
            vec![
                payer(ix.payer),
                signer(ix.admin),
                writable(address::config()),
                readonly(address::program_data()),
                readonly(system_program::ID),
                readonly(ID),
            ],
        )
    }
}
