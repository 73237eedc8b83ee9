use crate::{
    clock,
    create::Place,
    declare::accounts,
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note, put},
    token::Payout,
};
use anchor_lang::prelude::*;
use bytemuck::{Zeroable, bytes_of};
use solana_sha256_hasher::hashv;
use tessera_types::{
    ID, TesseraError,
    accounts::{Campaign, Claim, Header, NullifierPage, Org, PAGE_VOUCHERS},
    args::ClaimVoucherArgs,
    events::VoucherClaimed,
    limits::MAX_PROOF_LEN,
    math, seeds,
    voucher::{NODE_PREFIX, VOUCHER_DOMAIN, Voucher},
};

accounts! { ClaimVoucher {
    /// Pays the rent of a first claim that is kept by wallet; may be the wallet itself.
    payer payer,
    signer wallet,
    org,
    mut campaign,
    /// The voucher's page, or the wallet's claim.
    mut record,
    mut vault,
    /// Whose it is, is the wallet's choice.
    mut destination,
    token_program,
    system system_program,
    /// This program, so that it can call itself.
    program,
    /// For Token-2022.
    optional mint,
} }

impl ClaimVoucher {
    #[inline(never)]
    #[allow(
        clippy::needless_borrows_for_generic_args,
        reason = "what is handed by reference is copied by a call"
    )]
    pub fn handle(&mut self, args: &ClaimVoucherArgs, proof: impl AsRef<[[u8; 32]]>) -> Result<()> {
        let campaign_place = *self.campaign.account();
        let campaign_address = campaign_place.address();
        let campaign: &mut Campaign = load::owned_mut(&mut self.campaign)?;
        let org: &Org = load::named(&self.org, &campaign.org, TesseraError::WrongOrg)?;
        require_same(
            &campaign.vault,
            self.vault.address(),
            TesseraError::WrongVault,
        )?;
        let moment = clock::moment();
        let now = moment.now;
        require!(
            now >= campaign.opens_at && now < campaign.closes_at,
            TesseraError::CampaignNotOpen
        );
        require!(args.spare == [0; 4], TesseraError::SpareNotZero);
        let wallet = self.wallet.address();
        let mut voucher = Voucher::zeroed();
        let to: *mut Voucher = &mut voucher;
        // SAFETY: it points to the voucher.
        unsafe {
            put(&raw mut (*to).domain, VOUCHER_DOMAIN);
            put(&raw mut (*to).cluster_tag, org.cluster_tag);
            put(&raw mut (*to).program, &ID);
            put(&raw mut (*to).org, &campaign.org);
            put(&raw mut (*to).campaign, campaign_address);
            put(&raw mut (*to).wallet, wallet);
            put(&raw mut (*to).amount, args.amount);
            put(&raw mut (*to).index, args.index);
        }
        require_proof(&voucher, proof.as_ref(), &campaign.root)?;

        let record = *self.record.account();
        let header: &mut Header;
        let amount;
        if campaign.is_kept_by_wallet() {
            if !load::exists(&self.record) {
                let place = Place {
                    payer: self.payer.account(),
                    account: self.record.account(),
                    seeds: &[seeds::CLAIM, campaign_address.as_ref(), wallet.as_ref()],
                };
                let claim: &mut Claim = place.create(moment.slot)?;
                claim.campaign = *campaign_address;
                claim.wallet = *wallet;
            }
            let claim: &mut Claim = load::owned_mut(&mut self.record)?;
            require_same(
                &claim.campaign,
                campaign_address,
                TesseraError::WrongCampaign,
            )?;
            require_same(&claim.wallet, wallet, TesseraError::WrongWallet)?;
            // Of several vouchers of a wallet the highest counts, and none on top of it.
            claim.entitled = claim.entitled.max(args.amount);
            amount = campaign
                .vested(claim.entitled, now)
                .saturating_sub(claim.claimed);
            claim.claimed = math::add(claim.claimed, amount)?;
            header = &mut claim.header;
        } else {
            let page: &mut NullifierPage = load::owned_mut(&mut self.record)?;
            require_same(
                &page.campaign,
                campaign_address,
                TesseraError::WrongCampaign,
            )?;
            require!(
                page.number == args.index / PAGE_VOUCHERS,
                TesseraError::WrongPage
            );
            require!(page.take(args.index), TesseraError::VoucherClaimed);
            amount = args.amount;
            header = &mut page.header;
        }
        require!(amount > 0, TesseraError::VoucherClaimed);
        campaign.claimed = math::add(campaign.claimed, amount)?;
        require!(campaign.claimed <= campaign.cap, TesseraError::CampaignCap);

        let mut slip = Slip::<VoucherClaimed>::new();
        note!(slip: VoucherClaimed {
            campaign: campaign_address,
            wallet: wallet,
            destination: self.destination.address(),
            entitled: args.amount,
            amount: amount,
            index: args.index,
            spare: [0; 4],
        });
        // SAFETY: the event is written.
        let tail = unsafe { slip.seal(header, record.address(), now, 0)? };
        Payout {
            program: &campaign.token_program,
            mint: &self.mint,
            vault: self.vault.account(),
            destination: self.destination.account(),
            amount,
            receipt: tail,
        }
        .send(seeds::CAMPAIGN_VAULT, campaign_address, campaign.vault_bump)
    }
}

/// Refuses a voucher that the proof does not lead to the root from.
#[inline(never)]
fn require_proof(voucher: &Voucher, proof: &[[u8; 32]], root: &[u8; 32]) -> Result<()> {
    require!(proof.len() <= MAX_PROOF_LEN, TesseraError::WrongProof);
    let mut node = hashv(&[bytes_of(voucher)]).to_bytes();
    for sibling in proof {
        let (low, high) = match node <= *sibling {
            true => (&node, sibling),
            false => (sibling, &node),
        };
        node = hashv(&[&[NODE_PREFIX], low, high]).to_bytes();
    }
    require!(node == *root, TesseraError::WrongProof);
    Ok(())
}
