//! The receivers of a payment's parts, and its mint.

use super::mints;
use crate::model::{Call, State, Verdict, call::present};
use std::iter::zip;
use tessera_types::{
    Address, NO_ADDRESS, REFERRAL_LEVELS, TesseraError,
    accounts::{Member, Plan},
    events::{LedgerShare, Settlement},
};

/// The vault and the ledgers among a payment's accounts.
pub(super) struct Handed {
    pub(super) vault: Option<Address>,
    pub(super) ledgers: [Option<Address>; REFERRAL_LEVELS],
}

impl Handed {
    pub(super) fn new(vault: Address, ledgers: [Address; REFERRAL_LEVELS]) -> Self {
        Self {
            vault: present(vault),
            ledgers: ledgers.map(present),
        }
    }

    /// Whether the vault is the plan's.
    pub(super) fn is_vault(&self, plan: &Plan) -> bool {
        self.vault == Some(plan.vault)
    }

    /// The ledgers of a member's referrers; each must be handed in and open.
    pub(super) fn require_referrers(
        &self,
        member: &Member,
        plan: &Plan,
        state: &State,
        verdict: &mut Verdict,
    ) -> [Address; REFERRAL_LEVELS] {
        let mut expected = [NO_ADDRESS; REFERRAL_LEVELS];
        let referrers = member.referrers.into_iter();
        let named = referrers.take_while(|it| *it != NO_ADDRESS);
        for ((referrer, given), place) in zip(zip(named, self.ledgers), &mut expected) {
            let known = given.and_then(|it| state.ledgers.get(&it));
            verdict.require(known.is_some(), TesseraError::MissingLedger);
            if let Some(ledger) = known {
                let theirs = (ledger.wallet, ledger.org) == (referrer, plan.org);
                verdict.require(theirs, TesseraError::WrongLedger);
                let same = ledger.mint == plan.mint;
                verdict.require(same, TesseraError::WrongMint);
            }
            *place = given.unwrap_or_default();
        }
        expected
    }

    /// Checks that vault and ledgers are those of the payment, and no others; returns whether the
    /// vault is frozen.
    pub(super) fn require_all(
        &self,
        plan: &Plan,
        expected: &[Address; REFERRAL_LEVELS],
        call: &Call,
        verdict: &mut Verdict,
    ) -> bool {
        let named = expected.iter().take_while(|it| **it != NO_ADDRESS);
        let levels = named.count();
        let none_above = self.ledgers.get(levels).is_none_or(Option::is_none);
        verdict.require(none_above, TesseraError::UnexpectedLedger);
        self.require(plan, expected, levels, verdict);
        self.vault_frozen(call)
    }

    /// Checks that the vault and the ledgers of so many levels are those of the payment.
    pub(super) fn require(
        &self,
        plan: &Plan,
        expected: &[Address; REFERRAL_LEVELS],
        levels: usize,
        verdict: &mut Verdict,
    ) {
        let same = levels == 0 || self.vault == Some(plan.vault);
        verdict.require(same, TesseraError::WrongVault);
        for (given, expected) in zip(self.ledgers, expected).take(levels) {
            verdict.require(given.is_some(), TesseraError::MissingLedger);
            let same = given.is_none_or(|it| it == *expected);
            verdict.require(same, TesseraError::WrongLedger);
        }
    }

    /// Whether its issuer has frozen the vault.
    pub(super) fn vault_frozen(&self, call: &Call) -> bool {
        let vault = self
            .vault
            .and_then(|it| call.surroundings.token_account(&it));
        vault.is_some_and(|it| it.frozen)
    }
}

/// The mint that a transfer of Token-2022 names, whose tokens have to arrive in full at the merchant;
/// `consents` are those that plan and subscriber share.
pub(super) fn payable_mint(
    mint: Option<Address>,
    plan: &Plan,
    consents: u8,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Address> {
    let program = &plan.token_program;
    let address = mints::deposited(mint, &plan.mint, program, call, verdict)?;
    let found = call.surroundings.mint(&address);
    if let Some(found) = found.filter(|it| it.program == *program) {
        let consented = consents & Plan::PERMANENT_DELEGATE != 0;
        let agreed = consented || !found.permanent_delegate;
        verdict.require(agreed, TesseraError::PermanentDelegate);
    }
    let destination = call.surroundings.token_account(&plan.destination);
    let destination = destination.filter(|it| it.program == *program);
    let there = destination.is_some();
    verdict.require(there, TesseraError::TokenAccountMissing);
    let silent = destination.is_none_or(|it| !it.wants_memo);
    verdict.require(silent, TesseraError::MemoRequired);
    Some(address)
}

/// The transfers of a payment: to the merchant, to the vault for the levels, and to a keeper.
pub(super) fn legs(
    (settlement, shares): (&Settlement, &[LedgerShare]),
    plan: &Plan,
    keeper: Option<Address>,
) -> Vec<(Address, u64)> {
    let shared = shares
        .iter()
        .fold(0, |sum: u64, it| sum.saturating_add(it.amount));
    let commission = shared.saturating_sub(settlement.debt_repaid);
    let mut legs = vec![
        (plan.destination, settlement.merchant),
        (plan.vault, commission),
    ];
    legs.extend(keeper.map(|it| (it, settlement.keeper_fee)));
    legs
}
