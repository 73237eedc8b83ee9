//! Whether vaults hold what is owed from them: commission to ledgers, stakes to positions, rewards
//! that were put in and not paid.

use super::{Check, Finding, Report, Snapshot};
use crate::{address, decode::Account};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use tessera_types::{Address, accounts::Plan};

/// The vaults of these accounts, whose balances an audit needs.
pub fn vaults(accounts: &BTreeMap<Address, Account>) -> BTreeSet<Address> {
    let named = accounts.values().flat_map(|account| match account {
        Account::Plan(it) => vec![it.vault],
        Account::Campaign(it) => vec![it.vault],
        Account::StakePool(it) => vec![it.stake_vault, it.reward_vault],
        _ => vec![],
    });
    named.collect()
}

/// What a vault owes, and in which token.
#[derive(Default)]
struct Owed {
    amount: u128,
    mint: Address,
}

/// What every vault owes.
#[derive(Default)]
struct Debts {
    vaults: BTreeMap<Address, Owed>,
    /// What claims of a campaign wait for, which it need not hold yet.
    waiting: BTreeMap<Address, u128>,
    /// Mints whose permanent delegate a plan consents to: the program takes that consent only where
    /// there is one.
    seizable: HashSet<Address>,
}

impl Debts {
    fn of(snapshot: &Snapshot) -> Self {
        let mut debts = Self::default();
        let mut vaults: HashMap<(Address, Address), Address> = HashMap::new();
        for (at, account) in &snapshot.accounts {
            match account {
                Account::Ledger(ledger) => {
                    let vault = *vaults
                        .entry((ledger.org, ledger.mint))
                        .or_insert_with(|| address::vault(&ledger.org, &ledger.mint));
                    for amount in [ledger.held, ledger.queued, ledger.claimable] {
                        debts.add(vault, ledger.mint, amount.into());
                    }
                }
                Account::StakePool(pool) => {
                    let left = u128::from(pool.funded).saturating_sub(pool.paid.into());
                    debts.add(pool.reward_vault, pool.reward_mint, left);
                }
                Account::Position(position) => {
                    if let Some(Account::StakePool(pool)) = snapshot.accounts.get(&position.pool) {
                        debts.add(pool.stake_vault, pool.stake_mint, position.staked.into());
                    } else {
                        debts.add(*at, Address::default(), position.staked.into());
                    }
                }
                Account::Claim(claim) => {
                    let left = u128::from(claim.entitled.saturating_sub(claim.claimed));
                    *debts.waiting.entry(claim.campaign).or_default() += left;
                }
                Account::Plan(plan) if plan.flags & Plan::PERMANENT_DELEGATE != 0 => {
                    debts.seizable.insert(plan.mint);
                }
                _ => {}
            }
        }
        debts
    }

    fn add(&mut self, vault: Address, mint: Address, amount: u128) {
        let owed = self.vaults.entry(vault).or_default();
        owed.amount += amount;
        owed.mint = mint;
    }
}

pub(super) fn check(snapshot: &Snapshot, report: &mut Report) {
    let debts = Debts::of(snapshot);
    let held = |vault: &Address| snapshot.vaults.get(vault).copied().unwrap_or(0);
    for (vault, Owed { amount, mint }) in &debts.vaults {
        report.count(Check::Solvency);
        let held = held(vault);
        if u128::from(held) >= *amount {
            continue;
        }
        let detail = format!("the vault holds {held} and owes {amount}");
        if debts.seizable.contains(mint) {
            let seized = "the mint's permanent delegate may have seized the rest";
            notice(report, *vault, format!("{detail}; {seized}"));
            continue;
        }
        report.refuse(Check::Solvency, (*vault, None), detail);
    }
    for (campaign, waiting) in &debts.waiting {
        let Some(Account::Campaign(campaign)) = snapshot.accounts.get(campaign) else {
            continue;
        };
        // The cap ends what can be claimed.
        let left = campaign.cap.saturating_sub(campaign.claimed);
        let waiting = (*waiting).min(left.into());
        let held = held(&campaign.vault);
        if u128::from(held) < waiting {
            let detail = format!("the campaign holds {held}, and claims wait for {waiting}");
            notice(report, campaign.vault, detail);
        }
    }
}

fn notice(report: &mut Report, account: Address, detail: String) {
    report.notices.push(Finding {
        check: Check::Solvency,
        account,
        seq: None,
        detail,
    });
}
