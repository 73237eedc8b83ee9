//! Commission: whose it is stays whose it was, it is paid once and not before its time, and neither
//! what a referrer does with his accounts nor a refund stands in a payment's way.

use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    types::{
        TesseraError,
        accounts::{Ledger, Org},
        events::Settlement,
        limits::LEDGER_QUIET_SECS,
    },
};
use world::{FUNDS, HOLD, PERIOD, PRICE, SHARES, World, forwarder::forwarded, key};

const STEP: i64 = PERIOD as i64;

/// A chain whose lowest member, key 23, has paid once: keys 22, 21 and 20 hold commission.
fn accrued() -> (World, [(Keypair, Address); 4]) {
    let mut world = World::new();
    let chain = world.referral_chain();
    world.subscribed(&chain[3].0, chain[3].1);
    (world, chain)
}

#[track_caller]
fn charge(world: &mut World, wallet: &Keypair) -> Settlement {
    let charge = world.charge(wallet, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    let event = sent.event();
    let (money, _) = event.settlement().expect("payment");
    *money
}

#[track_caller]
fn assert_nothing(world: &mut World, wallet: &Keypair, token: Address) {
    for amount in [1, u64::MAX] {
        let claim = world.claim(wallet, token, amount);
        world
            .send(&[claim], &[wallet])
            .expect_err("nothing to claim")
            .assert_is(TesseraError::NothingToClaim);
    }
}

#[test]
fn a_code_that_is_sold_before_the_claim_takes_no_commission_along() {
    let (mut world, [_, _, (seller, token), (customer, _)]) = accrued();
    let buyer = key(40);
    let buyers = world.join(&buyer, None);
    world.make_referrer(&buyer, "BUYER");
    let offer = world.transfer_code(&seller, "THIRD", buyer.pubkey());
    let accept = world.accept_code(&buyer, "THIRD");
    world
        .send(&[offer, accept], &[&seller, &buyer])
        .expect("sold");
    // Neither what was earned nor what the same customer pays later.
    world.advance(STEP);
    charge(&mut world, &customer);
    world.advance(2 * i64::from(HOLD));
    assert_nothing(&mut world, &buyer, buyers);
    let home = world.claim(&seller, token, u64::MAX);
    let attack = world::replace(&home, &seller.pubkey(), &buyer.pubkey());
    world
        .send(&[attack], &[&buyer])
        .expect_err("the seller's ledger")
        .assert_is(TesseraError::WrongWallet);
    world.send(&[home], &[&seller]).expect("the seller's");
    assert_eq!(world.balance(&token), FUNDS + 2 * SHARES[0]);
}

#[test]
fn rates_and_holds_that_change_before_the_claim_change_nothing_that_was_signed() {
    let (mut world, [_, _, (third, token), (customer, _)]) = accrued();
    let mut settings = world.org_settings();
    settings.commission_bps = [1, 0, 0];
    settings.hold_secs = 31_536_000;
    let update = world.update_org(settings);
    world.send(&[update], &[&key(2)]).expect("update_org");
    world.advance(i64::from(HOLD));
    let claim = world.claim(&third, token, SHARES[0]);
    world.send(&[claim], &[&third]).expect("as signed");
    world.advance(STEP - i64::from(HOLD));
    charge(&mut world, &customer);
    world.advance(i64::from(HOLD));
    let claim = world.claim(&third, token, SHARES[0]);
    world.send(&[claim], &[&third]).expect("as signed");
    assert_nothing(&mut world, &third, token);
}

#[test]
fn commission_is_claimed_once_however_it_is_asked_for() {
    let (mut world, [_, _, (third, token), _]) = accrued();
    world.add_forwarder();
    let second = world.create_token_account(&third.pubkey(), 0);
    world.advance(i64::from(HOLD));
    let vault = world.balance(&world.vault());
    let all = world.claim(&third, token, u64::MAX);
    let elsewhere = world.claim(&third, second, SHARES[0]);
    let part = world.claim(&third, token, SHARES[0] / 2 + 1);
    for twice in [
        [all.clone(), all.clone()],
        [all.clone(), elsewhere.clone()],
        [elsewhere.clone(), forwarded(&all)],
        [part.clone(), part],
    ] {
        world
            .send(&twice, &[&third])
            .expect_err("twice in one transaction")
            .assert_is(TesseraError::NothingToClaim);
    }
    assert_eq!(world.balance(&world.vault()), vault);
    world.send(&[all], &[&third]).expect("once");
    world
        .send(&[elsewhere], &[&third])
        .expect_err("to another account")
        .assert_is(TesseraError::NothingToClaim);
    // Nor after a release, which finds nothing any more.
    let release = world.release(&third);
    assert!(world.send(&[release], &[]).is_err());
    assert_nothing(&mut world, &third, token);
    assert_eq!(world.balance(&world.vault()), vault - SHARES[0]);
    assert_eq!(world.ledger(&third).claimed, SHARES[0]);
}

/// Neither a release, nor a later wish of the org for no hold, nor new income brings it forward.
#[test]
fn nothing_is_claimed_in_its_hold() {
    let (mut world, [_, _, (third, token), (customer, customers)]) = accrued();
    world.advance(i64::from(HOLD) - 1);
    assert_nothing(&mut world, &third, token);
    let release = world.release(&third);
    world
        .send(&[release], &[])
        .expect_err("held")
        .assert_is(TesseraError::NothingToRelease);
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| org.settings.hold_secs = 0);
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&customer, customers));
    // What was signed without a hold is free; what was signed with one is not.
    let claim = world.claim(&third, token, u64::MAX);
    world.send(&[claim], &[&third]).expect("the second's");
    assert_eq!(world.balance(&token), FUNDS + SHARES[0]);
    assert_nothing(&mut world, &third, token);
    world.advance(1);
    let claim = world.claim(&third, token, SHARES[0]);
    world.send(&[claim], &[&third]).expect("its hold is over");
}

/// The same person pays, claims and is refunded, again and again: what was claimed is owed, and comes
/// out of the next share.
#[test]
fn refunds_after_claims_are_owed_and_never_add_up() {
    let (mut world, [_, _, (third, token), (customer, customers)]) = accrued();
    // Others pay, too, so that the merchant has something to give back.
    world.subscriber();
    let gain = |world: &World| world.balance(&token) + world.balance(&customers);
    for round in 0..4 {
        world.advance(i64::from(HOLD) * 2);
        if round == 0 {
            let claim = world.claim(&third, token, u64::MAX);
            world.send(&[claim], &[&third]).expect("claim");
        } else {
            // All that came since paid for the first time.
            assert_nothing(&mut world, &third, token);
        }
        let refund = world.refund(&customer, PRICE);
        world.send(&[refund], &[&key(2), &key(4)]).expect("refund");
        assert_eq!(world.ledger(&third).debt, SHARES[0]);
        assert_eq!(gain(&world), 2 * FUNDS + SHARES[0]);
        assert_nothing(&mut world, &third, token);
        world.advance(STEP - i64::from(HOLD) * 2);
        let money = charge(&mut world, &customer);
        assert_eq!(money.debt_repaid, SHARES[0]);
        assert_eq!(world.ledger(&third).debt, 0);
        assert_eq!(gain(&world), 2 * FUNDS + SHARES[0] - PRICE);
    }
}

#[test]
fn a_debt_is_not_shed_by_closing_the_ledger() {
    let (mut world, [_, _, (third, token), (customer, _)]) = accrued();
    world.subscriber();
    world.advance(i64::from(HOLD));
    let claim = world.claim(&third, token, u64::MAX);
    world.send(&[claim], &[&third]).expect("claim");
    let ledger = world.ledger_address(&third);
    let close = |world: &mut World| {
        let close = world.close_account(&third, &ledger);
        world
            .send(&[close], &[&third])
            .expect_err("in use")
            .assert_is(TesseraError::StillInUse);
    };
    // Before the refund comes, and after it, for however long.
    close(&mut world);
    let refund = world.refund(&customer, PRICE);
    world.send(&[refund], &[&key(2), &key(4)]).expect("refund");
    close(&mut world);
    world.advance(10 * i64::from(LEDGER_QUIET_SECS));
    close(&mut world);
    assert_eq!(world.ledger(&third).debt, SHARES[0]);
}

/// A referrer who closes what he is paid to, freezes it or gives it away stops no payment.
#[test]
fn no_referrers_account_stands_in_a_payments_way() {
    let (mut world, [_, (second, seconds), (third, token), (customer, _)]) = accrued();
    world.close(&token, &third);
    world.freeze(&seconds);
    world.advance(STEP);
    let money = charge(&mut world, &customer);
    assert_eq!((money.levels, money.flags), (3, 0));
    world.advance(2 * i64::from(HOLD));
    let claim = world.claim(&third, token, u64::MAX);
    assert!(world.send(&[claim], &[&third]).is_err(), "no account");
    // His commission waits until he names one that is there.
    for wallet in [&third, &second] {
        let fresh = world.create_token_account(&wallet.pubkey(), 0);
        let claim = world.claim(wallet, fresh, u64::MAX);
        let sent = world.send(&[claim], &[wallet]).expect("claim");
        let Event::CommissionClaimed(event) = sent.event() else {
            panic!("another event");
        };
        assert_eq!(world.balance(&fresh), event.amount);
    }
}

#[test]
fn a_referrer_who_closes_his_ledger_stops_no_payment_either() {
    let (mut world, [_, _, (third, token), (customer, _)]) = accrued();
    world.advance(i64::from(HOLD));
    let claim = world.claim(&third, token, u64::MAX);
    world.send(&[claim], &[&third]).expect("claim");
    let ledger = world.ledger_address(&third);
    // As if a year without a payment had gone by.
    world.rewrite(&ledger, |ledger: &mut Ledger| ledger.accrued_at = 0);
    let close = world.close_account(&third, &ledger);
    world.send(&[close], &[&third]).expect("close");
    let before = world.balance(&world.destination);
    world.advance(STEP - i64::from(HOLD));
    let money = charge(&mut world, &customer);
    assert_eq!(money.flags, Settlement::LEDGER_CLOSED_1);
    assert_eq!(money.merchant, PRICE - SHARES[1] - SHARES[2]);
    assert_eq!(world.balance(&world.destination), before + money.merchant);
    assert_eq!(
        address::ledger(&world.org, &third.pubkey(), &world.mint),
        ledger
    );
    assert!(world.find::<Ledger>(&ledger).is_none());
}
