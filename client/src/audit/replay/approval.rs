//! What the delegates of token accounts may move.

use super::{Check, Replay, Report, at, missing};
use bytemuck::Zeroable;
use tessera_types::{
    Address,
    accounts::{Authority, Subscription, SubscriptionState},
    events::{Cancelled, Receipt, Subscribed},
};

/// What a subscription may still collect.
fn remaining(it: &Subscription) -> u128 {
    let periods = u128::from(it.terms.approved_periods) + 1;
    u128::from(it.terms.price) * periods.saturating_sub(u128::from(it.periods_paid))
}

/// Stops counting a subscription that ends, when it counts.
fn remove(authority: &mut Authority, it: &Subscription) {
    let counts = it.authority_generation == authority.generation;
    if counts && SubscriptionState::is_live(it.state) {
        let rest = u128::from(authority.outstanding).saturating_sub(remaining(it));
        authority.outstanding = u64::try_from(rest).unwrap_or(u64::MAX);
        authority.live_subscriptions = authority.live_subscriptions.saturating_sub(1);
    }
}

impl Replay {
    /// Counts the terms that were signed now instead of those `before`. A higher generation says
    /// that the token account was met without the approval: nothing signed before counts.
    pub(super) fn approve(
        &mut self,
        event: &Subscribed,
        before: &Subscription,
        mint: Address,
        report: &mut Report,
    ) {
        let receipt = &event.receipt;
        let authority = self
            .authorities
            .entry(event.payer_token)
            .or_insert_with(Authority::zeroed);
        authority.wallet = event.wallet;
        authority.mint = mint;
        authority.token_account = event.payer_token;
        if event.authority_generation > authority.generation {
            authority.generation = event.authority_generation;
            authority.outstanding = 0;
            authority.live_subscriptions = 0;
        }
        report.compare(
            Check::Approvals,
            at(receipt),
            "generation",
            authority.generation,
            event.authority_generation,
        );
        remove(authority, before);
        let added = u128::from(event.terms.price) * u128::from(event.terms.approved_periods);
        let outstanding = u128::from(authority.outstanding) + added;
        report.compare(
            Check::Approvals,
            at(receipt),
            "outstanding",
            outstanding,
            u128::from(event.outstanding),
        );
        authority.outstanding = event.outstanding;
        authority.live_subscriptions = authority.live_subscriptions.saturating_add(1);
    }

    /// Takes a debit off what is approved, which must be under the generation that was signed.
    pub(super) fn collect(
        &mut self,
        receipt: &Receipt,
        it: &Subscription,
        debit: u64,
        report: &mut Report,
    ) {
        let Some(authority) = self.authorities.get_mut(&it.payer_token) else {
            return missing(report, Check::Approvals, receipt, "authority");
        };
        report.compare(
            Check::Approvals,
            at(receipt),
            "generation",
            authority.generation,
            it.authority_generation,
        );
        let covered = debit <= authority.outstanding;
        let detail = format!("{debit} of {} are collected", authority.outstanding);
        report.require(Check::Approvals, at(receipt), covered, &detail);
        authority.outstanding = authority.outstanding.saturating_sub(debit);
    }

    /// Stops counting a subscription that its wallet ends.
    pub(super) fn withdraw(&mut self, event: &Cancelled, it: &Subscription, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(authority) = self.authorities.get_mut(&it.payer_token) else {
            return missing(report, Check::Approvals, receipt, "authority");
        };
        remove(authority, it);
        report.compare(
            Check::Approvals,
            at(receipt),
            "outstanding",
            authority.outstanding,
            event.outstanding,
        );
    }
}
