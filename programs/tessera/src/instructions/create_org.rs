use crate::{
    access, clock,
    create::Place,
    declare::accounts,
    outcome::{Result, is_absent, require},
    receipt::{Slip, note},
};
use anchor_lang::prelude::*;
use tessera_types::{
    TIERS, TesseraError,
    accounts::{Config, Org, OrgSettings, Tier},
    args::CreateOrgArgs,
    events::OrgCreated,
    limits::{
        MAX_BOOST_BPS, MAX_DISCOUNT_BPS, MAX_EXPIRY_EPOCHS, MAX_HOLD_SECS, MIN_POINTS_EPOCH_SECS,
    },
    seeds,
};

accounts! { CreateOrg {
    /// Pays the rent; may be the authority itself.
    payer payer,
    /// The creator, whose key is part of the address.
    signer authority,
    config,
    mut org,
    system system_program,
} }

impl CreateOrg {
    #[inline(never)]
    pub fn handle(&mut self, args: &CreateOrgArgs) -> Result<()> {
        let config = access::creation(&self.config)?;
        require_settings(&args.settings, config)?;
        let authority = self.authority.address();
        let place = Place {
            payer: self.payer.account(),
            account: self.org.account(),
            seeds: &[seeds::ORG, authority.as_ref(), &args.id.to_le_bytes()],
        };
        let moment = clock::moment();
        let mut slip = Slip::<OrgCreated>::new();
        note!(slip: OrgCreated {
            authority: authority,
            id: args.id,
            cluster_tag: args.cluster_tag,
            settings: &args.settings,
        });
        // SAFETY: the event is written.
        let org: &mut Org = unsafe { place.create_with(&moment, &mut slip)? };
        org.authority = *authority;
        org.created_at = moment.now;
        Ok(())
    }
}

/// Refuses settings outside the limits.
#[inline(never)]
pub(super) fn require_settings(settings: &OrgSettings, config: &Config) -> Result<()> {
    require!(
        !is_absent(&settings.treasury) && !is_absent(&settings.quote_authority),
        TesseraError::ZeroAddress
    );
    let [first, second, third] = settings.commission_bps.map(u32::from);
    require!(
        first + second + third <= config.max_commission_bps as u32,
        TesseraError::CommissionTooHigh
    );
    require_tiers(&settings.tiers)?;
    require!(
        settings.hold_secs <= MAX_HOLD_SECS,
        TesseraError::HoldTooLong
    );
    let expires = match settings.points_epoch_secs {
        0 => settings.points_expiry_epochs == 0,
        secs => secs >= MIN_POINTS_EPOCH_SECS && settings.points_expiry_epochs <= MAX_EXPIRY_EPOCHS,
    };
    require!(expires, TesseraError::ExpiryOutOfRange);
    require!(
        settings.pause_flags & !(Org::PAUSE_SUBSCRIBE | Org::PAUSE_CHARGE) == 0,
        TesseraError::SpareNotZero
    );
    Ok(())
}

#[inline(always)]
fn require_tiers(tiers: &[Tier; TIERS]) -> Result<()> {
    let mut previous = 0;
    for tier in tiers {
        require!(
            tier.points_boost_bps <= MAX_BOOST_BPS,
            TesseraError::BoostTooHigh
        );
        require!(
            tier.discount_bps <= MAX_DISCOUNT_BPS,
            TesseraError::DiscountTooHigh
        );
        require!(tier.spare == [0; 4], TesseraError::SpareNotZero);
        let unused = tier.points_threshold == u64::MAX;
        require!(
            unused || tier.points_threshold > previous,
            TesseraError::TiersOutOfOrder
        );
        previous = tier.points_threshold;
    }
    Ok(())
}
