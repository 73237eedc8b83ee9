use crate::clock;
use anchor_lang::prelude::*;
use tessera_types::{
    LAYOUT_VERSION, NO_ADDRESS, REFERRAL_LEVELS, TIERS, TesseraError,
    accounts::{Org, Tier},
    args::CreateOrgArgs,
    limits::{MAX_BOOST_BPS, MAX_COMMISSION_BPS, MAX_HOLD_SECS},
    seeds,
};

#[derive(Accounts)]
#[instruction(args: CreateOrgArgs)]
pub struct CreateOrg {
    /// Pays the rent; may be the authority itself, and carries no data that could alias.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub authority: Signer,
    #[account(init, payer = payer, seeds = [seeds::ORG, &args.id.to_le_bytes()], bump)]
    pub org: Account<Org>,
    pub system_program: Program<System>,
}

impl CreateOrg {
    pub fn handle(&mut self, args: &CreateOrgArgs, bump: u8) -> Result<()> {
        require!(args.spare == [0; 6], TesseraError::SpareNotZero);
        require_commission(&args.commission_bps)?;
        require_tiers(&args.tiers)?;
        require!(args.hold_secs <= MAX_HOLD_SECS, TesseraError::HoldTooLong);
        *self.org = Org {
            authority: *self.authority.address(),
            pending_authority: NO_ADDRESS,
            quote_authority: args.quote_authority,
            treasury: args.treasury,
            id: args.id,
            created_at: clock::unix_timestamp()?,
            tiers: args.tiers,
            hold_secs: args.hold_secs,
            commission_bps: args.commission_bps,
            pause_flags: 0,
            version: LAYOUT_VERSION,
            bump,
            spare: [0; 35],
        };
        Ok(())
    }
}

fn require_commission(levels: &[u16; REFERRAL_LEVELS]) -> Result<()> {
    let total: u32 = levels.iter().map(|bps| *bps as u32).sum();
    require!(
        total <= MAX_COMMISSION_BPS as u32,
        TesseraError::CommissionTooHigh
    );
    Ok(())
}

fn require_tiers(tiers: &[Tier; TIERS]) -> Result<()> {
    let mut previous = 0;
    for tier in tiers {
        require!(
            tier.points_boost_bps <= MAX_BOOST_BPS,
            TesseraError::BoostTooHigh
        );
        require!(
            tier.discount_bps == 0 && tier.spare == [0; 4],
            TesseraError::SpareNotZero
        );
        let unused = tier.points_threshold == u64::MAX;
        require!(
            unused || tier.points_threshold > previous,
            TesseraError::TiersOutOfOrder
        );
        previous = tier.points_threshold;
    }
    Ok(())
}
