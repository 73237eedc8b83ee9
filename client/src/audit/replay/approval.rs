//! What the delegates of token accounts may move.

use super::{Check, Report, State, at, missing};
use crate::model::rules::approval::{clip, remaining, remove};
use bytemuck::Zeroable;
use tessera_types::{
    Address,
    accounts::{Authority, Subscription},
    events::Receipt,
};

/// What a wallet approved with a signature.
pub(super) struct Approval<'a> {
    pub(super) receipt: &'a Receipt,
    pub(super) mint: Address,
    /// What the receipt says the authority may move with it.
    pub(super) outstanding: u64,
    /// Whether the authority may be a new one, or another wallet's until now.
    pub(super) opens: bool,
}

impl State {
    /// Counts a subscription as it was signed now, `it`, instead of as it was `before`. A higher
    /// generation says that the token account was met without the approval: nothing signed before
    /// counts.
    pub(super) fn approve(
        &mut self,
        approval: &Approval,
        before: &Subscription,
        it: &Subscription,
        report: &mut Report,
    ) {
        let (receipt, check) = (approval.receipt, Check::Approvals);
        let address = self.delegate(it.payer_token);
        if !approval.opens && !self.authorities.contains_key(&address) {
            return missing(report, check, receipt, "authority");
        }
        let authority = self
            .authorities
            .entry(address)
            .or_insert_with(Authority::zeroed);
        let same = authority.wallet == it.wallet && authority.mint == approval.mint;
        let renewed = it.authority_generation > authority.generation;
        let detail = "what another wallet approved, or in another mint, still counts";
        let theirs = same || approval.opens && renewed;
        report.require(check, at(receipt), theirs, detail);
        authority.wallet = it.wallet;
        authority.mint = approval.mint;
        authority.token_account = it.payer_token;
        if renewed {
            authority.generation = it.authority_generation;
            authority.outstanding = 0;
            authority.live_subscriptions = 0;
        }
        let generations = (authority.generation, it.authority_generation);
        report.compare(
            check,
            at(receipt),
            "generation",
            generations.0,
            generations.1,
        );
        remove(authority, before);
        let outstanding = u128::from(authority.outstanding) + remaining(it);
        let found = u128::from(approval.outstanding);
        report.compare(check, at(receipt), "outstanding", outstanding, found);
        authority.outstanding = approval.outstanding;
        authority.live_subscriptions = authority.live_subscriptions.saturating_add(1);
    }

    /// Takes what a charge uses up off what is approved, which must be under the generation that
    /// was signed.
    pub(super) fn collect(
        &mut self,
        receipt: &Receipt,
        it: &Subscription,
        spent: u128,
        report: &mut Report,
    ) {
        let address = self.delegate(it.payer_token);
        let Some(authority) = self.authorities.get_mut(&address) else {
            return missing(report, Check::Approvals, receipt, "authority");
        };
        report.compare(
            Check::Approvals,
            at(receipt),
            "generation",
            authority.generation,
            it.authority_generation,
        );
        let outstanding = u128::from(authority.outstanding);
        let detail = format!("{spent} of {outstanding} are collected");
        report.require(Check::Approvals, at(receipt), spent <= outstanding, &detail);
        authority.outstanding = clip(outstanding.saturating_sub(spent));
    }

    /// Stops counting a subscription when it `ends`, and checks what its receipt says of the rest;
    /// an authority that was closed may move nothing.
    pub(super) fn withdraw(
        &mut self,
        receipt: &Receipt,
        it: &Subscription,
        ends: bool,
        outstanding: u64,
        report: &mut Report,
    ) {
        let address = self.delegate(it.payer_token);
        let mut expected = 0;
        if let Some(authority) = self.authorities.get_mut(&address) {
            if ends {
                remove(authority, it);
            }
            expected = authority.outstanding;
        }
        report.compare(
            Check::Approvals,
            at(receipt),
            "outstanding",
            expected,
            outstanding,
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
    fn found_after(wallet: Address, mint: Address, generation: u64, opens: bool) -> usize {
        let (mut replay, mut report) = (State::default(), Report::default());
        let receipt = Receipt::zeroed();
        let mut approval = Approval {
            receipt: &receipt,
            mint: MINT,
            outstanding: 0,
            opens: true,
        };
        let before = Subscription::zeroed();
        let mut it = Subscription::zeroed();
        (it.wallet, it.payer_token) = (ANN, TOKEN);
        it.authority_generation = 5;
        replay.approve(&approval, &before, &it, &mut report);
        assert_eq!(report.findings, []);
        (it.wallet, it.authority_generation) = (wallet, generation);
        (approval.mint, approval.opens) = (mint, opens);
        replay.approve(&approval, &before, &it, &mut report);
        report.findings.len()
    }

    #[test]
    fn another_wallet_or_mint_begins_a_generation_with_a_subscription() {
        assert_eq!(found_after(ANN, MINT, 5, true), 0);
        assert_eq!(found_after(BOB, MINT, 5, true), 1);
        assert_eq!(found_after(ANN, OTHER_MINT, 5, true), 1);
        assert_eq!(found_after(BOB, OTHER_MINT, 6, true), 0);
        assert_eq!(found_after(ANN, MINT, 6, false), 0);
        assert_eq!(found_after(BOB, MINT, 6, false), 1);
    }
}
