use super::{instruction, mint_for, readonly, signer, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{Address, ID, accounts::Campaign, args::InstructionNumber};

/// Closes a campaign that is over; what it still holds goes to the org.
#[derive(Debug, Clone, Copy)]
pub struct CloseCampaign<'a> {
    /// The org's authority; signs.
    pub authority: Address,
    /// The campaign.
    pub campaign: &'a Campaign,
    /// A token account of the treasury, which receives what is left.
    pub destination: Address,
}

impl From<CloseCampaign<'_>> for Instruction {
    fn from(ix: CloseCampaign) -> Self {
        let campaign = ix.campaign;
        instruction(
            InstructionNumber::CloseCampaign,
            &[],
            vec![
                signer(ix.authority),
                writable(campaign.org),
                writable(address::campaign(&campaign.org, campaign.id)),
                writable(campaign.vault),
                writable(ix.destination),
                writable(campaign.header.rent_payer),
                readonly(campaign.token_program),
                readonly(ID),
                mint_for(campaign.token_program, campaign.mint),
            ],
        )
    }
}
