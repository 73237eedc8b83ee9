use crate::{clock, create::Place};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    NO_ADDRESS, REFERRAL_LEVELS, TIERS, TesseraError,
    accounts::{Header, Org, Tier},
    args::CreateOrgArgs,
    events::OrgCreated,
    limits::{MAX_BOOST_BPS, MAX_COMMISSION_BPS, MAX_HOLD_SECS},
    seeds,
};

#[derive(Accounts)]
pub struct CreateOrg {
    /// Pays the rent; may be the authority itself, and carries no data that could alias.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The creator, whose key is part of the address.
    pub authority: Signer,
    #[account(mut)]
    pub org: UncheckedAccount,
    pub system_program: Program<System>,
}

impl CreateOrg {
    #[inline(never)]
    pub fn handle(&mut self, args: &CreateOrgArgs) -> Result<()> {
        require!(args.spare == [0; 6], TesseraError::SpareNotZero);
        require!(
            !address_eq(&args.treasury, &NO_ADDRESS)
                && !address_eq(&args.quote_authority, &NO_ADDRESS),
            TesseraError::ZeroAddress
        );
        require_commission(&args.commission_bps)?;
        require_tiers(&args.tiers)?;
        require!(args.hold_secs <= MAX_HOLD_SECS, TesseraError::HoldTooLong);
        let authority = *self.authority.address();
        let place = Place {
            payer: self.payer.account(),
            account: self.org.account(),
            seeds: &[seeds::ORG, authority.as_ref(), &args.id.to_le_bytes()],
        };
        let moment = clock::moment()?;
        let header = Header::new(place.bump()?, moment.slot, *self.payer.address());
        let org: &mut Org = place.create_with(header, moment.now, |receipt| OrgCreated {
            receipt,
            authority,
            quote_authority: args.quote_authority,
            treasury: args.treasury,
            id: args.id,
            cluster_tag: args.cluster_tag,
            tiers: args.tiers,
            hold_secs: args.hold_secs,
            commission_bps: args.commission_bps,
            spare: [0; 6],
        })?;
        org.creator = authority;
        org.authority = authority;
        org.quote_authority = args.quote_authority;
        org.treasury = args.treasury;
        org.id = args.id;
        org.created_at = moment.now;
        org.cluster_tag = args.cluster_tag;
        org.tiers = args.tiers;
        org.hold_secs = args.hold_secs;
        org.commission_bps = args.commission_bps;
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
