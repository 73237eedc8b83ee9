use super::{instruction, mint_for, payer, readonly, signer, writable};
use crate::address;
use bytemuck::bytes_of;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;
use tessera_types::{
    Address, ID,
    accounts::{Campaign, PAGE_VOUCHERS},
    args::{ClaimVoucherArgs, InstructionNumber},
};

/// Pays a voucher, as far as it has vested. Its page must be open when the campaign keeps claims by
/// number.
#[derive(Debug, Clone, Copy)]
pub struct ClaimVoucher<'a> {
    /// Pays the rent of a first claim that is kept by wallet; signs.
    pub payer: Address,
    /// The voucher's wallet; signs.
    pub wallet: Address,
    /// The campaign.
    pub campaign: &'a Campaign,
    /// Token account that receives it.
    pub destination: Address,
    /// What the voucher says, in the mint's smallest unit.
    pub amount: u64,
    /// Its number.
    pub index: u32,
    /// The voucher's proof, from [`crate::voucher::Tree::proof`].
    pub proof: &'a [[u8; 32]],
}

impl From<ClaimVoucher<'_>> for Instruction {
    fn from(ix: ClaimVoucher) -> Self {
        let campaign = ix.campaign;
        let address = address::campaign(&campaign.org, campaign.id);
        let record = if campaign.is_kept_by_wallet() {
            address::claim(&address, &ix.wallet)
        } else {
            address::page(&address, ix.index / PAGE_VOUCHERS)
        };
        let args = ClaimVoucherArgs {
            amount: ix.amount,
            index: ix.index,
            spare: [0; 4],
        };
        // The program refuses a proof that is too long.
        let count = u32::try_from(ix.proof.len()).unwrap_or(u32::MAX);
        let data = [
            bytes_of(&args),
            &count.to_le_bytes(),
            ix.proof.as_flattened(),
        ];
        instruction(
            InstructionNumber::ClaimVoucher,
            &data.concat(),
            vec![
                payer(ix.payer),
                signer(ix.wallet),
                readonly(campaign.org),
                writable(address),
                writable(record),
                writable(campaign.vault),
                writable(ix.destination),
                readonly(campaign.token_program),
                readonly(system_program::ID),
                readonly(ID),
                mint_for(campaign.token_program, campaign.mint),
            ],
        )
    }
}
