//! What receipts say that vaults received and paid.

use crate::chain::Accounts;
use std::collections::{BTreeMap, HashMap};
use tessera_client::{
    Account, Event, address,
    types::{
        Address,
        events::{LedgerShare, Settlement},
    },
};
use tessera_indexer::history::ChainEvent;

/// What came into a vault, or left it when negative.
pub(super) struct Moved {
    pub(super) slot: u64,
    pub(super) amount: i128,
}

/// By vault, what moved after `read` was.
pub(super) fn after(read: &Accounts, events: &[ChainEvent]) -> HashMap<Address, Vec<Moved>> {
    let mut known = Known::of(&read.accounts);
    let mut moves: HashMap<Address, Vec<Moved>> = HashMap::new();
    for ChainEvent { slot, event, .. } in events {
        known.learn(event);
        if is_counted(read, event) {
            continue;
        }
        if let Some((vault, amount)) = known.moved(event)
            && amount != 0
        {
            let slot = *slot;
            moves.entry(vault).or_default().push(Moved { slot, amount });
        }
    }
    moves
}

/// Whether the account had this receipt when it was read; what is gone by then had all of its own.
fn is_counted(read: &Accounts, event: &Event) -> bool {
    let receipt = event.receipt();
    match read.accounts.get(&receipt.account) {
        Some(account) => {
            let header = account.header();
            (receipt.life, receipt.seq) <= (header.life, header.receipt_seq)
        }
        None => receipt.life < read.slot,
    }
}

/// Which vault an account's receipts move: of plans, subscriptions, invoices and ledgers that of the
/// org's commission, of campaigns and pools their own, of positions the pool.
#[derive(Default)]
struct Known {
    vaults: HashMap<Address, Address>,
    pools: HashMap<Address, Address>,
}

impl Known {
    fn of(accounts: &BTreeMap<Address, Account>) -> Self {
        let mut known = Self::default();
        for (at, account) in accounts {
            match account {
                Account::Plan(it) => known.vaults.insert(*at, it.vault),
                Account::Ledger(it) => {
                    let vault = address::vault(&it.org, &it.mint);
                    known.vaults.insert(*at, vault)
                }
                Account::Position(it) => known.pools.insert(*at, it.pool),
                _ => None,
            };
        }
        for (at, account) in accounts {
            let plan = match account {
                Account::Subscription(it) => it.plan,
                Account::Invoice(it) => it.plan,
                _ => continue,
            };
            known.follow(*at, &plan);
        }
        known
    }

    /// What the accounts do not know, or do not know any more.
    fn learn(&mut self, event: &Event) {
        let account = event.receipt().account;
        match event {
            Event::PlanCreated(it) => {
                self.vaults.insert(account, it.vault);
            }
            Event::LedgerOpened(it) => {
                let vault = address::vault(&it.org, &it.mint);
                self.vaults.insert(account, vault);
            }
            // Another plan of a subscription is of the same org and mint.
            Event::Subscribed(it, _) => self.follow(account, &it.plan),
            Event::InvoicePaid(it, _) => self.follow(account, &it.plan),
            Event::Staked(it) => {
                self.pools.insert(account, it.pool);
            }
            _ => {}
        }
    }

    fn follow(&mut self, account: Address, plan: &Address) {
        if let Some(vault) = self.vaults.get(plan) {
            self.vaults.insert(account, *vault);
        }
    }

    /// The vault that the receipt moved, and by how much.
    fn moved(&self, event: &Event) -> Option<(Address, i128)> {
        let account = event.receipt().account;
        let vault = || self.vaults.get(&account).copied();
        if let Some((settlement, shares)) = event.settlement() {
            return Some((vault()?, accrued(settlement, shares)));
        }
        let pool = || self.pools.get(&account);
        Some(match event {
            Event::Refunded(it, _) => (vault()?, -i128::from(it.from_vault)),
            Event::CommissionClaimed(it) => (vault()?, -i128::from(it.amount)),
            Event::VoucherClaimed(it) => {
                let vault = address::campaign_vault(&it.campaign);
                (vault, -i128::from(it.amount))
            }
            Event::PoolFunded(it) => (address::reward_vault(&account), it.amount.into()),
            Event::Staked(it) => (address::stake_vault(&it.pool), it.amount.into()),
            Event::Unstaked(it) => (address::stake_vault(pool()?), -i128::from(it.amount)),
            Event::Harvested(it) => (address::reward_vault(pool()?), -i128::from(it.amount)),
            _ => return None,
        })
    }
}

/// What of a payment went into the vault.
fn accrued(settlement: &Settlement, shares: &[LedgerShare]) -> i128 {
    let shares: i128 = shares.iter().map(|share| i128::from(share.amount)).sum();
    shares - i128::from(settlement.debt_repaid)
}
