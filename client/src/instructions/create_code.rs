use super::{payer, readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;
use tessera_types::{
    Address,
    args::{CreateCodeArgs, InstructionNumber},
};

/// Claims a referral code for a member at [`address::code`].
#[derive(Debug, Clone, Copy)]
pub struct CreateCode {
    /// Pays the rent; signs.
    pub payer: Address,
    /// The member's wallet; signs.
    pub wallet: Address,
    /// The org.
    pub org: Address,
    /// 3 to 16 of `A-Z`, `0-9`, `_`, `-`; zero-padded.
    pub code: [u8; 16],
}

impl From<CreateCode> for Instruction {
    fn from(ix: CreateCode) -> Self {
        with_args(
            InstructionNumber::CreateCode,
            &CreateCodeArgs { code: ix.code },
            vec![
                payer(ix.payer),
                signer(ix.wallet),
                readonly(address::member(&ix.org, &ix.wallet)),
                writable(address::code(&ix.org, &ix.code)),
                readonly(system_program::ID),
            ],
        )
    }
}
