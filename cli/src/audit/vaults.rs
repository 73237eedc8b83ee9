//! What vaults held at the moment at which the program's accounts were read.
//!
//! Vaults are accounts of the token programs, so they are read a little later. What receipts moved
//! meanwhile stands in the history and is taken off again. Units that strangers send stay in, so that
//! nobody keeps an audit from its end by sending some.

mod moves;

use super::AuditError;
use crate::chain::{Accounts, Balance, Chain};
use moves::Moved;
use std::{collections::BTreeMap, time::Duration};
use tessera_client::{audit::vaults, types::Address};
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
    let vaults: Vec<Address> = vaults(&accounts.accounts).into_iter().collect();
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
    accounts: &Accounts,
    events: &[ChainEvent],
    readings: &[Reading],
) -> BTreeMap<Address, u64> {
    let moves = moves::after(accounts, events);
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use solana_signature::Signature;
    use tessera_client::{
        Account, Event, address,
        types::{
            accounts::{Ledger, Plan, Position, StakePool, Subscription},
            events::{
                Charged, CommissionClaimed, Harvested, LedgerOpened, LedgerShare, Receipt,
                Refunded, Unstaked,
            },
        },
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
    fn accounts() -> Accounts {
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
        let accounts = [
            (PLAN, Account::Plan(plan)),
            (SUBSCRIPTION, Account::Subscription(subscription)),
            (LEDGER, Account::Ledger(ledger)),
        ];
        Accounts {
            slot: 10,
            accounts: accounts.into(),
        }
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
    fn what_paid_debts_never_came_into_the_vault_and_refunds_left_it() {
        let mut repaid = Charged {
            receipt: receipt(SUBSCRIPTION, 3),
            ..Charged::zeroed()
        };
        repaid.settlement.debt_repaid = 10;
        let share = LedgerShare {
            ledger: LEDGER,
            amount: 30,
        };
        let refunded = Refunded {
            receipt: receipt(SUBSCRIPTION, 4),
            from_vault: 8,
            ..Refunded::zeroed()
        };
        let events = [
            at(11, Event::Charged(repaid, vec![share])),
            at(12, Event::Refunded(refunded, vec![share])),
        ];
        assert_eq!(held(&events, &[(13, 112)]), 100);
    }

    #[test]
    fn what_a_closed_account_moved_in_its_life_is_not_taken_off() {
        let opened = |life| {
            let mut event = LedgerOpened {
                org: ORG,
                mint: MINT,
                ..LedgerOpened::zeroed()
            };
            event.receipt = Receipt {
                life,
                ..receipt(ORG, 1)
            };
            at(life, Event::LedgerOpened(event))
        };
        let claimed = |life| {
            let event = CommissionClaimed {
                receipt: Receipt {
                    life,
                    ..receipt(ORG, 2)
                },
                amount: 7,
                destination: ORG,
            };
            at(life, Event::CommissionClaimed(event))
        };
        assert_eq!(held(&[opened(9), claimed(9)], &[(13, 100)]), 100);
        assert_eq!(held(&[opened(11), claimed(11)], &[(13, 93)]), 100);
    }

    #[test]
    fn stakes_and_rewards_are_taken_off_too() {
        let pool = Address::new_from_array([6; 32]);
        let position = Address::new_from_array([7; 32]);
        let (stakes, rewards) = (address::stake_vault(&pool), address::reward_vault(&pool));
        let accounts = [
            (pool, Account::StakePool(StakePool::zeroed())),
            (
                position,
                Account::Position(Position {
                    pool,
                    ..Position::zeroed()
                }),
            ),
        ];
        let unstaked = Unstaked {
            receipt: receipt(position, 1),
            amount: 5,
            staked: 0,
        };
        let harvested = Harvested {
            receipt: receipt(position, 2),
            amount: 3,
            destination: ORG,
        };
        let events = [
            at(11, Event::Unstaked(unstaked)),
            at(11, Event::Harvested(harvested)),
        ];
        let reading = [(stakes, 10), (rewards, 20)]
            .map(|(vault, amount)| (vault, Balance { slot: 12, amount }));
        let accounts = Accounts {
            slot: 10,
            accounts: accounts.into(),
        };
        let balances = balances(&accounts, &events, &[reading.into()]);
        assert_eq!((balances[&stakes], balances[&rewards]), (15, 23));
    }

    #[test]
    fn a_reading_in_whose_slot_nothing_moves_is_taken_first() {
        let events = [charged(11, 3, 30)];
        // The node showed the first one before the charge of that slot.
        assert_eq!(held(&events, &[(11, 100), (12, 130), (13, 130)]), 100);
        assert_eq!(held(&events, &[(11, 130)]), 100);
    }
}
