//! A payment that can be given back, and its refund.

use super::support::assert_solvent;
use solana_address::Address;
use solana_keypair::Keypair;
use tessera_client::{
    Event,
    types::{
        TesseraError,
        accounts::{Ledger, Subscription},
        events::{LedgerShare, Refunded},
    },
};
use world::{SHARES, World, key};

pub(super) const ALL_SHARES: u64 = SHARES[0] + SHARES[1] + SHARES[2];

pub(super) type Chain = [(Keypair, Address); 4];

/// A chain whose lowest member, key 23, has paid once.
pub(super) fn paid() -> (World, Chain) {
    paid_in(World::new())
}

pub(super) fn paid_in(mut world: World) -> (World, Chain) {
    let chain = world.referral_chain();
    world.subscribed(&chain[3].0, chain[3].1);
    (world, chain)
}

#[track_caller]
pub(super) fn refund(
    world: &mut World,
    wallet: &Keypair,
    amount: u64,
) -> (Refunded, Vec<LedgerShare>) {
    let before = (world.supply(), world.balance(&world.vault()));
    let instruction = world.refund(wallet, amount);
    let sent = world
        .send(&[instruction], &[&key(2), &key(4)])
        .expect("refund");
    let Event::Refunded(event, shares) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.amount, amount);
    assert_eq!(event.receipt.account, world.subscription_address(wallet));
    assert_eq!(event.receipt.at, world.now());
    assert_eq!(shares.len(), usize::from(event.levels));
    let after = (world.supply(), world.balance(&world.vault()));
    assert_eq!(after, (before.0, before.1 - event.from_vault));
    let address = world.subscription_address(wallet);
    world.assert_receipts::<Subscription>(&address);
    assert_solvent(world);
    (event, shares)
}

#[track_caller]
pub(super) fn assert_refused(
    world: &mut World,
    wallet: &Keypair,
    amount: u64,
    expected: TesseraError,
) {
    let instruction = world.refund(wallet, amount);
    world
        .send(&[instruction], &[&key(2), &key(4)])
        .expect_err("refused")
        .assert_is(expected);
}

pub(super) fn amounts(shares: &[LedgerShare]) -> Vec<u64> {
    shares.iter().map(|share| share.amount).collect()
}

/// Held, queued, claimable and debt.
pub(super) fn books(ledger: &Ledger) -> [u64; 4] {
    [ledger.held, ledger.queued, ledger.claimable, ledger.debt]
}
