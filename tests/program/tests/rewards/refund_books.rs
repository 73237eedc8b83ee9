//! What a refund takes from whom.

use super::{
    refundable::{ALL_SHARES, amounts, books, paid, paid_in, refund},
    support::{assert_solvent, claim_all},
};
use tessera_client::{
    Event,
    types::{
        TesseraError,
        accounts::{Ledger, Member},
        events::{LedgerShare, Refunded, Settlement},
        limits::LEDGER_QUIET_SECS,
    },
};
use world::{FUNDS, HOLD, PERIOD, POINTS, PRICE, SHARES, START, World, extended::PYUSD, key};

#[test]
fn a_full_refund_takes_every_share_back_and_is_a_receipt() {
    let (mut world, [(top, _), (second, _), (third, _), (wallet, token)]) = paid();
    let (event, shares) = refund(&mut world, &wallet, PRICE);
    let ledgers = [&third, &second, &top].map(|wallet| world.ledger_address(wallet));
    let expected: Vec<LedgerShare> = ledgers
        .iter()
        .zip(SHARES)
        .map(|(ledger, amount)| LedgerShare {
            ledger: *ledger,
            amount,
        })
        .collect();
    assert_eq!(shares, expected);
    assert_eq!(
        event,
        Refunded {
            receipt: event.receipt,
            amount: PRICE,
            from_vault: ALL_SHARES,
            points: POINTS,
            points_expired: 0,
            source: world.destination,
            destination: token,
            levels: 3,
            flags: 0,
            spare: [0; 6],
        }
    );
    assert_eq!((event.receipt.seq, event.receipt.at), (2, START));
    for ledger in [&third, &second, &top] {
        assert_eq!(books(&world.ledger(ledger)), [0; 4]);
    }
    assert_eq!(world.balance(&token), FUNDS);
    assert_eq!(world.balance(&world.destination), 0);
    assert_eq!(world.balance(&world.vault()), 0);
    let subscription = world.subscription(&wallet);
    assert_eq!(subscription.period_refunded, PRICE);
    // What is paid stays paid: a refund ends no service.
    assert_eq!(subscription.paid_through, START + i64::from(PERIOD));
}

#[test]
fn odd_parts_come_to_the_whole() {
    let (mut world, [(top, _), (second, _), (third, _), (wallet, token)]) = paid();
    let mut sums = ([0; 3], 0, 0);
    for amount in [1, 33_333_333, 7, 39_999_999, PRICE - 73_333_340] {
        let (event, shares) = refund(&mut world, &wallet, amount);
        for (sum, share) in sums.0.iter_mut().zip(shares) {
            *sum += share.amount;
        }
        sums.1 += event.points;
        sums.2 += event.from_vault;
    }
    assert_eq!(sums, (SHARES, POINTS, ALL_SHARES));
    for ledger in [&third, &second, &top] {
        assert_eq!(books(&world.ledger(ledger)), [0; 4]);
    }
    assert_eq!(world.balance(&token), FUNDS);
    assert_eq!(world.member(&wallet).points, 0);
}

#[test]
fn the_next_period_can_be_refunded_in_full_again() {
    let (mut world, [_, _, _, (wallet, token)]) = paid();
    refund(&mut world, &wallet, PRICE);
    world.advance(i64::from(PERIOD));
    world
        .send(&[world.charge(&wallet, None)], &[])
        .expect("charge");
    refund(&mut world, &wallet, PRICE);
    assert_eq!(world.balance(&token), FUNDS);
    assert_eq!(world.balance(&world.vault()), 0);
}

#[test]
fn queued_comes_before_held_then_claimable_then_debt() {
    let (mut world, [_, _, (third, _), (wallet, _)]) = paid();
    world.subscriber();
    let address = world.ledger_address(&third);
    world.rewrite(&address, |ledger: &mut Ledger| {
        ledger.queued = 4_000_000;
        ledger.queued_release_at = START + 2 * i64::from(HOLD);
        ledger.held = 3_000_000;
        ledger.claimable = 2_000_000;
    });
    // A tenth of each part is this level's.
    let mut step = |amount: u64, expected: [u64; 4], from_first: u64| {
        let others = amount / 10_000 * 750;
        let (event, shares) = refund(&mut world, &wallet, amount);
        assert_eq!(shares[0].amount, amount / 10);
        assert_eq!(event.from_vault, from_first + others);
        assert_eq!(books(&world.ledger(&third)), expected);
    };
    step(39_000_000, [3_000_000, 100_000, 2_000_000, 0], 3_900_000);
    step(2_000_000, [2_900_000, 0, 2_000_000, 0], 200_000);
    step(39_000_000, [0, 0, 1_000_000, 0], 3_900_000);
    step(19_000_000, [0, 0, 0, 900_000], 1_000_000);
}

#[test]
fn what_was_claimed_is_owed_and_the_next_charge_repays_it() {
    let (mut world, [_, _, (third, claimed_to), (wallet, _)]) = paid();
    world.advance(i64::from(HOLD));
    claim_all(&mut world, &third, claimed_to);
    let (event, shares) = refund(&mut world, &wallet, PRICE / 2);
    assert_eq!(amounts(&shares), SHARES.map(|share| share / 2));
    assert_eq!(event.from_vault, (SHARES[1] + SHARES[2]) / 2);
    assert_eq!(books(&world.ledger(&third)), [0, 0, 0, SHARES[0] / 2]);
    assert_eq!(world.ledger(&third).claimed, SHARES[0]);
    assert_eq!(world.balance(&claimed_to), FUNDS + SHARES[0]);

    // A small invoice repays a part.
    let token = world.subscription(&wallet).payer_token;
    let args = world.invoice_args(1, 10_000_000);
    let pay = world.pay_invoice(&wallet, token, args);
    let sent = world.send(&pay, &[&wallet]).expect("pay_invoice");
    let paid = sent.event();
    let (money, shares) = paid.settlement().expect("payment");
    assert_eq!(amounts(shares), [1_000_000, 500_000, 250_000]);
    assert_eq!((money.debt_repaid, money.merchant), (1_000_000, 9_250_000));
    assert_eq!(
        books(&world.ledger(&third)),
        [0, 0, 0, SHARES[0] / 2 - 1_000_000]
    );
    assert_solvent(&world);

    // And a charge the rest; what is above it is held.
    let merchant = world.balance(&world.destination);
    world.advance(i64::from(PERIOD) - i64::from(HOLD));
    let charge = world.charge(&wallet, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    let charged = sent.event();
    let (money, shares) = charged.settlement().expect("payment");
    let repaid = SHARES[0] / 2 - 1_000_000;
    assert_eq!(amounts(shares), SHARES);
    assert_eq!(money.debt_repaid, repaid);
    assert_eq!(money.merchant, PRICE - ALL_SHARES + repaid);
    assert_eq!(
        money.debit,
        money.merchant + money.keeper_fee + ALL_SHARES - money.debt_repaid
    );
    assert_eq!(world.balance(&world.destination), merchant + money.merchant);
    assert_eq!(books(&world.ledger(&third)), [SHARES[0] - repaid, 0, 0, 0]);
    assert_solvent(&world);
}

#[test]
fn a_closed_ledger_gives_nothing_back_and_stands_in_nobodys_way() {
    let (mut world, [_, _, (third, to), (wallet, _)]) = paid();
    world.advance(i64::from(HOLD));
    claim_all(&mut world, &third, to);
    world.advance(i64::from(LEDGER_QUIET_SECS));
    let address = world.ledger_address(&third);
    let close = world.close_account(&third, &address);
    world.send(&[close], &[&third]).expect("close");
    let (event, shares) = refund(&mut world, &wallet, PRICE / 2);
    assert_eq!(amounts(&shares), [0, SHARES[1] / 2, SHARES[2] / 2]);
    assert_eq!(event.from_vault, (SHARES[1] + SHARES[2]) / 2);
    assert!(world.find::<Ledger>(&address).is_none());
}

#[test]
fn a_ledger_that_was_closed_at_the_payment_owes_nothing_of_it() {
    let (mut world, [_, _, (third, to), (wallet, _)]) = paid();
    world.advance(i64::from(HOLD));
    claim_all(&mut world, &third, to);
    let address = world.ledger_address(&third);
    // As if a year without a payment had gone by.
    world.rewrite(&address, |ledger: &mut Ledger| ledger.accrued_at = 0);
    world.advance(i64::from(PERIOD) - i64::from(HOLD));
    let close = world.close_account(&third, &address);
    world.send(&[close], &[&third]).expect("close");
    let charge = world.charge(&wallet, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    let event = sent.event();
    let (money, shares) = event.settlement().expect("payment");
    assert_eq!(amounts(shares), [0, SHARES[1], SHARES[2]]);
    assert_eq!(money.flags, Settlement::LEDGER_CLOSED_1);
    assert_eq!(money.merchant, PRICE - SHARES[1] - SHARES[2]);
    world.send(&[world.open_ledger(&third)], &[]).expect("open");
    let (event, shares) = refund(&mut world, &wallet, PRICE);
    assert_eq!(amounts(&shares), [0, SHARES[1], SHARES[2]]);
    assert_eq!(event.from_vault, SHARES[1] + SHARES[2]);
    assert_eq!(books(&world.ledger(&third)), [0; 4]);
}

#[test]
fn a_frozen_vault_makes_all_of_it_debt_and_blocks_nothing() {
    let (mut world, [(top, _), (second, _), (third, _), (wallet, token)]) = paid();
    let vault = world.vault();
    world.freeze(&vault);
    let (event, shares) = refund(&mut world, &wallet, PRICE / 2);
    assert_eq!(
        (event.flags, event.from_vault),
        (Settlement::VAULT_FROZEN, 0)
    );
    assert_eq!(amounts(&shares), SHARES.map(|share| share / 2));
    for (ledger, share) in [&third, &second, &top].into_iter().zip(SHARES) {
        assert_eq!(books(&world.ledger(ledger)), [share, 0, 0, share / 2]);
    }
    assert_eq!(world.balance(&token), FUNDS - PRICE / 2);
    assert_eq!(world.balance(&world.destination), PRICE / 2 - ALL_SHARES);
    world.thaw(&vault);
    world.advance(i64::from(PERIOD));
    let charge = world.charge(&wallet, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    let event = sent.event();
    let (money, _) = event.settlement().expect("payment");
    assert_eq!(
        money.debt_repaid,
        SHARES.iter().map(|share| share / 2).sum::<u64>()
    );
    assert_solvent(&world);
}

#[test]
fn a_payment_into_a_frozen_vault_is_the_merchants_alone_to_give_back() {
    let mut world = World::new();
    let chain = world.referral_chain();
    let vault = world.vault();
    world.freeze(&vault);
    let [_, _, (third, _), (wallet, token)] = chain;
    world.subscribed(&wallet, token);
    world.thaw(&vault);
    let (event, shares) = refund(&mut world, &wallet, PRICE);
    assert_eq!((event.levels, event.from_vault, event.flags), (0, 0, 0));
    assert_eq!(shares, []);
    assert_eq!(books(&world.ledger(&third)), [0; 4]);
    assert_eq!(world.balance(&token), FUNDS);
}

#[test]
fn points_lifetime_and_tier_flip_back_and_what_was_spent_is_owed() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let set = world.set_issuer(&key(50), 10_000);
    world.send(&[set], &[&key(2)]).expect("set_issuer");
    let award = world.award(&key(50), &wallet, 1_100);
    world.send(&[award], &[&key(50)]).expect("award");
    let redeem = world.redeem(&wallet, 1_500);
    world.send(&[redeem], &[&wallet]).expect("redeem");
    let standing = |member: &Member| {
        (
            member.points,
            member.points_debt,
            member.lifetime_points,
            member.tier,
        )
    };
    assert_eq!(standing(&world.member(&wallet)), (590, 0, 2_090, 1));
    let (event, _) = refund(&mut world, &wallet, PRICE / 2);
    assert_eq!(event.points, POINTS / 2);
    assert_eq!(standing(&world.member(&wallet)), (95, 0, 1_595, 0));
    let (event, _) = refund(&mut world, &wallet, PRICE / 2);
    assert_eq!(event.points, POINTS / 2);
    assert_eq!(standing(&world.member(&wallet)), (0, 400, 1_100, 0));
    // Later points make up for it first.
    let award = world.award(&key(50), &wallet, 150);
    world.send(&[award], &[&key(50)]).expect("award");
    assert_eq!(standing(&world.member(&wallet)), (0, 250, 1_250, 0));
    let redeem = world.redeem(&wallet, 1);
    world
        .send(&[redeem], &[&wallet])
        .expect_err("nothing to spend")
        .assert_is(TesseraError::InsufficientPoints);
    world.advance(i64::from(PERIOD));
    world
        .send(&[world.charge(&wallet, None)], &[])
        .expect("charge");
    assert_eq!(standing(&world.member(&wallet)), (740, 0, 2_240, 1));
}

#[test]
fn an_invoice_is_refunded_like_a_period() {
    let mut world = World::new();
    let [(top, _), (second, _), (third, _), (wallet, token)] = world.referral_chain();
    let mut args = world.invoice_args(7, 40_000_001);
    args.points = 333;
    let pay = world.pay_invoice(&wallet, token, args);
    world.send(&pay, &[&wallet]).expect("pay_invoice");
    let address = world.invoice_address(&wallet, 7);
    for (amount, expected) in [(0, false), (40_000_002, false), (13_000_000, true)] {
        let refund = world.refund_invoice(&wallet, 7, token, amount);
        let result = world.send(&[refund], &[&key(2), &key(4)]);
        match expected {
            true => assert!(result.is_ok()),
            false => result
                .expect_err("too much or nothing")
                .assert_is(TesseraError::RefundTooHigh),
        }
    }
    let member = world.member(&wallet);
    assert_eq!(member.points, 333 - 108);
    let refund = world.refund_invoice(&wallet, 7, token, 27_000_001);
    let sent = world
        .send(&[refund], &[&key(2), &key(4)])
        .expect("the rest");
    let Event::Refunded(event, shares) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!(event.points, 333 - 108);
    assert_eq!(amounts(&shares), [2_700_000, 1_350_000, 675_000]);
    let invoice = world.invoice(&wallet, 7);
    assert_eq!(invoice.refunded, invoice.debit);
    assert_eq!(
        world.assert_receipts::<tessera_client::types::accounts::Invoice>(&address),
        3
    );
    for ledger in [&third, &second, &top] {
        assert_eq!(books(&world.ledger(ledger)), [0; 4]);
    }
    assert_eq!(world.balance(&token), FUNDS);
    assert_eq!(world.balance(&world.vault()), 0);
    assert_eq!(world.member(&wallet).points, 0);
}

#[test]
fn pyusd_is_refunded_too() {
    let (mut world, [_, _, _, (wallet, token)]) = paid_in(World::with_extensions(PYUSD));
    let full = world.refund(&wallet, PRICE);
    world.assert_withstands(&full, &[&key(2), &key(4)]);
    refund(&mut world, &wallet, PRICE / 2);
    refund(&mut world, &wallet, PRICE / 2);
    assert_eq!(world.balance(&token), FUNDS);
    assert_eq!(world.balance(&world.vault()), 0);
    assert_eq!(world.balance(&world.destination), 0);
}

#[test]
fn neither_cancelling_nor_pausing_the_org_stops_a_refund() {
    let (mut world, [_, _, _, (wallet, token)]) = paid();
    let cancel = world.cancel(&wallet);
    world.send(&[cancel], &[&wallet]).expect("cancel");
    let pause = world.pause_org(3);
    world.send(&[pause], &[&key(6)]).expect("pause_org");
    refund(&mut world, &wallet, PRICE);
    assert_eq!(world.balance(&token), FUNDS);
}
