use super::support::{assert_solvent, claim_all};
use solana_address::Address;
use solana_keypair::Keypair;
use tessera_client::{
    Event,
    types::{TesseraError, accounts::Ledger, events::CommissionReleased},
};
use world::{FUNDS, HOLD, SHARES, START, World, key};

/// A chain whose lowest member, key 23, has paid once; and key 22, who referred him.
fn accrued() -> (World, (Keypair, Address), (Keypair, Address)) {
    let mut world = World::new();
    let [_, _, third, fourth] = world.referral_chain();
    world.subscribed(&fourth.0, fourth.1);
    (world, third, fourth)
}

/// An invoice of 10 tokens, of which the first level is due one.
fn invoice(world: &mut World, (wallet, token): &(Keypair, Address), id: u64) {
    let args = world.invoice_args(id, 10_000_000);
    let pay = world.pay_invoice(wallet, *token, args);
    world.send(&pay, &[wallet]).expect("pay_invoice");
}

#[track_caller]
fn release(world: &mut World, wallet: &Keypair) -> CommissionReleased {
    let vault = world.balance(&world.vault());
    let release = world.release(wallet);
    let sent = world.send(&[release], &[]).expect("release");
    let Event::CommissionReleased(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, world.ledger_address(wallet));
    assert_eq!(event.receipt.at, world.now());
    assert_eq!(world.balance(&world.vault()), vault);
    world.assert_receipts::<Ledger>(&event.receipt.account);
    assert_solvent(world);
    event
}

#[track_caller]
fn assert_nothing(world: &mut World, wallet: &Keypair) {
    let release = world.release(wallet);
    world
        .send(&[release], &[])
        .expect_err("nothing is due")
        .assert_is(TesseraError::NothingToRelease);
}

fn books(ledger: &Ledger) -> [u64; 3] {
    [ledger.held, ledger.queued, ledger.claimable]
}

#[test]
fn every_account_and_byte_is_bound() {
    let (mut world, (third, _), _) = accrued();
    world.advance(i64::from(HOLD));
    let release = world.release(&third);
    world.assert_withstands(&release, &[]);
}

#[test]
fn nothing_is_released_before_its_time_or_twice() {
    let (mut world, (third, _), _) = accrued();
    assert_nothing(&mut world, &third);
    world.advance(i64::from(HOLD) - 1);
    assert_nothing(&mut world, &third);
    world.advance(1);
    release(&mut world, &third);
    assert_nothing(&mut world, &third);
    world.advance(i64::from(HOLD));
    assert_nothing(&mut world, &third);
}

#[test]
fn a_ledger_that_never_accrued_releases_nothing() {
    let (mut world, _, (fourth, _)) = accrued();
    world.advance(i64::from(HOLD));
    assert_nothing(&mut world, &fourth);
    let stranger = key(40);
    let missing = world.release(&stranger);
    world
        .send(&[missing], &[])
        .expect_err("no ledger")
        .assert_is(TesseraError::AccountMissing);
}

#[test]
fn anybody_releases_and_it_is_a_receipt() {
    let (mut world, (third, token), _) = accrued();
    world.advance(i64::from(HOLD));
    let event = release(&mut world, &third);
    assert_eq!((event.amount, event.receipt.seq), (SHARES[0], 2));
    let ledger = world.ledger(&third);
    assert_eq!(books(&ledger), [0, 0, SHARES[0]]);
    claim_all(&mut world, &third, token);
    assert_eq!(world.balance(&token), FUNDS + SHARES[0]);
}

#[test]
fn what_was_queued_is_held_when_the_rest_is_released() {
    let (mut world, (third, _), fourth) = accrued();
    world.advance(i64::from(HOLD) - 10);
    invoice(&mut world, &fourth, 1);
    assert_eq!(books(&world.ledger(&third)), [SHARES[0], 1_000_000, 0]);
    world.advance(10);
    assert_eq!(release(&mut world, &third).amount, SHARES[0]);
    let ledger = world.ledger(&third);
    assert_eq!(books(&ledger), [1_000_000, 0, SHARES[0]]);
    assert_eq!(ledger.release_at, START + 2 * i64::from(HOLD) - 10);
    assert_eq!(ledger.queued_release_at, 0);
    world.advance(i64::from(HOLD) - 11);
    assert_nothing(&mut world, &third);
    world.advance(1);
    assert_eq!(release(&mut world, &third).amount, 1_000_000);
    assert_eq!(books(&world.ledger(&third)), [0, 0, SHARES[0] + 1_000_000]);
}

#[test]
fn both_are_released_when_both_have_waited() {
    let (mut world, (third, _), fourth) = accrued();
    world.advance(10);
    invoice(&mut world, &fourth, 1);
    world.advance(i64::from(HOLD));
    assert_eq!(release(&mut world, &third).amount, SHARES[0] + 1_000_000);
    assert_eq!(books(&world.ledger(&third)), [0, 0, SHARES[0] + 1_000_000]);
}

#[test]
fn commission_without_a_hold_needs_no_release() {
    let mut world = World::new();
    let mut settings = world.org_settings();
    settings.hold_secs = 0;
    let update = world.update_org(settings);
    world.send(&[update], &[&key(2)]).expect("update_org");
    let [_, _, (third, token), (fourth, payer)] = world.referral_chain();
    world.subscribed(&fourth, payer);
    assert_eq!(books(&world.ledger(&third)), [0, 0, SHARES[0]]);
    assert_nothing(&mut world, &third);
    claim_all(&mut world, &third, token);
}
