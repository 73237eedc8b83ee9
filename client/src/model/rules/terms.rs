//! Terms as plan and org offer them, and what they come to in a tier.

use super::bps_of;
use tessera_types::{
    accounts::{Org, Plan, Terms},
    limits::BPS,
};

/// The terms that plan and org offer, at the price and for the later periods that were signed.
pub(crate) fn offered((price, approved_periods): (u64, u32), org: &Org, plan: &Plan) -> Terms {
    let settings = &org.settings;
    Terms {
        price,
        period_secs: plan.period_secs,
        grace_secs: plan.grace_secs,
        hold_secs: settings.hold_secs,
        approved_periods,
        commission_bps: settings.commission_bps,
        boost_bps: settings.tiers.map(|tier| tier.points_boost_bps),
        discount_bps: settings.tiers.map(|tier| tier.discount_bps),
        period_months: plan.period_months,
        anchor_day: 0,
    }
}

/// Terms of another plan, at the rates that were signed first.
pub(crate) fn changed(before: &Terms, (price, approved_periods): (u64, u32), plan: &Plan) -> Terms {
    Terms {
        price,
        approved_periods,
        period_secs: plan.period_secs,
        period_months: plan.period_months,
        grace_secs: plan.grace_secs,
        ..*before
    }
}

/// The rate of `tier`, from 1; tier 0 has none.
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

/// The debit of a period at `price` with the largest of these discounts.
pub(crate) fn least_debit(price: u64, discounts_bps: &[u16]) -> u64 {
    let largest = discounts_bps.iter().copied().max().unwrap_or(0);
    price.saturating_sub(bps_of(price, largest))
}

/// `points` plus the boost of a tier.
pub(crate) fn boosted(terms: &Terms, points: u64, tier: u8) -> u64 {
    points.saturating_add(bps_of(points, rate(&terms.boost_bps, tier)))
}

/// Whether the price covers commission and keeper's fee in every charge, whatever the discount.
pub(crate) fn cover_shares(terms: &Terms, plan: &Plan) -> bool {
    let least = u128::from(least_debit(terms.price, &terms.discount_bps));
    let rates: u128 = terms.commission_bps.map(u128::from).iter().sum();
    let shares = least * rates / u128::from(BPS);
    shares + u128::from(plan.keeper_fee_cap) < least
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    #[test]
    fn what_all_share_in_leaves_the_merchant_something_after_the_largest_discount() {
        let mut terms = Terms::zeroed();
        terms.price = 1_000;
        terms.commission_bps = [3_000, 1_000, 1_000];
        terms.discount_bps[2] = 1_000;
        let covered = |keeper_fee_cap: u64| {
            let plan = Plan {
                keeper_fee_cap,
                ..Plan::zeroed()
            };
            cover_shares(&terms, &plan)
        };
        assert_eq!([449, 450, 451].map(covered), [true, false, false]);
    }
}
