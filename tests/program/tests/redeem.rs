use solana_signer::Signer;
use tessera_client::{
    Event,
    types::{
        TesseraError,
        accounts::{Header, Member},
    },
};
use world::{POINTS, START, World, key, replace};

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let redeem = world.redeem(&wallet, 1);
    world.assert_withstands(&redeem, &[&wallet]);
}

#[test]
fn zero_points_are_refused() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    world
        .send(&[world.redeem(&wallet, 0)], &[&wallet])
        .expect_err("zero")
        .assert_is(TesseraError::ZeroPoints);
}

#[test]
fn more_than_the_balance_is_refused() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    for points in [POINTS + 1, u64::MAX] {
        world
            .send(&[world.redeem(&wallet, points)], &[&wallet])
            .expect_err("too many")
            .assert_is(TesseraError::InsufficientPoints);
    }
}

#[test]
fn another_wallets_points_are_out_of_reach() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let redeem = replace(
        &world.redeem(&wallet, 1),
        &wallet.pubkey(),
        &key(31).pubkey(),
    );
    world
        .send(&[redeem], &[&key(31)])
        .expect_err("foreign")
        .assert_is(TesseraError::WrongWallet);
}

#[test]
fn a_receipt_number_does_not_wrap() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let member = world.member_address(&wallet);
    world.rewrite(&member, |member: &mut Member| {
        member.header.receipt_seq = u64::MAX;
    });
    world
        .send(&[world.redeem(&wallet, 1)], &[&wallet])
        .expect_err("last receipt")
        .assert_is(TesseraError::ArithmeticOverflow);
}

#[test]
fn redeeming_spends_points_and_is_a_receipt() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let before = world.member(&wallet);
    let sent = world
        .send(&[world.redeem(&wallet, POINTS)], &[&wallet])
        .expect("redeem");
    let address = world.member_address(&wallet);
    let Event::PointsRedeemed(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.seq, event.receipt.at), (2, START));
    assert_eq!((event.points, event.balance), (POINTS, 0));
    assert_eq!((event.reference, &event.memo), (1, b"order-0000000002"));
    assert_eq!(world.assert_receipts::<Member>(&address), 2);
    let after = world.member(&wallet);
    let expected = Member {
        points: 0,
        highest_reference: 1,
        used_references: [1 << 1, 0],
        header: Header {
            receipt_seq: 2,
            receipt_head: after.header.receipt_head,
            ..before.header
        },
        ..before
    };
    assert_eq!(after, expected);
    assert_eq!(after.lifetime_points, POINTS);
}
