//! Points that expire, to the second.

use super::expiring::{EPOCH, HOUR, assert_holds, award, buckets, redeem, set_expiry, with_member};
use tessera_client::{Event, types::accounts::Member};
use world::{PERIOD, POINTS, PRICE, START, key};

#[test]
fn points_expire_to_the_second() {
    let (mut world, wallet, _) = with_member(1);
    award(&mut world, 100);
    assert_eq!(buckets(&world.member(&wallet)), [(100, 2)]);
    world.advance(2 * EPOCH - 1);
    assert_holds(&mut world, 100);
    world.advance(1);
    assert_holds(&mut world, 0);
    world.advance(1);
    assert_holds(&mut world, 0);
    // Nothing wrote it yet.
    assert_eq!(world.member(&wallet).points, 100);
    let event = award(&mut world, 7);
    assert_eq!((event.points_expired, event.balance), (100, 7));
    assert_eq!(world.member(&wallet).points, 7);
    let event = award(&mut world, 1);
    assert_eq!((event.points_expired, event.balance), (0, 8));
}

#[test]
fn a_bucket_is_an_epoch_and_its_bounds_are_exact() {
    let (mut world, wallet, _) = with_member(0);
    award(&mut world, 1);
    world.advance(EPOCH - 1);
    award(&mut world, 2);
    assert_eq!(buckets(&world.member(&wallet)), [(3, 1)]);
    world.advance(1);
    assert_eq!(award(&mut world, 4).points_expired, 3);
    assert_eq!(buckets(&world.member(&wallet)), [(4, 2)]);
    world.advance(EPOCH - 1);
    assert_holds(&mut world, 4);
    world.advance(1);
    assert_holds(&mut world, 0);
}

#[test]
fn four_epochs_are_four_buckets() {
    let (mut world, wallet, _) = with_member(3);
    for points in [1, 2, 4, 8] {
        award(&mut world, points);
        world.advance(EPOCH);
    }
    // The first expired in this second; its bucket is that of the new epoch.
    assert_eq!(award(&mut world, 16).points_expired, 1);
    assert_eq!(
        buckets(&world.member(&wallet)),
        [(2, 5), (4, 6), (8, 7), (16, 8)]
    );
    world.advance(3 * EPOCH);
    let event = redeem(&mut world, 10);
    assert_eq!((event.points_expired, event.balance), (2 + 4 + 8, 6));
}

#[test]
fn what_expires_first_is_spent_first() {
    let (mut world, wallet, _) = with_member(3);
    set_expiry(&mut world, 0, 0);
    award(&mut world, 1_000);
    set_expiry(&mut world, HOUR, 3);
    for points in [10, 20, 30] {
        award(&mut world, points);
        world.advance(EPOCH);
    }
    redeem(&mut world, 15);
    assert_eq!(buckets(&world.member(&wallet)), [(15, 5), (30, 6)]);
    redeem(&mut world, 20);
    assert_eq!(buckets(&world.member(&wallet)), [(25, 6)]);
    redeem(&mut world, 26);
    // What never expires is spent last.
    assert_eq!(buckets(&world.member(&wallet)), []);
    assert_eq!(world.member(&wallet).points, 999);
    world.advance(100 * EPOCH);
    assert_holds(&mut world, 999);
}

#[test]
fn no_later_setting_reaches_points_that_are_there() {
    let (mut world, wallet, _) = with_member(3);
    award(&mut world, 5);
    set_expiry(&mut world, HOUR, 0);
    award(&mut world, 6);
    assert_eq!(buckets(&world.member(&wallet)), [(6, 1), (5, 4)]);
    set_expiry(&mut world, 24 * HOUR, 3);
    award(&mut world, 7);
    set_expiry(&mut world, 0, 0);
    award(&mut world, 8);
    let day = 24 - (START / EPOCH % 24) + 3 * 24;
    assert_eq!(buckets(&world.member(&wallet)), [(6, 1), (5, 4), (7, day)]);
    world.advance(EPOCH);
    assert_holds(&mut world, 5 + 7 + 8);
    world.advance(3 * EPOCH - 1);
    assert_holds(&mut world, 5 + 7 + 8);
    world.advance(1);
    assert_holds(&mut world, 7 + 8);
    world.advance(200 * EPOCH);
    assert_holds(&mut world, 8);
}

#[test]
fn points_that_find_no_bucket_never_expire() {
    let (mut world, wallet, _) = with_member(3);
    for epoch in 1..=4u32 {
        set_expiry(&mut world, epoch * 7 * HOUR, 3);
        award(&mut world, u64::from(epoch));
    }
    let full = buckets(&world.member(&wallet));
    assert_eq!(full.len(), 4);
    set_expiry(&mut world, HOUR, 1);
    award(&mut world, 100);
    set_expiry(&mut world, 1_000 * HOUR, 3);
    award(&mut world, 200);
    assert_eq!(buckets(&world.member(&wallet)), full);
    world.advance(10_000 * EPOCH);
    assert_holds(&mut world, 300);
}

#[test]
fn every_receipt_says_what_expired() {
    let (mut world, wallet, token) = with_member(0);
    world.subscribed(&wallet, token);
    // The payment's own points expire long before the next one.
    world.advance(i64::from(PERIOD));
    let charge = world.charge(&wallet, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    let event = sent.event();
    let (money, _) = event.settlement().expect("payment");
    assert_eq!((money.points, money.points_expired), (POINTS, POINTS));
    world.advance(EPOCH);
    let pay = world.pay_invoice(&wallet, token, {
        let mut args = world.invoice_args(1, 1);
        args.points = 5;
        args
    });
    let sent = world.send(&pay, &[&wallet]).expect("pay_invoice");
    let event = sent.event();
    let (money, _) = event.settlement().expect("payment");
    assert_eq!((money.points, money.points_expired), (5, POINTS));
    world.advance(EPOCH);
    let refund = world.refund(&wallet, 1);
    let sent = world.send(&[refund], &[&key(2), &key(4)]).expect("refund");
    let Event::Refunded(event, _) = sent.event() else {
        panic!("another event");
    };
    assert_eq!((event.points, event.points_expired), (0, 5));
    assert_eq!(world.member(&wallet).points, 0);
    let address = world.member_address(&wallet);
    world.assert_receipts::<Member>(&address);
}

#[test]
fn a_refund_takes_what_came_last() {
    let (mut world, wallet, token) = with_member(3);
    award(&mut world, 100);
    world.advance(EPOCH);
    award(&mut world, 200);
    world.advance(EPOCH);
    world.subscribed(&wallet, token);
    redeem(&mut world, 50);
    assert_eq!(
        buckets(&world.member(&wallet)),
        [(50, 4), (200, 5), (POINTS, 6)]
    );
    let mut refund = |amount| {
        let refund = world.refund(&wallet, amount);
        world.send(&[refund], &[&key(2), &key(4)]).expect("refund");
        let member = world.member(&wallet);
        (buckets(&member), member.points, member.points_debt)
    };
    let half = POINTS / 2;
    assert_eq!(
        refund(PRICE / 2),
        (vec![(50, 4), (200, 5), (half, 6)], 250 + half, 0)
    );
    assert_eq!(refund(PRICE / 2), (vec![(50, 4), (200, 5)], 250, 0));
    // Of the payment's points some are spent now, so earlier ones make up for them.
    world.advance(i64::from(PERIOD));
    world
        .send(&[world.charge(&wallet, None)], &[])
        .expect("charge");
    award(&mut world, 10);
    redeem(&mut world, 500);
    let refund = world.refund(&wallet, PRICE);
    world.send(&[refund], &[&key(2), &key(4)]).expect("refund");
    let member = world.member(&wallet);
    assert_eq!((member.points, member.points_debt), (0, 490));
    assert_eq!(buckets(&member), []);
}

#[test]
fn points_that_repay_a_debt_fill_no_bucket() {
    let (mut world, wallet, _) = with_member(1);
    let address = world.member_address(&wallet);
    world.rewrite(&address, |member: &mut Member| member.points_debt = 30);
    let event = award(&mut world, 20);
    assert_eq!((event.points, event.balance), (20, 0));
    assert_eq!(buckets(&world.member(&wallet)), []);
    let event = award(&mut world, 15);
    assert_eq!((event.points, event.balance), (15, 5));
    assert_eq!(buckets(&world.member(&wallet)), [(5, 2)]);
    assert_eq!(world.member(&wallet).points_debt, 0);
    assert_eq!(world.member(&wallet).lifetime_points, 35);
}
