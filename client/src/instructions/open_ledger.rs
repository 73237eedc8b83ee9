use super::{instruction, payer, readonly, writable};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;
use tessera_types::{Address, args::InstructionNumber};

/// Opens the commission ledger of `wallet` in `mint` at [`address::ledger`]; anyone may pay.
#[derive(Debug, Clone, Copy)]
pub struct OpenLedger {
    /// Pays the rent; signs.
    pub payer: Address,
    /// The org.
    pub org: Address,
    /// The member's wallet.
    pub wallet: Address,
    /// The mint.
    pub mint: Address,
}

impl From<OpenLedger> for Instruction {
    fn from(ix: OpenLedger) -> Self {
        instruction(
            InstructionNumber::OpenLedger,
            &[],
            vec![
                payer(ix.payer),
                readonly(ix.org),
                readonly(address::member(&ix.org, &ix.wallet)),
                readonly(ix.mint),
                writable(address::ledger(&ix.org, &ix.wallet, &ix.mint)),
                readonly(system_program::ID),
            ],
        )
    }
}
