use super::{readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{
    Address, ID,
    args::{AwardArgs, InstructionNumber, RedeemArgs},
};

/// Gives a member points.
#[derive(Debug, Clone, Copy)]
pub struct Award {
    /// The issuer's key; signs.
    pub key: Address,
    /// The org.
    pub org: Address,
    /// The member's wallet.
    pub wallet: Address,
    /// How many, and why.
    pub args: AwardArgs,
}

impl From<Award> for Instruction {
    fn from(ix: Award) -> Self {
        with_args(
            InstructionNumber::Award,
            &ix.args,
            vec![
                signer(ix.key),
                writable(address::issuer(&ix.org, &ix.key)),
                readonly(ix.org),
                writable(address::member(&ix.org, &ix.wallet)),
                readonly(ID),
            ],
        )
    }
}

/// Spends a member's points.
#[derive(Debug, Clone, Copy)]
pub struct Redeem {
    /// The member's wallet; signs.
    pub wallet: Address,
    /// The org.
    pub org: Address,
    /// How many, and on what.
    pub args: RedeemArgs,
}

impl From<Redeem> for Instruction {
    fn from(ix: Redeem) -> Self {
        with_args(
            InstructionNumber::Redeem,
            &ix.args,
            vec![
                signer(ix.wallet),
                writable(address::member(&ix.org, &ix.wallet)),
                readonly(ID),
            ],
        )
    }
}
