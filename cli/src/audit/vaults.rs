//! What vaults held at the moment at which the program's accounts were read.
//!
//! Vaults are accounts of the token programs, so they are read a little later. What charges and
//! claims moved meanwhile stands in the history and is taken off again. Units that strangers send
//! stay in, so that nobody keeps an audit from its end by sending some.

use super::AuditError;
use crate::chain::{Accounts, Balance, Chain};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};
use tessera_client::{Account, Event, address, types::Address};
use tessera_indexer::history::ChainEvent;
use tokio::time::sleep;

/// Readings of different slots: what moves in the very slot of a reading may be in it or not, as
/// far as some nodes go, so each vault is taken from a reading in whose slot it rests.
const READINGS: usize = 4;
/// Times that a node may be behind the one that showed the accounts.
const PATIENCE: usize = 20;
/// Longer than a slot takes.
const PAUSE: Duration = Duration::from_millis(500);

/// Balances by vault, read one after the other.
type Reading = BTreeMap<Address, Balance>;

/// Balances of all vaults, later than `accounts`, at several moments.
pub(super) async fn read(chain: &Chain, accounts: &Accounts) -> Result<Vec<Reading>, AuditError> {
    let vaults: BTreeSet<Address> = accounts
        .accounts
        .values()
        .filter_map(|account| match account {
            Account::Plan(plan) => Some(plan.vault),
            _ => None,
        })
        .collect();
    let vaults: Vec<Address> = vaults.into_iter().collect();
    let mut readings = Vec::new();
    for _ in 0..READINGS + PATIENCE {
        if readings.len() == READINGS || vaults.is_empty() {
            return Ok(readings);
        }
        let balances = chain.token_balances(&vaults).await?;
        if balances.values().all(|it| it.slot >= accounts.slot) {
            readings.push(balances);
        }
        sleep(PAUSE).await;
    }
    Err(AuditError::Behind)
}

/// The balance of each vault when `accounts` were read, in the mint's smallest unit; `events` is
/// the whole history, read after `readings`.
pub(super) fn balances(
    accounts: &BTreeMap<Address, Account>,
    events: &[ChainEvent],
    readings: &[Reading],
) -> BTreeMap<Address, u64> {
    let moves = moves(accounts, events);
    let mut balances = BTreeMap::new();
    for (vault, balance) in readings.iter().rev().flatten() {
        let moves = moves.get(vault).map_or(&[][..], Vec::as_slice);
        // From the last reading to the first: where nothing rests, the last one stays.
        let rests = moves.iter().all(|moved| moved.slot != balance.slot);
        if rests || !balances.contains_key(vault) {
            balances.insert(*vault, before(moves, balance));
        }
    }
    balances
}

/// What was there before `moves` that the balance knows.
fn before(moves: &[Moved], balance: &Balance) -> u64 {
    let later: i128 = moves
        .iter()
        .filter(|moved| moved.slot <= balance.slot)
        .map(|moved| moved.amount)
        .sum();
    let before = (i128::from(balance.amount) - later).max(0);
    u64::try_from(before).unwrap_or(u64::MAX)
}

/// What came into a vault, or left it when negative.
struct Moved {
    slot: u64,
    amount: i128,
}

/// Whether the account had this receipt when it was read.
fn is_counted(accounts: &BTreeMap<Address, Account>, event: &Event) -> bool {
    let receipt = event.receipt();
    accounts.get(&receipt.account).is_some_and(|account| {
        let header = account.header();
        (receipt.life, receipt.seq) <= (header.life, header.receipt_seq)
    })
}

/// By vault, what moved after `accounts` were read.
fn moves(
    accounts: &BTreeMap<Address, Account>,
    events: &[ChainEvent],
) -> HashMap<Address, Vec<Moved>> {
    // What the accounts do not know yet.
    let mut plans: HashMap<Address, Address> = HashMap::new();
    let mut subscriptions: HashMap<Address, Address> = HashMap::new();
    let mut ledgers: HashMap<Address, Address> = HashMap::new();
    let vault_of = |plans: &HashMap<Address, Address>, plan: &Address| match accounts.get(plan) {
        Some(Account::Plan(plan)) => Some(plan.vault),
        _ => plans.get(plan).copied(),
    };
    let mut moves: HashMap<Address, Vec<Moved>> = HashMap::new();
    for ChainEvent { slot, event, .. } in events {
        if is_counted(accounts, event) {
            continue;
        }
        let account = event.receipt().account;
        let (vault, amount) = match event {
            Event::PlanCreated(created) => {
                plans.insert(account, created.vault);
                continue;
            }
            Event::LedgerOpened(opened) => {
                ledgers.insert(account, address::vault(&opened.org, &opened.mint));
                continue;
            }
            Event::Subscribed(subscribed, shares) => {
                subscriptions.insert(account, subscribed.plan);
                (vault_of(&plans, &subscribed.plan), sum(shares))
            }
            Event::Charged(_, shares) => {
                let plan = match accounts.get(&account) {
                    Some(Account::Subscription(subscription)) => Some(&subscription.plan),
                    _ => subscriptions.get(&account),
                };
                (plan.and_then(|plan| vault_of(&plans, plan)), sum(shares))
            }
            Event::CommissionClaimed(claimed) => {
                let vault = match accounts.get(&account) {
                    Some(Account::Ledger(it)) => Some(address::vault(&it.org, &it.mint)),
                    _ => ledgers.get(&account).copied(),
                };
                (vault, -i128::from(claimed.amount))
            }
            _ => continue,
        };
        if let Some(vault) = vault
            && amount != 0
        {
            let slot = *slot;
            moves.entry(vault).or_default().push(Moved { slot, amount });
        }
    }
    moves
}

fn sum(shares: &[tessera_client::types::events::LedgerShare]) -> i128 {
    shares.iter().map(|share| i128::from(share.amount)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use solana_signature::Signature;
    use tessera_client::types::{
        accounts::{Ledger, Plan, Subscription},
        events::{Charged, CommissionClaimed, LedgerShare, Receipt},
    };

    const ORG: Address = Address::new_from_array([1; 32]);
    const MINT: Address = Address::new_from_array([2; 32]);
    const PLAN: Address = Address::new_from_array([3; 32]);
    const SUBSCRIPTION: Address = Address::new_from_array([4; 32]);
    const LEDGER: Address = Address::new_from_array([5; 32]);

    fn vault() -> Address {
        address::vault(&ORG, &MINT)
    }

    /// An org whose subscription and ledger count two receipts each.
    fn accounts() -> BTreeMap<Address, Account> {
        let plan = Plan {
            vault: vault(),
            ..Plan::zeroed()
        };
        let mut subscription = Subscription {
            plan: PLAN,
            ..Subscription::zeroed()
        };
        subscription.header.receipt_seq = 2;
        let mut ledger = Ledger {
            org: ORG,
            mint: MINT,
            ..Ledger::zeroed()
        };
        ledger.header.receipt_seq = 2;
        [
            (PLAN, Account::Plan(plan)),
            (SUBSCRIPTION, Account::Subscription(subscription)),
            (LEDGER, Account::Ledger(ledger)),
        ]
        .into()
    }

    fn at(slot: u64, event: Event) -> ChainEvent {
        ChainEvent {
            signature: Signature::default(),
            slot,
            outer: 0,
            inner: 0,
            raw: vec![],
            event,
        }
    }

    fn receipt(account: Address, seq: u64) -> Receipt {
        Receipt {
            account,
            life: 0,
            seq,
            at: 0,
        }
    }

    fn charged(slot: u64, seq: u64, amount: u64) -> ChainEvent {
        let event = Charged {
            receipt: receipt(SUBSCRIPTION, seq),
            ..Charged::zeroed()
        };
        let ledger = LEDGER;
        at(
            slot,
            Event::Charged(event, vec![LedgerShare { ledger, amount }]),
        )
    }

    fn claimed(slot: u64, seq: u64, amount: u64) -> ChainEvent {
        let event = CommissionClaimed {
            receipt: receipt(LEDGER, seq),
            amount,
            destination: ORG,
        };
        at(slot, Event::CommissionClaimed(event))
    }

    fn held(events: &[ChainEvent], readings: &[(u64, u64)]) -> u64 {
        let readings: Vec<Reading> = readings
            .iter()
            .map(|&(slot, amount)| [(vault(), Balance { slot, amount })].into())
            .collect();
        balances(&accounts(), events, &readings)[&vault()]
    }

    #[test]
    fn what_moved_after_the_accounts_were_read_is_taken_off_again() {
        let events = [charged(9, 2, 70), charged(11, 3, 30), claimed(12, 3, 5)];
        assert_eq!(held(&events, &[(10, 100)]), 100);
        assert_eq!(held(&events, &[(11, 130)]), 100);
        assert_eq!(held(&events, &[(13, 125)]), 100);
        assert_eq!(held(&events, &[(13, 20)]), 0);
    }

    #[test]
    fn a_reading_in_whose_slot_nothing_moves_is_taken_first() {
        let events = [charged(11, 3, 30)];
        // The node showed the first one before the charge of that slot.
        assert_eq!(held(&events, &[(11, 100), (12, 130), (13, 130)]), 100);
        assert_eq!(held(&events, &[(11, 130)]), 100);
    }
}
