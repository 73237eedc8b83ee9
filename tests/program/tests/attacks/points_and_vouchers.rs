//! Attacks on points and on all that is signed or hashed: no point comes above a budget or outlives its
//! time, and a message counts where it was meant, once, and not after its time.

#[path = "points_and_vouchers/bitmap.rs"]
mod bitmap;
#[path = "points_and_vouchers/once.rs"]
mod once;
#[path = "points_and_vouchers/replays.rs"]
mod replays;
#[path = "points_and_vouchers/signatures.rs"]
mod signatures;
#[path = "points_and_vouchers/signed.rs"]
mod signed;

use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::types::{
    TesseraError,
    accounts::{OrgSettings, Tier},
};
use world::{PERIOD, POINTS, PRICE, World, key, replace};

const DAY: i64 = 86_400;
const HOUR: u32 = 3_600;

/// Members, keys 30 and 31, and an issuer, key 50, of 1,000 points a day.
fn with_issuer() -> World {
    let mut world = World::new();
    world.join(&key(30), None);
    world.join(&key(31), None);
    let set = world.set_issuer(&key(50), 1_000);
    world.send(&[set], &[&key(2)]).expect("set_issuer");
    world
}

fn awarded(world: &mut World, points: u64) -> Result<world::Sent, world::Refused> {
    let award = world.award(&key(50), &key(30), points);
    world.send(&[award], &[&key(50)])
}

fn set(world: &mut World, change: impl FnOnce(&mut OrgSettings)) {
    let mut settings = world.org_account().settings;
    change(&mut settings);
    let update = world.update_org(settings);
    world.send(&[update], &[&key(2)]).expect("update_org");
}

#[test]
fn a_stolen_issuer_key_gives_its_budget_and_no_more() {
    let mut world = with_issuer();
    let (issuer, thief) = (key(50), key(31));
    let over = TesseraError::IssuerBudgetExceeded;
    // In parts, in one transaction, to more than one member.
    for (first, second) in [(1_000, 1), (500, 501), (1, 1_000)] {
        let parts = [
            world.award_as(&issuer, &key(30), first, 1),
            world.award_as(&issuer, &thief, second, 2),
        ];
        let refused = world.send(&parts, &[&issuer]);
        refused.expect_err("over the budget").assert_is(over);
    }
    awarded(&mut world, 999).expect("within it");
    for points in [2, 1_001] {
        let refused = awarded(&mut world, points);
        refused.expect_err("over the budget").assert_is(over);
    }
    awarded(&mut world, u64::MAX)
        .expect_err("beyond a word")
        .assert_is(TesseraError::ArithmeticOverflow);
    // Nor does it set its own budget, or begin another life with a fresh one.
    let raise = world.set_issuer(&issuer, u64::MAX);
    let raise = replace(&raise, &key(2).pubkey(), &issuer.pubkey());
    world
        .send(&[raise], &[&issuer])
        .expect_err("the authority's")
        .assert_is(TesseraError::WrongAuthority);
    world.advance(1);
    let close = world.close_account(&issuer, &world.issuer_address(&issuer));
    world
        .send(&[close], &[&issuer])
        .expect_err("the authority's")
        .assert_is(TesseraError::WrongAuthority);
    awarded(&mut world, 1).expect("the last one");
    let members = world.member(&key(30)).points + world.member(&thief).points;
    assert_eq!((members, world.issuer(&issuer).epoch_used), (1_000, 1_000));
}

/// Two budgets around the boundary are two epochs' and the most that any day can bring; a third one
/// comes with no clock.
#[test]
fn the_boundary_of_an_epoch_gives_no_third_budget() {
    let mut world = with_issuer();
    let mut given = 0;
    for (secs, points, within) in [
        (0, 1, true),
        (DAY - 1, 999, true),
        (0, 1, false),
        (1, 1_000, true),
        (0, 1, false),
        (DAY - 2, 1, false),
        // Back over the boundary, and forward again.
        (-DAY, 1, false),
        (-10 * DAY, 1, false),
        (11 * DAY + 1, 1, false),
        (1, 1_000, true),
        // Days without an award leave nothing to add.
        (30 * DAY, 1_001, false),
        (0, 1_000, true),
        (1, 1, false),
    ] {
        world.advance(secs);
        match (awarded(&mut world, points), within) {
            (Ok(_), true) => given += points,
            (Err(refused), false) => refused.assert_is(TesseraError::IssuerBudgetExceeded),
            (result, _) => panic!("{points} after {secs}: {}", result.is_ok()),
        }
    }
    assert_eq!(world.member(&key(30)).points, given);
}

#[test]
fn no_redemption_takes_the_balance_below_nothing() {
    let mut world = with_issuer();
    let (wallet, missing) = (key(30), TesseraError::InsufficientPoints);
    let redeem = world.redeem_as(&wallet, 1, 1);
    let refused = world.send(&[redeem], &[&wallet]);
    refused.expect_err("none yet").assert_is(missing);
    awarded(&mut world, 10).expect("award");
    for points in [11, u64::MAX, u64::MAX - 9] {
        let redeem = world.redeem_as(&wallet, points, 1);
        let refused = world.send(&[redeem], &[&wallet]);
        refused.expect_err("too many").assert_is(missing);
    }
    // Together in one transaction.
    for (first, second) in [(10, 1), (6, 5), (9, u64::MAX)] {
        let both = [
            world.redeem_as(&wallet, first, 1),
            world.redeem_as(&wallet, second, 2),
        ];
        let refused = world.send(&both, &[&wallet]);
        refused.expect_err("too many").assert_is(missing);
    }
    assert_eq!(world.member(&wallet).points, 10);
    let all = world.redeem(&wallet, 10);
    world.send(&[all], &[&wallet]).expect("all");
    assert_eq!(world.member(&wallet).points, 0);
}

/// What is spent is what expires first; nothing that comes or goes carries the rest over its time.
#[test]
fn no_point_is_carried_over_its_expiry() {
    let mut world = with_issuer();
    let wallet = key(30);
    set(&mut world, |it| {
        (it.points_epoch_secs, it.points_expiry_epochs) = (HOUR, 1);
    });
    awarded(&mut world, 100).expect("in the first hour");
    world.advance(2 * i64::from(HOUR) - 1);
    awarded(&mut world, 1).expect("in the second");
    // The org grants more time: not to those that are there.
    set(&mut world, |it| it.points_expiry_epochs = 3);
    awarded(&mut world, 1).expect("with more time");
    let redeem = world.redeem(&wallet, 40);
    world.send(&[redeem], &[&wallet]).expect("of the first");
    assert_eq!(world.member(&wallet).points_at(world.now()), 62);
    world.advance(1);
    let late = world.redeem(&wallet, 3);
    world
        .send(&[late], &[&wallet])
        .expect_err("they have expired in this second")
        .assert_is(TesseraError::InsufficientPoints);
    let redeem = world.redeem(&wallet, 1);
    world.send(&[redeem], &[&wallet]).expect("of the second");
    world.advance(i64::from(HOUR));
    assert_eq!(world.member(&wallet).points_at(world.now()), 1);
    world.advance(2 * i64::from(HOUR));
    assert_eq!(world.member(&wallet).points_at(world.now()), 0);
    let member = world.member_address(&wallet);
    world.assert_receipts::<tessera_client::types::accounts::Member>(&member);
}

/// A fifth less to pay from 1,500 points on, which two payments reach.
fn tiered() -> (World, Keypair) {
    let mut world = World::new();
    set(&mut world, |it| {
        it.tiers[0] = Tier {
            points_threshold: 1_500,
            points_boost_bps: 0,
            discount_bps: 2_000,
            spare: [0; 4],
        };
        it.tiers[1] = Tier::UNUSED;
    });
    let (wallet, _) = world.subscriber();
    (world, wallet)
}

fn debited(world: &mut World, wallet: &Keypair) -> u64 {
    world.advance(i64::from(PERIOD));
    let charge = world.charge(wallet, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    let event = sent.event();
    event.settlement().expect("payment").0.debit
}

#[test]
fn a_payment_that_reaches_a_tier_is_not_discounted_itself() {
    let (mut world, wallet) = tiered();
    assert_eq!(debited(&mut world, &wallet), PRICE);
    assert_eq!(world.member(&wallet).tier, 1);
    assert_eq!(debited(&mut world, &wallet), PRICE / 5 * 4);
    // Spending what led there flips nothing back, and refilling it nothing up.
    let redeem = world.redeem(&wallet, 3 * POINTS);
    world.send(&[redeem], &[&wallet]).expect("redeem");
    assert_eq!(world.member(&wallet).tier, 1);
}

/// To and fro by refunds: each payment is what the tier before it says, and the points of what was
/// paid back are gone even where they were spent.
#[test]
fn a_tier_that_was_paid_back_gives_no_discount() {
    let (mut world, wallet) = tiered();
    assert_eq!(debited(&mut world, &wallet), PRICE);
    let redeem = world.redeem(&wallet, 2 * POINTS);
    world.send(&[redeem], &[&wallet]).expect("spent");
    for round in 1..=3 {
        let refund = world.refund(&wallet, PRICE);
        world.send(&[refund], &[&key(2), &key(4)]).expect("refund");
        let member = world.member(&wallet);
        assert_eq!((member.tier, member.points), (0, 0), "round {round}");
        assert_eq!(member.points_debt, POINTS);
        // At the full price it pays the debt and reaches the tier again, no more.
        assert_eq!(debited(&mut world, &wallet), PRICE);
        let member = world.member(&wallet);
        assert_eq!((member.tier, member.points, member.points_debt), (1, 0, 0));
        assert_eq!(member.lifetime_points, 2 * POINTS);
    }
    assert_eq!(debited(&mut world, &wallet), PRICE / 5 * 4);
}
