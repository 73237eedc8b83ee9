//! Terms as plan and org offer them, and what they come to in a tier.

use super::bps_of;
use tessera_types::accounts::{Org, Plan, Terms};

/// The terms that plan and org offer, at the price and for the periods of the signature.
pub(crate) fn offered(signed: &Terms, org: &Org, plan: &Plan) -> Terms {
    let settings = &org.settings;
    Terms {
        price: signed.price,
        period_secs: plan.period_secs,
        grace_secs: plan.grace_secs,
        hold_secs: settings.hold_secs,
        approved_periods: signed.approved_periods,
        commission_bps: settings.commission_bps,
        boost_bps: settings.tiers.map(|tier| tier.points_boost_bps),
        discount_bps: settings.tiers.map(|tier| tier.discount_bps),
        period_months: plan.period_months,
        anchor_day: 0,
    }
}

/// Terms of another plan, at the rates that were signed first.
pub(crate) fn changed(before: &Terms, signed: &Terms, plan: &Plan) -> Terms {
    Terms {
        price: signed.price,
        approved_periods: signed.approved_periods,
        period_secs: plan.period_secs,
        period_months: plan.period_months,
        grace_secs: plan.grace_secs,
        ..*before
    }
}

/// Of the rates of the tiers from 1 on, `tier`'s; tier 0 has none.
fn rate(rates: &[u16], tier: u8) -> u16 {
    let place = usize::from(tier).checked_sub(1);
    place
        .and_then(|it| rates.get(it))
        .copied()
        .unwrap_or_default()
}

/// Price of a period in a tier.
pub(crate) fn price_in(terms: &Terms, tier: u8) -> u64 {
    let discount = bps_of(terms.price, rate(&terms.discount_bps, tier));
    terms.price.saturating_sub(discount)
}

/// `points` and the boost of a tier.
pub(crate) fn boosted(terms: &Terms, points: u64, tier: u8) -> u64 {
    points.saturating_add(bps_of(points, rate(&terms.boost_bps, tier)))
}
