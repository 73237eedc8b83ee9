use solana_signer::Signer;
use tessera_client::{
    Event,
    types::{
        TesseraError,
        accounts::{Header, Issuer, Member},
    },
};
use world::{START, World, key, replace};

const DAY: i64 = 86_400;

/// A member, key 30, and an issuer, key 50, of 1,000 points a day.
fn with_issuer() -> World {
    let mut world = World::new();
    world.join(&key(30), None);
    world
        .send(&[world.set_issuer(&key(50), 1_000)], &[&key(2)])
        .expect("set_issuer");
    world
}

#[track_caller]
fn award(world: &mut World, points: u64) {
    world
        .send(&[world.award(&key(50), &key(30), points)], &[&key(50)])
        .expect("award");
}

#[track_caller]
fn assert_refused(world: &mut World, points: u64, expected: TesseraError) {
    world
        .send(&[world.award(&key(50), &key(30), points)], &[&key(50)])
        .expect_err("refused")
        .assert_is(expected);
}

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = with_issuer();
    let award = world.award(&key(50), &key(30), 1);
    world.assert_withstands(&award, &[&key(50)]);
}

#[test]
fn zero_points_are_refused() {
    assert_refused(&mut with_issuer(), 0, TesseraError::ZeroPoints);
}

#[test]
fn only_the_issuers_key_awards() {
    let mut world = with_issuer();
    let award = world.award(&key(50), &key(30), 1);
    let award = replace(&award, &key(50).pubkey(), &key(51).pubkey());
    world
        .send(&[award], &[&key(51)])
        .expect_err("another key")
        .assert_is(TesseraError::WrongIssuer);
}

#[test]
fn an_issuer_awards_in_its_own_org_only() {
    let mut world = with_issuer();
    let elsewhere = world.second_org();
    let (issuer, member) = (
        world.issuer_address(&key(50)),
        world.member_address(&key(30)),
    );
    let foreign = world.within(elsewhere, |world| {
        world.join(&key(30), None);
        world
            .send(&[world.set_issuer(&key(50), 1_000)], &[&key(2)])
            .expect("set_issuer");
        world.award(&key(50), &key(30), 1)
    });
    let [_, there_issuer, there_org, there_member] =
        [0, 1, 2, 3].map(|index| foreign.accounts[index].pubkey);
    let home = world.org;
    for award in [
        replace(&foreign, &there_issuer, &issuer),
        replace(&foreign, &there_org, &home),
        replace(&foreign, &there_member, &member),
        replace(
            &replace(&foreign, &there_issuer, &issuer),
            &there_org,
            &home,
        ),
    ] {
        world
            .send(&[award], &[&key(50)])
            .expect_err("mixed orgs")
            .assert_is(TesseraError::WrongOrg);
    }
}

#[test]
fn the_budget_holds_to_the_point() {
    let mut world = with_issuer();
    assert_refused(&mut world, 1_001, TesseraError::IssuerBudgetExceeded);
    award(&mut world, 999);
    assert_refused(&mut world, 2, TesseraError::IssuerBudgetExceeded);
    award(&mut world, 1);
    assert_refused(&mut world, 1, TesseraError::IssuerBudgetExceeded);
}

#[test]
fn a_budget_does_not_wrap() {
    let mut world = with_issuer();
    world
        .send(&[world.set_issuer(&key(50), u64::MAX)], &[&key(2)])
        .expect("set_issuer");
    award(&mut world, 1);
    assert_refused(&mut world, u64::MAX, TesseraError::ArithmeticOverflow);
}

#[test]
fn a_disabled_issuer_awards_nothing() {
    let mut world = with_issuer();
    world
        .send(&[world.set_issuer(&key(50), 0)], &[&key(2)])
        .expect("set_issuer");
    assert_refused(&mut world, 1, TesseraError::IssuerBudgetExceeded);
    world.advance(DAY);
    assert_refused(&mut world, 1, TesseraError::IssuerBudgetExceeded);
}

#[test]
fn a_new_epoch_starts_with_the_first_award_after_the_last() {
    let mut world = with_issuer();
    award(&mut world, 1_000);
    world.advance(DAY - 1);
    assert_refused(&mut world, 1, TesseraError::IssuerBudgetExceeded);
    world.advance(1);
    award(&mut world, 400);
    let issuer = world.issuer(&key(50));
    assert_eq!(
        (issuer.epoch_started_at, issuer.epoch_used),
        (START + DAY, 400)
    );
    // Idle epochs do not add up.
    world.advance(10 * DAY);
    assert_refused(&mut world, 1_001, TesseraError::IssuerBudgetExceeded);
    award(&mut world, 1_000);
    assert_eq!(world.issuer(&key(50)).epoch_started_at, START + 11 * DAY);
}

#[test]
fn a_clock_that_steps_back_frees_no_budget() {
    let mut world = with_issuer();
    award(&mut world, 1_000);
    world.advance(-10 * DAY);
    assert_refused(&mut world, 1, TesseraError::IssuerBudgetExceeded);
}

#[test]
fn balances_take_what_fits_and_do_not_wrap() {
    let mut world = with_issuer();
    let member = world.member_address(&key(30));
    for (points, lifetime, received, after) in [
        (0, u64::MAX, 5, (5, u64::MAX)),
        (u64::MAX - 2, 0, 2, (u64::MAX, 2)),
        (u64::MAX, u64::MAX, 0, (u64::MAX, u64::MAX)),
    ] {
        world.rewrite(&member, |member: &mut Member| {
            (member.points, member.lifetime_points) = (points, lifetime);
        });
        let sent = world
            .send(&[world.award(&key(50), &key(30), 5)], &[&key(50)])
            .expect("award");
        let Event::PointsAwarded(event) = sent.event() else {
            panic!("another event");
        };
        assert_eq!((event.points, event.balance), (received, after.0));
        let member = world.member(&key(30));
        assert_eq!((member.points, member.lifetime_points), after);
    }
}

#[test]
fn an_epoch_beyond_the_end_of_time_is_refused() {
    let mut world = with_issuer();
    let issuer = world.issuer_address(&key(50));
    world.rewrite(&issuer, |issuer: &mut Issuer| {
        issuer.epoch_started_at = i64::MAX;
    });
    assert_refused(&mut world, 1, TesseraError::ArithmeticOverflow);
}

#[test]
fn an_award_adds_points_and_is_a_receipt() {
    let mut world = with_issuer();
    let before = world.member(&key(30));
    let sent = world
        .send(&[world.award(&key(50), &key(30), 7)], &[&key(50)])
        .expect("award");
    let address = world.member_address(&key(30));
    let Event::PointsAwarded(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.seq, event.receipt.at), (2, START));
    assert_eq!(event.issuer, world.issuer_address(&key(50)));
    assert_eq!((event.points, event.balance), (7, 7));
    assert_eq!((event.reference, &event.memo), (1, b"order-0000000001"));
    assert_eq!(event.receipt.life, before.header.life);
    assert_eq!(world.assert_receipts::<Member>(&address), 2);
    let after = world.member(&key(30));
    let expected = Member {
        points: 7,
        lifetime_points: 7,
        header: Header {
            receipt_seq: 2,
            receipt_head: after.header.receipt_head,
            ..before.header
        },
        ..before
    };
    assert_eq!(after, expected);
    let issuer = world.issuer(&key(50));
    assert_eq!((issuer.epoch_used, issuer.highest_reference), (7, 1));
}

#[test]
fn tiers_follow_lifetime_points_and_survive_redemption() {
    let mut world = with_issuer();
    world
        .send(&[world.set_issuer(&key(50), 100_000)], &[&key(2)])
        .expect("set_issuer");
    for (points, tier) in [(1_999, 0), (1, 1), (2_999, 1), (1, 2)] {
        award(&mut world, points);
        assert_eq!(world.member(&key(30)).tier, tier);
    }
    world
        .send(&[world.redeem(&key(30), 5_000)], &[&key(30)])
        .expect("redeem");
    let member = world.member(&key(30));
    assert_eq!((member.points, member.tier), (0, 2));
    // The second tier of two: the others are unused.
    award(&mut world, 50_000);
    assert_eq!(world.member(&key(30)).tier, 2);
}

#[test]
fn a_lifetime_full_of_points_reaches_no_tier_that_is_unused() {
    let mut world = with_issuer();
    let member = world.member_address(&key(30));
    world.rewrite(&member, |member: &mut Member| {
        member.lifetime_points = u64::MAX;
    });
    award(&mut world, 1);
    assert_eq!(world.member(&key(30)).tier, 2);
}

/// So that the budget's use follows from receipts.
#[test]
fn an_issuer_has_used_what_its_receipts_say_that_members_received() {
    let mut world = with_issuer();
    let member = world.member_address(&key(30));
    world.rewrite(&member, |member: &mut Member| member.points = u64::MAX - 3);
    award(&mut world, 10);
    assert_eq!(world.issuer(&key(50)).epoch_used, 3);
}
