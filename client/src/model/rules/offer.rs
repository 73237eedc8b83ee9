//! What an org may sell.

use super::{part_of, settings};
use crate::model::Verdict;
use tessera_types::{
    TesseraError,
    accounts::{OrgSettings, Plan},
    args::CreatePlanArgs,
    limits::{BPS, MAX_PERIOD_MONTHS, MAX_PERIOD_SECS, MAX_TRIAL_SECS, MIN_PERIOD_SECS},
};

/// The shortest month, seconds.
const SHORTEST_MONTH_SECS: u64 = 28 * 24 * 60 * 60;

/// Checks a plan's terms at `now` (Unix seconds) against the limits, and its floor price against
/// the shares of all others at the present rates.
pub(crate) fn require(
    terms: &CreatePlanArgs,
    settings: &OrgSettings,
    now: i64,
    verdict: &mut Verdict,
) {
    let known = Plan::PERMANENT_DELEGATE | Plan::METERED | Plan::PRORATED;
    let plain = terms.spare == [0; 2] && terms.flags | known == known;
    verdict.require(plain, TesseraError::SpareNotZero);
    let metered = terms.flags & Plan::METERED != 0;
    let longest_trial = if metered { 0 } else { MAX_TRIAL_SECS };
    let trial = terms.trial_secs <= longest_trial;
    verdict.require(trial, TesseraError::TrialTooLong);
    let prices = [1, terms.price_floor, terms.price, terms.price_ceiling];
    verdict.require(prices.is_sorted(), TesseraError::PriceOutOfRange);
    require_times(terms, now, verdict);
    require_shares(terms, settings, verdict);
    let unpaid = !metered || terms.keeper_fee_cap == 0;
    verdict.require(unpaid, TesseraError::KeeperFeeTooHigh);
}

fn require_times(terms: &CreatePlanArgs, now: i64, verdict: &mut Verdict) {
    let (secs, months) = (terms.period_secs, terms.period_months);
    let by_secs = months == 0 && (MIN_PERIOD_SECS..=MAX_PERIOD_SECS).contains(&secs);
    let by_months = secs == 0 && (1..=MAX_PERIOD_MONTHS).contains(&months);
    verdict.require(by_secs || by_months, TesseraError::PeriodOutOfRange);
    let shortest = match months {
        0 => u64::from(secs),
        months => u64::from(months) * SHORTEST_MONTH_SECS,
    };
    let grace = 2 * u64::from(terms.grace_secs);
    verdict.require(grace <= shortest, TesseraError::GraceTooLong);
    verdict.require(terms.ends_at > now, TesseraError::PlanEnded);
}

/// Checks that the shares leave the merchant something of the least debit for a period.
fn require_shares(terms: &CreatePlanArgs, settings: &OrgSettings, verdict: &mut Verdict) {
    let discounts = settings.tiers.map(|tier| tier.discount_bps);
    let discount = discounts.into_iter().max().unwrap_or(0);
    let floor = u128::from(terms.price_floor);
    let off = part_of(floor, discount.into(), BPS.into());
    let least = floor.saturating_sub(off.into());
    let shares = part_of(least, settings::commission(settings).into(), BPS.into());
    let sum = u128::from(shares) + u128::from(terms.keeper_fee_cap);
    verdict.require(sum < least, TesseraError::KeeperFeeTooHigh);
    let fits = sum <= u128::from(u64::MAX);
    verdict.require(fits, TesseraError::ArithmeticOverflow);
}
