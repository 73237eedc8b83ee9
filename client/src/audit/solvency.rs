//! What vaults owe: commission to ledgers, stakes to positions, rewards that were put in and not
//! paid. Kept up to date receipt by receipt.

use super::{Check, Report};
use crate::{address, decode::Event, model::State};
use std::collections::{BTreeSet, HashMap};
use tessera_types::{Address, accounts::Claim};

/// A vault that holds less than it owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// What it holds, in the mint's smallest unit.
    pub held: u64,
    /// What it owes.
    pub owed: u128,
    /// Whether those concerned agreed to a permanent delegate, who may have seized the rest.
    pub seizable: bool,
}

/// What a mint's permanent delegate is known to have taken from a vault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seized {
    /// How much, in the mint's smallest unit.
    pub amount: u128,
    /// The transactions that took it, and which were not looked at, in words.
    pub detail: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Vault {
    owed: u128,
    mint: Address,
}

/// What vaults owe after the receipts so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Owed {
    vaults: HashMap<Address, Vault>,
    /// Vaults of commission by org and mint: derived once for each.
    of_orgs: HashMap<(Address, Address), Address>,
    /// By campaign, what its claims wait for.
    waiting: HashMap<Address, u128>,
}

/// A debt and its debtor: a vault, in a token, or a campaign.
enum Debt {
    Vault(Address, Address, u128),
    Campaign(Address, u128),
}

impl Owed {
    /// What is owed in a state that earlier receipts made.
    #[cfg(any(test, feature = "checkpoint"))]
    pub(super) fn of(state: &State) -> Self {
        let mut owed = Self::default();
        let accounts = state.ledgers.keys().chain(state.pools.keys());
        let accounts = accounts
            .chain(state.positions.keys())
            .chain(state.claims.keys());
        for account in accounts {
            let debts = owed.debts(state, account);
            owed.book(debts, true);
        }
        owed
    }

    /// Takes the debts of the accounts that `event` changes off as they are before it, or adds them
    /// as they are after it.
    pub(super) fn turn(&mut self, state: &State, event: &Event, after: bool) {
        let account = &event.receipt().account;
        // A harvest is a receipt of the position, and lowers what the pool still owes.
        let named = match event {
            Event::Harvested(_) => state.positions.get(account).map(|it| it.pool),
            _ => None,
        };
        let shares = event.shares().iter().map(|share| share.ledger);
        let touched: BTreeSet<Address> = shares.chain(named).chain([*account]).collect();
        for account in touched {
            let debts = self.debts(state, &account);
            self.book(debts, after);
        }
        if !after && matches!(event, Event::Closed(_)) {
            self.forget(state, account);
        }
    }

    /// Drops what is known of the vaults of a pool or a ledger that closes, as far as they owe nothing.
    fn forget(&mut self, state: &State, account: &Address) {
        let mut vaults = vec![];
        if let Some(it) = state.pools.get(account) {
            vaults.extend([it.stake_vault, it.reward_vault]);
        }
        if let Some(it) = state.ledgers.get(account)
            && let Some(vault) = self.of_orgs.get(&(it.org, it.mint)).copied()
            && self.owed_by(&vault) == 0
        {
            self.of_orgs.remove(&(it.org, it.mint));
            vaults.push(vault);
        }
        vaults.retain(|vault| self.owed_by(vault) == 0);
        for vault in vaults {
            self.vaults.remove(&vault);
        }
    }

    /// How many entries are kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.vaults.len() + self.of_orgs.len() + self.waiting.len()
    }

    /// What is owed to an account, or by it.
    fn debts(&mut self, state: &State, account: &Address) -> Option<Debt> {
        if let Some(it) = state.ledgers.get(account) {
            let vault = self.of_orgs.entry((it.org, it.mint));
            let vault = vault.or_insert_with(|| address::vault(&it.org, &it.mint));
            let parts = [it.held, it.queued, it.claimable];
            let amount = parts.into_iter().fold(0, u128::saturating_add);
            return Some(Debt::Vault(*vault, it.mint, amount));
        }
        if let Some(it) = state.pools.get(account) {
            let left = it.funded.saturating_sub(it.paid);
            return Some(Debt::Vault(it.reward_vault, it.reward_mint, left.into()));
        }
        if let Some(it) = state.positions.get(account) {
            let pool = state.pools.get(&it.pool)?;
            let staked = it.staked.into();
            return Some(Debt::Vault(pool.stake_vault, pool.stake_mint, staked));
        }
        let it = state.claims.get(account)?;
        Some(Debt::Campaign(it.campaign, left(it)))
    }

    fn book(&mut self, debt: Option<Debt>, more: bool) {
        let turn = |sum: &mut u128, amount: u128| {
            *sum = match more {
                true => sum.saturating_add(amount),
                false => sum.saturating_sub(amount),
            }
        };
        match debt {
            Some(Debt::Vault(vault, mint, amount)) => {
                let known = self.vaults.entry(vault).or_default();
                known.mint = mint;
                turn(&mut known.owed, amount);
            }
            Some(Debt::Campaign(campaign, amount)) => {
                let sum = self.waiting.entry(campaign).or_default();
                turn(sum, amount);
                if *sum == 0 {
                    self.waiting.remove(&campaign);
                }
            }
            None => {}
        }
    }

    /// Whether both say the same debts, however they were counted.
    #[cfg(test)]
    pub(super) fn owes_as(&self, other: &Self) -> bool {
        let owed = |it: &Self| -> BTreeSet<(Address, u128)> {
            let owed = it.vaults.iter().filter(|(_, vault)| vault.owed > 0);
            owed.map(|(at, vault)| (*at, vault.owed)).collect()
        };
        owed(self) == owed(other)
    }

    /// What a vault owes.
    pub(super) fn owed_by(&self, vault: &Address) -> u128 {
        self.vaults.get(vault).map_or(0, |it| it.owed)
    }

    /// The mint of a vault that owes something, or once did.
    pub(super) fn mint(&self, vault: &Address) -> Option<Address> {
        self.vaults.get(vault).map(|it| it.mint)
    }

    /// The vaults that owe ledgers something, of one org or of all, even when all their plans are
    /// closed.
    pub(super) fn owing(&self, org: Option<Address>) -> impl Iterator<Item = Address> {
        let meant = move |of: &Address| org.is_none_or(|org| org == *of);
        let known = self.of_orgs.iter().filter(move |((of, _), _)| meant(of));
        let owes = |vault: &Address| self.vaults.get(vault).is_some_and(|it| it.owed > 0);
        known.map(|(_, vault)| *vault).filter(owes)
    }

    /// Notes when a campaign's vault holds less than its claims wait for. It breaks no law: the
    /// vault need not hold that yet.
    pub(super) fn wait(&self, state: &State, campaign: &Address, held: u64, report: &mut Report) {
        let Some(it) = state.campaigns.get(campaign) else {
            return;
        };
        let waiting = self.waiting.get(campaign).copied().unwrap_or(0);
        // No more than the cap can be claimed.
        let waiting = waiting.min(it.cap.saturating_sub(it.claimed).into());
        if u128::from(held) < waiting {
            let detail = format!("the campaign holds {held}, and claims wait for {waiting}");
            report.note(Check::Solvency, it.vault, detail);
        }
    }
}

/// What a claim waits for.
fn left(it: &Claim) -> u128 {
    u128::from(it.entitled.saturating_sub(it.claimed))
}

/// The vaults of accounts that are open, of one org or of all.
pub(super) fn vaults(state: &State, org: Option<Address>) -> BTreeSet<Address> {
    let meant = |of: &Address| org.is_none_or(|org| org == *of);
    let plans = state.plans.values().filter(|it| meant(&it.org));
    let campaigns = state.campaigns.values().filter(|it| meant(&it.org));
    let pools = state.pools.values().filter(|it| meant(&it.org));
    let pools = pools.flat_map(|it| [it.stake_vault, it.reward_vault]);
    let vaults = plans.map(|it| it.vault);
    vaults
        .chain(campaigns.map(|it| it.vault))
        .chain(pools)
        .collect()
}
