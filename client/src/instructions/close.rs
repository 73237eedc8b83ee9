use super::{instruction, optional, readonly, signer, writable};
use crate::decode::Account;
use solana_instruction::Instruction;
use tessera_types::{Address, ID, args::InstructionNumber};

/// Closes an unused account; its rent goes back to the payer. Members never close. Campaigns, pools
/// and plans that created a vault have instructions of their own.
#[derive(Debug, Clone, Copy)]
pub struct Close<'a> {
    /// The account's owner: the org's authority, the code's owner, the wallet, or the sponsor that
    /// paid a wallet's rent; signs.
    pub owner: Address,
    /// The account.
    pub account: &'a Account,
}

impl From<Close<'_>> for Instruction {
    fn from(ix: Close) -> Self {
        let parent = match ix.account {
            Account::Plan(it) => Some(it.org),
            Account::Issuer(it) => Some(it.org),
            Account::NullifierPage(it) => Some(it.campaign),
            Account::Claim(it) => Some(it.campaign),
            Account::Position(it) => Some(it.pool),
            _ => None,
        };
        instruction(
            InstructionNumber::Close,
            &[],
            vec![
                signer(ix.owner),
                writable(ix.account.address()),
                writable(ix.account.header().rent_payer),
                readonly(ID),
                optional(parent, writable),
            ],
        )
    }
}
