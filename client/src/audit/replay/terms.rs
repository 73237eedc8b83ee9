//! What a wallet signs: the plan's price or a quote's, and the org's rates of that day.

use super::{Check, Report, at, bps_of};
use crate::audit::report::compare_fields;
use tessera_types::{
    accounts::{Plan, Subscription, Terms},
    events::Receipt,
};

/// Terms that a wallet signed, and what it signed them for.
pub(super) struct Signature<'a> {
    pub(super) receipt: &'a Receipt,
    pub(super) plan: &'a Plan,
    pub(super) terms: &'a Terms,
    pub(super) quote_nonce: u64,
    pub(super) quote_deadline: i64,
    pub(super) consents: u8,
}

impl Signature<'_> {
    /// Checks that what was signed is `expected`, at a price that is allowed and pays all who share
    /// in it.
    pub(super) fn require(&self, expected: &Terms, report: &mut Report) {
        let (at, signed) = (at(self.receipt), self.terms);
        compare_fields!(
            report, Check::Subscriptions, at, expected, signed;
            period_secs, grace_secs, hold_secs, boost_bps, discount_bps, period_months, anchor_day,
        );
        compare_fields!(report, Check::Commission, at, expected, signed; commission_bps);
        let approved = signed.approved_periods > 0;
        let detail = "no later period is approved";
        report.require(Check::Subscriptions, at, approved, detail);
        let (flags, consents) = (self.plan.flags, self.consents);
        let asked = flags & (Plan::METERED | Plan::PERMANENT_DELEGATE);
        let metered = (flags ^ consents) & Plan::METERED == 0;
        let detail = "consents that the plan does not ask for, or none to usage";
        let consented = metered && consents & !asked == 0;
        report.require(Check::Subscriptions, at, consented, detail);
        let allowed = match self.quote_nonce {
            0 => signed.price == self.plan.price,
            _ => (self.plan.price_floor..=self.plan.price_ceiling).contains(&signed.price),
        };
        let detail = format!("a price of {} is not allowed", signed.price);
        report.require(Check::Charges, at, allowed, &detail);
        let most = signed.discount_bps.into_iter().max().unwrap_or(0);
        let least = signed.price.saturating_sub(bps_of(signed.price, most));
        let least = u128::from(least);
        let rates: u128 = signed.commission_bps.map(u128::from).iter().sum();
        let shared = least * rates / 10_000 + u128::from(self.plan.keeper_fee_cap);
        let detail = format!("of a price of {least} commission and keeper take {shared}");
        report.require(Check::Charges, at, shared <= least, &detail);
    }

    /// Checks that a quote is used once and in time, and keeps that it was.
    pub(super) fn use_quote(&self, it: &mut Subscription, report: &mut Report) {
        if self.quote_nonce == 0 {
            return;
        }
        let at = at(self.receipt);
        let fresh = self.quote_nonce > it.quote_nonce;
        let detail = "a quote is used a second time";
        report.require(Check::Subscriptions, at, fresh, detail);
        let in_time = self.receipt.at <= self.quote_deadline;
        let detail = "a quote is used after its deadline";
        report.require(Check::Subscriptions, at, in_time, detail);
        it.quote_nonce = it.quote_nonce.max(self.quote_nonce);
        it.quote_deadline = it.quote_deadline.max(self.quote_deadline);
    }
}
