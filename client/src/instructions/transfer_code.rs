use super::{instruction, readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{
    Address, ID,
    args::{InstructionNumber, TransferCodeArgs},
};

/// Offers a code to another member.
#[derive(Debug, Clone, Copy)]
pub struct TransferCode {
    /// The code's owner; signs.
    pub owner: Address,
    /// The org.
    pub org: Address,
    /// The code, zero-padded.
    pub code: [u8; 16],
    /// Who may accept; zero takes the offer back.
    pub args: TransferCodeArgs,
}

impl From<TransferCode> for Instruction {
    fn from(ix: TransferCode) -> Self {
        with_args(
            InstructionNumber::TransferCode,
            &ix.args,
            vec![
                signer(ix.owner),
                writable(address::code(&ix.org, &ix.code)),
                readonly(ID),
            ],
        )
    }
}

/// Accepts a code that was offered.
#[derive(Debug, Clone, Copy)]
pub struct AcceptCode {
    /// The member who was offered the code; signs.
    pub wallet: Address,
    /// The org.
    pub org: Address,
    /// The code, zero-padded.
    pub code: [u8; 16],
}

impl From<AcceptCode> for Instruction {
    fn from(ix: AcceptCode) -> Self {
        instruction(
            InstructionNumber::AcceptCode,
            &[],
            vec![
                signer(ix.wallet),
                writable(address::code(&ix.org, &ix.code)),
                readonly(address::member(&ix.org, &ix.wallet)),
                readonly(ID),
            ],
        )
    }
}
