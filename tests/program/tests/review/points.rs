//! 9 and 20: points never stop money, and a reference counts once.

use super::*;
use tessera_client::types::window::MAX_JUMP;

/// Finding 9.
#[test]
fn a_member_full_of_points_still_pays() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let set = world.set_issuer(&key(50), u64::MAX);
    world.send(&[set], &[&key(2)]).expect("set_issuer");
    let award = world.award(&key(50), &wallet, u64::MAX);
    world.send(&[award], &[&key(50)]).expect("award");
    let member = world.member(&wallet);
    assert_eq!(
        (member.points, member.lifetime_points),
        (u64::MAX, u64::MAX)
    );
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    let event = sent.event();
    let (money, _) = event.settlement().expect("payment");
    assert_eq!(money.points, 0);
    cancel(&mut world, &wallet);
    world.subscribed(&wallet, token);
    // What is spent makes room, and the sum of the receipts stays the balance.
    let redeem = world.redeem(&wallet, 10);
    world.send(&[redeem], &[&wallet]).expect("redeem");
    world.advance(2 * STEP);
    let charge = world.charge(&wallet, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    let event = sent.event();
    let (money, _) = event.settlement().expect("payment");
    assert_eq!(money.points, 10);
    assert_eq!(world.member(&wallet).points, u64::MAX);
    let address = world.member_address(&wallet);
    world.assert_receipts::<Member>(&address);
}

/// References that are tried one after the other, and whether each is accepted.
fn assert_references(
    world: &mut World,
    attempts: &[(u64, bool)],
    build: impl Fn(&World, u64) -> Instruction,
) {
    let signers = [&key(50), &key(30)];
    for (reference, accepted) in attempts {
        let instruction = build(world, *reference);
        let result = world.send(&[instruction], &signers);
        match accepted {
            true => assert!(result.is_ok(), "{reference}"),
            false => result
                .expect_err("used or too old")
                .assert_is(TesseraError::ReferenceUsed),
        }
        world.advance(1);
    }
}

/// Finding 20.
#[test]
fn an_awards_reference_counts_once_in_any_order_within_the_window() {
    let mut world = World::new();
    world.join(&key(30), None);
    let set = world.set_issuer(&key(50), 100);
    world.send(&[set], &[&key(2)]).expect("set_issuer");
    let attempts = [
        (7, true),
        (7, false),
        (3, true),
        (3, false),
        (0, true),
        (1_000, true),
        (40, true),
        (39, false),
        (40, false),
        (7, false),
        (999, true),
        // One that would leave no room for others.
        (u64::MAX, false),
        (1_000 + MAX_JUMP, true),
        (1_000 + MAX_JUMP, false),
        (1_000 + MAX_JUMP - 960, true),
        (1_000 + MAX_JUMP - 961, false),
        (1_001, false),
    ];
    assert_references(&mut world, &attempts, |world, reference| {
        world.award_as(&key(50), &key(30), 1, reference)
    });
    let accepted = attempts.iter().filter(|(_, accepted)| *accepted).count();
    assert_eq!(world.member(&key(30)).points, accepted as u64);
    assert_eq!(world.issuer(&key(50)).epoch_used, accepted as u64);
}

/// Finding 20.
#[test]
fn a_redemptions_reference_counts_once_in_any_order_within_the_window() {
    let mut world = World::new();
    world.subscriber();
    let attempts = [
        (5, true),
        (5, false),
        (2, true),
        (100, true),
        (36, true),
        (35, false),
        (36, false),
        (99, true),
        (100, false),
        (5, false),
        (101, true),
    ];
    assert_references(&mut world, &attempts, |world, reference| {
        world.redeem_as(&key(30), 1, reference)
    });
}

/// Finding 20.
#[test]
fn a_retry_that_failed_leaves_its_reference_free() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let set = world.set_issuer(&key(50), 5);
    world.send(&[set], &[&key(2)]).expect("set_issuer");
    let award = world.award_as(&key(50), &wallet, 6, 9);
    world
        .send(&[award], &[&key(50)])
        .expect_err("over the budget")
        .assert_is(TesseraError::IssuerBudgetExceeded);
    let award = world.award_as(&key(50), &wallet, 5, 9);
    world.send(&[award], &[&key(50)]).expect("the same number");
}

/// Finding 20: numbers of two issuers, or two members, are their own.
#[test]
fn references_of_others_do_not_count() {
    let mut world = World::new();
    world.subscriber();
    world.join(&key(31), None);
    for issuer in [50, 51] {
        let set = world.set_issuer(&key(issuer), 100);
        world.send(&[set], &[&key(2)]).expect("set_issuer");
        let award = world.award_as(&key(issuer), &key(31), 9, 1);
        world.send(&[award], &[&key(issuer)]).expect("award");
    }
    for member in [30, 31] {
        let redeem = world.redeem_as(&key(member), 1, 1);
        world.send(&[redeem], &[&key(member)]).expect("redeem");
    }
}
