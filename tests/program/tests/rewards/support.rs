//! What several of these tests look at.

use solana_address::Address;
use solana_keypair::Keypair;
use tessera_client::{Event, decode::Account, types::accounts::Ledger};
use world::World;

/// Requires that the world's vault holds exactly what the ledgers on it are owed.
#[track_caller]
pub(crate) fn assert_solvent(world: &World) {
    let mut ledgers: Vec<Address> = world
        .events
        .iter()
        .filter_map(|raw| match Event::decode(raw).expect("event") {
            Event::LedgerOpened(event) if event.org == world.org && event.mint == world.mint => {
                Some(event.receipt.account)
            }
            _ => None,
        })
        .collect();
    ledgers.sort();
    ledgers.dedup();
    let owed: u64 = ledgers
        .iter()
        .filter_map(|address| world.find::<Ledger>(address))
        .map(|ledger| ledger.owed().expect("no overflow"))
        .sum();
    let held = world.balance(&world.vault());
    assert!(held >= owed, "the vault holds {held} and owes {owed}");
}

/// Claims all that a member can.
#[track_caller]
pub(crate) fn claim_all(world: &mut World, wallet: &Keypair, destination: Address) {
    let claim = world.claim(wallet, destination, u64::MAX);
    world.send(&[claim], &[wallet]).expect("claim");
}

/// Decodes any of the program's accounts.
#[track_caller]
pub(crate) fn any(world: &World, address: &Address) -> Account {
    let account = world.svm.get_account(address).expect("account");
    Account::decode(&account.data).expect("account data")
}

/// What an address holds, 0 when nothing is there.
pub(crate) fn lamports(world: &World, address: &Address) -> u64 {
    world.svm.get_account(address).map_or(0, |it| it.lamports)
}
