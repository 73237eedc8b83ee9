//! An audit under way: receipts pass one by one, and accounts are looked at in between.

use super::{
    Check, Report, Scope, Seized, Shortage, Totals, accounts, chains, movements,
    solvency::{self, Owed},
    totals,
};
use crate::{
    carried::Tokens,
    decode::{Account, Event},
    model::State,
};
use std::collections::{BTreeSet, HashMap, HashSet};
use tessera_types::{Address, ID};

/// A receipt as it passes.
#[derive(Debug, Clone, Copy)]
pub struct Passing<'a> {
    /// The slot of its transaction, where it is known: lives and generations begin with it.
    pub slot: Option<u64>,
    /// The transaction's first signature, where it is known.
    pub transaction: Option<[u8; 64]>,
    /// The receipt as carried, discriminator included.
    pub raw: &'a [u8],
    /// What the same invocation did with tokens, where that is known.
    pub tokens: Option<&'a Tokens>,
}

/// What was seen of one account, or of one vault.
#[derive(Debug, Clone, Default)]
pub struct Looked {
    report: Report,
    shortage: Option<Shortage>,
}

impl Looked {
    /// Whether the account is as receipts made it, and the vault holds what it owes.
    pub fn holds(&self) -> bool {
        self.report.findings.is_empty() && self.shortage.is_none()
    }

    /// How much a vault is short of what it owes.
    pub fn shortage(&self) -> Option<Shortage> {
        self.shortage
    }
}

/// Everything that receipts made so far, and what was found.
#[derive(Default)]
pub struct Auditor {
    pub(super) state: State,
    pub(super) sums: Totals,
    owed: Owed,
    scope: Scope,
    report: Report,
    /// Lives of accounts whose chain broke: what follows of them proves nothing.
    broken: HashSet<(Address, u64)>,
    /// What vaults held when they were looked at.
    held: HashMap<Address, u64>,
}

impl Auditor {
    /// An audit from the network's beginning.
    pub fn new(scope: Scope) -> Self {
        Self {
            scope,
            ..Self::default()
        }
    }

    /// An audit that goes on from the state and the sums that earlier receipts made.
    #[cfg(any(test, feature = "checkpoint"))]
    pub(super) fn resume(state: State, sums: Totals, scope: Scope) -> Self {
        Self {
            owed: Owed::of(&state),
            // An audit of a part sums only what it reads itself.
            sums: if scope.is_all() {
                sums
            } else {
                Totals::default()
            },
            state,
            scope,
            ..Self::default()
        }
    }

    /// Takes the next receipt in chain order.
    pub fn take(&mut self, passing: &Passing) {
        self.report.transaction = passing.transaction;
        match Event::decode(passing.raw) {
            Ok(event) => self.take_event(passing, &event),
            Err(error) => {
                let detail = format!("a receipt cannot be decoded: {error}");
                self.report.refuse(Check::Receipts, (ID, None), detail);
            }
        }
        self.report.transaction = None;
    }

    /// Reports a transaction that calls the program and cannot be read.
    pub fn miss(&mut self, transaction: [u8; 64], reason: &str) {
        self.report.transaction = Some(transaction);
        let detail = format!("a transaction cannot be read: {reason}");
        self.report.refuse(Check::Receipts, (ID, None), detail);
        self.report.transaction = None;
    }

    /// Checks an invocation of the program that left no receipt: it must not touch tokens.
    pub fn take_unstated(&mut self, transaction: [u8; 64], tokens: &Tokens) {
        if !tokens.is_empty() {
            self.report.transaction = Some(transaction);
            let detail = movements::describe_unstated(tokens);
            self.report.refuse(Check::Receipts, (ID, None), detail);
            self.report.transaction = None;
        }
    }

    fn take_event(&mut self, passing: &Passing, event: &Event) {
        let receipt = event.receipt();
        let life = (receipt.account, receipt.life);
        if self.broken.contains(&life) {
            return;
        }
        let mut meant = self.scope.includes(&self.state, &receipt.account);
        let mut report = match self.scope.is_all() {
            true => std::mem::take(&mut self.report),
            false => self.report.apart(),
        };
        if let Err((at, detail)) = chains::follow(&self.state, event) {
            self.broken.insert(life);
            report.refuse(Check::Receipts, at, detail);
        } else {
            let mint = totals::mint(&self.state, event);
            if let Some(tokens) = passing.tokens {
                movements::check(&self.state, event, tokens, &mut report);
            }
            self.owed.turn(&self.state, event, false);
            self.state.apply(event, passing, &mut report);
            if let Some(tokens) = passing.tokens {
                movements::check_approvals(&self.state, event, tokens, &mut report);
            }
            self.owed.turn(&self.state, event, true);
            meant |= self.scope.includes(&self.state, &receipt.account);
            if meant {
                self.sums.add(mint, event);
            }
        }
        if self.scope.is_all() {
            self.report = report;
        } else if meant {
            self.report.merge(report);
        }
    }

    /// Compares the account at `address`, or its absence, with what the receipts so far made.
    pub fn look(&self, address: &Address, account: Option<&Account>) -> Looked {
        let mut report = Report::default();
        match account {
            Some(account) => {
                let header = account.header();
                if !self.broken.contains(&(*address, header.life)) {
                    report.count(Check::Receipts);
                    if let Err((at, detail)) = chains::end(&self.state, *address, header) {
                        report.refuse(Check::Receipts, at, detail);
                    }
                }
                accounts::compare_one(address, account, &self.state, &mut report);
            }
            None if self.is_broken(address) => {}
            None => accounts::require_gone(address, &self.state, &mut report),
        }
        Looked {
            report,
            shortage: None,
        }
    }

    /// Whether the chain of an open account broke.
    fn is_broken(&self, address: &Address) -> bool {
        let life = self.state.life(address);
        life.is_some_and(|life| self.broken.contains(&(*address, life)))
    }

    /// Does the same as [`Self::look`] with an account's data as a node shows them.
    pub fn look_at_data(&self, address: &Address, data: Option<&[u8]>) -> Looked {
        // Anybody can give the program an account without data, and a closed org leaves its header.
        let data = data
            .filter(|data| data.iter().any(|byte| *byte != 0) && !crate::decode::is_closed(data));
        match data.map(Account::decode).transpose() {
            Ok(account) => self.look(address, account.as_ref()),
            Err(error) => {
                let mut looked = Looked::default();
                let detail = format!("the account cannot be decoded: {error}");
                looked
                    .report
                    .refuse(Check::Receipts, (*address, None), detail);
                looked
            }
        }
    }

    /// What a vault owes, in the mint's smallest unit.
    pub fn owed_by(&self, vault: &Address) -> u128 {
        self.owed.owed_by(vault)
    }

    /// What a vault that holds `held` is short of now.
    pub fn look_at_vault(&self, vault: &Address, held: u64) -> Looked {
        self.look_at_vault_that_owed(vault, held, self.owed_by(vault))
    }

    /// What a vault was short of when it held `held` and owed `owed`.
    pub fn look_at_vault_that_owed(&self, vault: &Address, held: u64, owed: u128) -> Looked {
        let mut report = Report::default();
        report.count(Check::Solvency);
        let shortage = (u128::from(held) < owed).then(|| Shortage {
            held,
            owed,
            seizable: self.is_seizable(vault),
        });
        Looked { report, shortage }
    }

    /// Whether those concerned agreed to a permanent delegate of the vault's mint.
    fn is_seizable(&self, vault: &Address) -> bool {
        let mint = self.owed.mint(vault);
        mint.is_some_and(|mint| self.state.consents.contains(&mint))
    }

    /// Adds what was seen to the report.
    pub fn book(&mut self, looked: Looked) {
        self.report.merge(looked.report);
    }

    /// Adds what was seen of a vault to the report; `seized` is what its issuer is known to have
    /// taken. A shortage that it does not explain breaks the law.
    pub fn book_vault(&mut self, vault: &Address, held: u64, looked: Looked, seized: &Seized) {
        self.held.insert(*vault, held);
        let shortage = looked.shortage;
        self.report.merge(looked.report);
        let Some(Shortage {
            held,
            owed,
            seizable,
        }) = shortage
        else {
            return;
        };
        let short = owed - u128::from(held);
        let mut detail = format!("the vault holds {held} and owes {owed}");
        if !seizable {
            return self.report.refuse(Check::Solvency, (*vault, None), detail);
        }
        let rest = short.saturating_sub(seized.amount);
        if !seized.detail.is_empty() {
            detail = format!("{detail}; {}", seized.detail);
        }
        if seized.amount > 0 {
            self.report.note(Check::Solvency, *vault, detail.clone());
        }
        if rest > 0 {
            let detail = format!("{detail}; nothing explains that {rest} are missing");
            self.report.refuse(Check::Solvency, (*vault, None), detail);
        }
    }

    /// Notes the campaigns that hold less than their claims wait for, by the balances seen.
    fn note_waiting(&mut self) {
        for (campaign, it) in &self.state.campaigns {
            if let Some(held) = self.held.get(&it.vault)
                && self.scope.includes(&self.state, campaign)
            {
                self.owed
                    .wait(&self.state, campaign, *held, &mut self.report);
            }
        }
    }

    /// The accounts in scope that must be open.
    pub fn accounts(&self) -> impl Iterator<Item = &Address> {
        let state = &self.state;
        let open = state.chains.keys();
        let never_closed = state.authorities.keys();
        let never_closed = never_closed.filter(|it| !state.chains.contains_key(*it));
        open.chain(never_closed)
            .filter(|it| self.scope.includes(state, it))
    }

    /// The vaults of the open accounts in scope.
    pub fn vaults(&self) -> BTreeSet<Address> {
        if self.scope.wallet.is_some() {
            return BTreeSet::new();
        }
        let mut vaults = solvency::vaults(&self.state, self.scope.org);
        vaults.extend(self.owed.owing(self.scope.org));
        vaults
    }

    #[cfg(test)]
    pub(super) fn owed(&self) -> &Owed {
        &self.owed
    }

    /// What was found so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Ends the audit: what it found, with the sums.
    pub fn finish(mut self) -> Report {
        self.note_waiting();
        let mut totals = self.sums;
        totals.count(&self.state, |account| {
            self.scope.includes(&self.state, account)
        });
        let vaults: HashMap<Address, Address> = self
            .state
            .plans
            .values()
            .map(|plan| (plan.vault, plan.mint))
            .collect();
        for (vault, mint) in vaults {
            if let Some(held) = self.held.get(&vault) {
                totals.mints.entry(mint).or_default().vaults += u128::from(*held);
            }
        }
        self.report.totals = totals;
        self.report
    }
}
