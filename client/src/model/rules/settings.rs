//! Limits of an org's settings.

use crate::model::Verdict;
use tessera_types::{
    NO_ADDRESS, TesseraError,
    accounts::{Config, Org, OrgSettings, Tier},
    limits::{
        MAX_BOOST_BPS, MAX_DISCOUNT_BPS, MAX_EXPIRY_EPOCHS, MAX_HOLD_SECS, MIN_POINTS_EPOCH_SECS,
    },
};

/// Whether these are pause flags, which an org, or the program's admin for it, may set.
pub(crate) fn are_pauses(flags: u8) -> bool {
    flags | Org::PAUSE_SUBSCRIBE | Org::PAUSE_CHARGE == Org::PAUSE_SUBSCRIBE | Org::PAUSE_CHARGE
}

/// Whether the org or the program's admin has set the pause flag.
pub(crate) fn is_paused(org: &Org, flag: u8) -> bool {
    (org.settings.pause_flags | org.admin_pause_flags) & flag != 0
}

/// What all levels take together, basis points.
pub(crate) fn commission(settings: &OrgSettings) -> u32 {
    settings.commission_bps.map(u32::from).iter().sum()
}

/// Checks settings against the limits, and the commission against what the config allows.
pub(crate) fn require(settings: &OrgSettings, config: &Config, verdict: &mut Verdict) {
    let named = ![settings.treasury, settings.quote_authority].contains(&NO_ADDRESS);
    verdict.require(named, TesseraError::ZeroAddress);
    let affordable = commission(settings) <= u32::from(config.max_commission_bps);
    verdict.require(affordable, TesseraError::CommissionTooHigh);
    require_tiers(&settings.tiers, verdict);
    let short = settings.hold_secs <= MAX_HOLD_SECS;
    verdict.require(short, TesseraError::HoldTooLong);
    let (secs, epochs) = (settings.points_epoch_secs, settings.points_expiry_epochs);
    let never = secs == 0 && epochs == 0;
    let expires = secs >= MIN_POINTS_EPOCH_SECS && epochs <= MAX_EXPIRY_EPOCHS;
    verdict.require(never || expires, TesseraError::ExpiryOutOfRange);
    let pauses = are_pauses(settings.pause_flags);
    verdict.require(pauses, TesseraError::SpareNotZero);
}

fn require_tiers(tiers: &[Tier], verdict: &mut Verdict) {
    let boosts = tiers.iter().all(|it| it.points_boost_bps <= MAX_BOOST_BPS);
    verdict.require(boosts, TesseraError::BoostTooHigh);
    let discounts = tiers.iter().all(|it| it.discount_bps <= MAX_DISCOUNT_BPS);
    verdict.require(discounts, TesseraError::DiscountTooHigh);
    let spare = tiers.iter().all(|it| it.spare == [0; 4]);
    verdict.require(spare, TesseraError::SpareNotZero);
    // The first tier needs more than 0 points; unused tiers may follow any other.
    let below = [0]
        .into_iter()
        .chain(tiers.iter().map(|it| it.points_threshold));
    let rises = |(below, tier): (u64, &Tier)| {
        let threshold = tier.points_threshold;
        threshold == Tier::UNUSED.points_threshold || threshold > below
    };
    let rising = below.zip(tiers).all(rises);
    verdict.require(rising, TesseraError::TiersOutOfOrder);
}
