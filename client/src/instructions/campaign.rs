use super::{payer, readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;
use tessera_types::{
    Address, ID,
    args::{CreateCampaignArgs, InstructionNumber, OpenPageArgs, SetRootArgs},
};

/// Creates a campaign at [`address::campaign`], and the token account that its vouchers are paid
/// from at [`address::campaign_vault`], which is to be filled by a transfer.
#[derive(Debug, Clone, Copy)]
pub struct CreateCampaign {
    /// Pays the rent; signs.
    pub payer: Address,
    /// The org's authority; signs.
    pub authority: Address,
    /// The org.
    pub org: Address,
    /// Token that is given.
    pub mint: Address,
    /// Program that owns the mint: SPL Token or Token-2022.
    pub token_program: Address,
    /// Terms.
    pub args: CreateCampaignArgs,
}

impl From<CreateCampaign> for Instruction {
    fn from(ix: CreateCampaign) -> Self {
        let campaign = address::campaign(&ix.org, ix.args.id);
        with_args(
            InstructionNumber::CreateCampaign,
            &ix.args,
            vec![
                payer(ix.payer),
                signer(ix.authority),
                readonly(address::config()),
                writable(ix.org),
                writable(campaign),
                readonly(ix.mint),
                writable(address::campaign_vault(&campaign)),
                readonly(ix.token_program),
                readonly(system_program::ID),
            ],
        )
    }
}

/// Replaces the root of a cumulative campaign.
#[derive(Debug, Clone, Copy)]
pub struct SetRoot {
    /// The org's authority; signs.
    pub authority: Address,
    /// The org.
    pub org: Address,
    /// The campaign.
    pub campaign: Address,
    /// Root and cap.
    pub args: SetRootArgs,
}

impl From<SetRoot> for Instruction {
    fn from(ix: SetRoot) -> Self {
        with_args(
            InstructionNumber::SetRoot,
            &ix.args,
            vec![
                signer(ix.authority),
                readonly(ix.org),
                writable(ix.campaign),
                readonly(ID),
            ],
        )
    }
}

/// Opens a page of vouchers at [`address::page`]; anyone may pay.
#[derive(Debug, Clone, Copy)]
pub struct OpenPage {
    /// Pays the rent; signs.
    pub payer: Address,
    /// The campaign.
    pub campaign: Address,
    /// The page's number: that of a voucher by [`PAGE_VOUCHERS`](tessera_types::accounts::PAGE_VOUCHERS).
    pub number: u32,
}

impl From<OpenPage> for Instruction {
    fn from(ix: OpenPage) -> Self {
        with_args(
            InstructionNumber::OpenPage,
            &OpenPageArgs {
                number: ix.number,
                spare: [0; 4],
            },
            vec![
                payer(ix.payer),
                readonly(ix.campaign),
                writable(address::page(&ix.campaign, ix.number)),
                readonly(system_program::ID),
            ],
        )
    }
}
