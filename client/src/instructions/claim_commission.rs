use super::{itself, mint_for, readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{
    Address,
    args::{ClaimCommissionArgs, InstructionNumber},
};

/// Pays released commission to a token account of the member's choice.
#[derive(Debug, Clone, Copy)]
pub struct ClaimCommission {
    /// The member's wallet; signs.
    pub wallet: Address,
    /// The org.
    pub org: Address,
    /// The mint.
    pub mint: Address,
    /// Program that owns the mint: SPL Token or Token-2022.
    pub token_program: Address,
    /// Token account that receives it.
    pub destination: Address,
    /// In the mint's smallest unit; `u64::MAX` is all that can be claimed.
    pub amount: u64,
}

impl From<ClaimCommission> for Instruction {
    fn from(ix: ClaimCommission) -> Self {
        let mut accounts = vec![
            signer(ix.wallet),
            writable(address::ledger(&ix.org, &ix.wallet, &ix.mint)),
            writable(address::vault(&ix.org, &ix.mint)),
            writable(ix.destination),
            readonly(ix.token_program),
            mint_for(ix.token_program, ix.mint),
        ];
        accounts.extend(itself(ix.token_program));
        let args = ClaimCommissionArgs { amount: ix.amount };
        with_args(InstructionNumber::ClaimCommission, &args, accounts)
    }
}
