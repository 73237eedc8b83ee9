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
        let same = authority.wallet == event.wallet && authority.mint == mint;
        let renewed = event.authority_generation > authority.generation;
        let detail = "what another wallet approved, or in another mint, still counts";
        report.require(Check::Approvals, at(receipt), same || renewed, detail);
        authority.wallet = event.wallet;
        authority.mint = mint;
        authority.token_account = event.payer_token;
        if renewed {
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

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Address = Address::new_from_array([1; 32]);
    const BOB: Address = Address::new_from_array([2; 32]);
    const MINT: Address = Address::new_from_array([3; 32]);
    const OTHER_MINT: Address = Address::new_from_array([4; 32]);
    const TOKEN: Address = Address::new_from_array([5; 32]);

    /// What is found when the same token account is signed for once more.
    fn found_after(wallet: Address, mint: Address, generation: u64) -> usize {
        let (mut replay, mut report) = (Replay::default(), Report::default());
        let mut event = Subscribed::zeroed();
        (event.wallet, event.payer_token) = (ANN, TOKEN);
        event.authority_generation = 5;
        let before = Subscription::zeroed();
        replay.approve(&event, &before, MINT, &mut report);
        assert_eq!(report.findings, []);
        (event.wallet, event.authority_generation) = (wallet, generation);
        replay.approve(&event, &before, mint, &mut report);
        report.findings.len()
    }

    #[test]
    fn another_wallet_or_mint_begins_a_generation() {
        assert_eq!(found_after(ANN, MINT, 5), 0);
        assert_eq!(found_after(BOB, MINT, 5), 1);
        assert_eq!(found_after(ANN, OTHER_MINT, 5), 1);
        assert_eq!(found_after(BOB, OTHER_MINT, 6), 0);
    }
}
