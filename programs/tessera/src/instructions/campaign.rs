//! Campaigns of vouchers: their creation, their root, their pages.

use crate::{
    access, clock,
    create::Place,
    declare::accounts,
    load,
    outcome::{Result, require},
    receipt::{Slip, note},
    token,
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Campaign, NullifierPage},
    args::{CreateCampaignArgs, OpenPageArgs, SetRootArgs},
    events::{CampaignCreated, PageOpened, RootSet},
    math, seeds,
};

accounts! { CreateCampaign {
    /// Pays the rent; may be the authority itself.
    payer payer,
    signer authority,
    config,
    mut org,
    mut campaign,
    mint,
    mut vault,
    token_program,
    system system_program,
} }

accounts! { SetRoot {
    signer authority,
    org,
    mut campaign,
    /// This program, so that it can call itself.
    program,
} }

accounts! { OpenPage {
    payer payer,
    campaign,
    mut page,
    system system_program,
} }

impl CreateCampaign {
    #[inline(never)]
    pub fn handle(&mut self, args: &CreateCampaignArgs) -> Result<()> {
        access::creation(&self.config)?;
        let org_place = *self.org.account();
        let org_address = org_place.address();
        let org = access::org_mut(&mut self.org, self.authority.address())?;
        require!(args.id > org.highest_campaign_id, TesseraError::IdNotRising);
        require!(
            args.flags & !Campaign::CUMULATIVE == 0 && args.spare == [0; 7],
            TesseraError::SpareNotZero
        );
        require!(args.cap > 0, TesseraError::CampaignCap);
        let moment = clock::moment();
        let vests_at = math::later(
            args.vesting_starts_at,
            args.cliff_secs.max(args.vesting_secs),
        )?;
        // Without vesting nothing of it is looked at.
        let vests = args.vesting_secs > 0;
        require!(
            (vests || (args.vesting_starts_at == 0 && args.cliff_secs == 0))
                && args.closes_at > args.opens_at
                && args.closes_at > moment.now
                && args.closes_at > vests_at,
            TesseraError::CampaignTimes
        );
        let program = *self.token_program.address();
        let (decimals, rules) = token::payable_mint(self.mint.account(), &program, u8::MAX)?;
        let place = Place {
            payer: self.payer.account(),
            account: self.campaign.account(),
            seeds: &[
                seeds::CAMPAIGN,
                org_address.as_ref(),
                &args.id.to_le_bytes(),
            ],
        };
        let mut slip = Slip::<CampaignCreated>::new();
        note!(slip: CampaignCreated {
            org: org_address,
            mint: self.mint.address(),
            token_program: &program,
            vault: self.vault.address(),
            terms: args,
        });
        // SAFETY: the event is written.
        let campaign: &mut Campaign = unsafe { place.create_with(&moment, &mut slip)? };
        let vault = Place {
            payer: self.payer.account(),
            account: self.vault.account(),
            seeds: &[seeds::CAMPAIGN_VAULT, self.campaign.address().as_ref()],
        };
        campaign.decimals = decimals;
        (campaign.vault_bump, _) = token::ensure_vault(&vault, self.mint.account(), &rules)?;
        org.highest_campaign_id = args.id;
        org.open_accounts = org.open_accounts.saturating_add(1);
        Ok(())
    }
}

impl SetRoot {
    #[inline(never)]
    pub fn handle(&mut self, args: &SetRootArgs) -> Result<()> {
        let place = *self.campaign.account();
        let address = place.address();
        let campaign: &mut Campaign = load::owned_mut(&mut self.campaign)?;
        access::org(&self.org, &campaign.org, self.authority.address())?;
        require!(
            campaign.header.receipt_seq == args.seq,
            TesseraError::StaleSeq
        );
        require!(
            campaign.flags & Campaign::CUMULATIVE != 0,
            TesseraError::RootFixed
        );
        require!(args.cap >= campaign.claimed, TesseraError::CampaignCap);
        campaign.root = args.root;
        campaign.cap = args.cap;
        let mut slip = Slip::<RootSet>::new();
        note!(slip: RootSet { cap: args.cap, root: &args.root, });
        let now = clock::now();
        // SAFETY: the event is written.
        unsafe { slip.leave(&mut campaign.header, address, now) }
    }
}

impl OpenPage {
    #[inline(never)]
    pub fn handle(&mut self, args: &OpenPageArgs) -> Result<()> {
        let campaign_place = *self.campaign.account();
        let campaign_address = campaign_place.address();
        let campaign: &Campaign = load::owned(&self.campaign)?;
        require!(!campaign.is_kept_by_wallet(), TesseraError::WrongPage);
        require!(args.spare == [0; 4], TesseraError::SpareNotZero);
        let moment = clock::moment();
        let open = moment.now < campaign.closes_at;
        require!(open, TesseraError::CampaignNotOpen);
        let place = Place {
            payer: self.payer.account(),
            account: self.page.account(),
            seeds: &[
                seeds::PAGE,
                campaign_address.as_ref(),
                &args.number.to_le_bytes(),
            ],
        };
        let mut slip = Slip::<PageOpened>::new();
        note!(slip: PageOpened {
            campaign: campaign_address,
            number: args.number,
            spare: [0; 4],
        });
        // SAFETY: the event is written.
        unsafe { place.create_with::<NullifierPage, _>(&moment, &mut slip)? };
        Ok(())
    }
}
