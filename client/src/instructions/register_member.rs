use super::{instruction, optional, payer, readonly, signer, writable};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;
use tessera_types::{Address, args::InstructionNumber};

/// Makes `wallet` a member of `org` at [`address::member`].
#[derive(Debug, Clone, Copy)]
pub struct RegisterMember {
    /// Pays the rent; signs.
    pub payer: Address,
    /// The new member; signs.
    pub wallet: Address,
    /// The org.
    pub org: Address,
    /// The code used, zero-padded, and the wallet that owns it.
    pub referral: Option<([u8; 16], Address)>,
}

impl From<RegisterMember> for Instruction {
    fn from(ix: RegisterMember) -> Self {
        let code = ix.referral.map(|(code, _)| address::code(&ix.org, &code));
        let referrer = ix
            .referral
            .map(|(_, owner)| address::member(&ix.org, &owner));
        instruction(
            InstructionNumber::RegisterMember,
            &[],
            vec![
                payer(ix.payer),
                signer(ix.wallet),
                readonly(ix.org),
                writable(address::member(&ix.org, &ix.wallet)),
                optional(code, readonly),
                optional(referrer, readonly),
                readonly(system_program::ID),
            ],
        )
    }
}
