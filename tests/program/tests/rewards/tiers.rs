use super::support::assert_solvent;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event,
    types::{
        TesseraError,
        accounts::{OrgSettings, Tier},
        events::Settlement,
    },
};
use world::{COMMISSION_BPS, FUNDS, GRACE, KEEPER_FEE, PERIOD, PERIODS, POINTS, PRICE, World, key};

fn tier(points_threshold: u64, points_boost_bps: u16, discount_bps: u16) -> Tier {
    Tier {
        points_threshold,
        points_boost_bps,
        discount_bps,
        spare: [0; 4],
    }
}

/// Two tiers: from 2,000 points a tenth more points and 5 % less to pay, from 5,000 a quarter more
/// and 20 % less.
fn settings(world: &World) -> OrgSettings {
    OrgSettings {
        tiers: [
            tier(2_000, 1_000, 500),
            tier(5_000, 2_500, 2_000),
            Tier::UNUSED,
            Tier::UNUSED,
        ],
        ..world.org_settings()
    }
}

/// A chain whose lowest member, key 23, has subscribed under those tiers, and an issuer, key 50.
fn tiered() -> (World, [(Keypair, Address); 4]) {
    let mut world = World::new();
    let update = world.update_org(settings(&world));
    let issuer = world.set_issuer(&key(50), u64::MAX);
    world.send(&[update, issuer], &[&key(2)]).expect("settings");
    let chain = world.referral_chain();
    world.subscribed(&chain[3].0, chain[3].1);
    (world, chain)
}

fn award(world: &mut World, wallet: &Keypair, points: u64) {
    let award = world.award(&key(50), wallet, points);
    world.send(&[award], &[&key(50)]).expect("award");
}

fn charge(world: &mut World, wallet: &Keypair) -> (Settlement, Vec<u64>) {
    let charge = world.charge(wallet, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    let Event::Charged(event, shares) = sent.event() else {
        panic!("another event");
    };
    (
        event.settlement,
        shares.iter().map(|share| share.amount).collect(),
    )
}

#[test]
fn a_plan_whose_discounted_floor_does_not_hold_its_shares_is_refused() {
    let mut world = World::new();
    let update = world.update_org(settings(&world));
    world.send(&[update], &[&key(2)]).expect("update_org");
    // 17.5 % and the fee of what 80 % of the floor leaves.
    let mut args = world.create_plan_args();
    args.id = 2;
    let least = args.price_floor / 5 * 4;
    let left = least - least / 1_000 * 175;
    args.keeper_fee_cap = left;
    world
        .send(&[world.create_plan(args)], &[&key(2)])
        .expect_err("nothing is left")
        .assert_is(TesseraError::KeeperFeeTooHigh);
    args.keeper_fee_cap = left - 1;
    world
        .send(&[world.create_plan(args)], &[&key(2)])
        .expect("a unit is");
}

#[test]
fn terms_that_a_discount_makes_too_small_are_refused_at_the_signature() {
    let mut world = World::new();
    let mut args = world.create_plan_args();
    args.id = 2;
    args.price_floor = args.price;
    args.keeper_fee_cap = PRICE / 10 * 8;
    world
        .send(&[world.create_plan(args)], &[&key(2)])
        .expect("it fits without a discount");
    let update = world.update_org(settings(&world));
    world.send(&[update], &[&key(2)]).expect("update_org");
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let place = world.place_of_plan(2);
    world.within(place, |world| {
        let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
        world
            .send(&[subscribe], &[&wallet])
            .expect_err("with one it does not")
            .assert_is(TesseraError::PriceBelowShares);
    });
}

#[test]
fn the_next_charge_is_lower_and_commission_is_of_what_is_paid() {
    let (mut world, [_, _, _, (wallet, token)]) = tiered();
    let outstanding = world.authority_of(&token).outstanding;
    assert_eq!(outstanding, PRICE * u64::from(PERIODS));
    award(&mut world, &wallet, 2_000 - POINTS);
    assert_eq!(world.member(&wallet).tier, 1);
    world.advance(i64::from(PERIOD));
    let before = (
        world.balance(&world.destination),
        world.balance(&world.vault()),
    );
    let (money, shares) = charge(&mut world, &wallet);
    let debit = PRICE / 100 * 95;
    let parts = COMMISSION_BPS.map(|bps| debit / 10_000 * u64::from(bps));
    assert_eq!(shares, parts);
    let commission: u64 = parts.iter().sum();
    assert_eq!(
        (money.debit, money.merchant, money.tier),
        (debit, debit - commission, 1)
    );
    assert_eq!(money.points, POINTS + POINTS / 10);
    assert_eq!(world.balance(&token), FUNDS - PRICE - debit);
    assert_eq!(world.balance(&world.destination), before.0 + money.merchant);
    assert_eq!(world.balance(&world.vault()), before.1 + commission);
    // The period is used up, whatever it cost; the approval is never below what is left.
    let authority = world.authority_of(&token);
    assert_eq!(authority.outstanding, outstanding - PRICE);
    assert_eq!(world.token(&token).delegated_amount, outstanding - debit);
    assert!(world.token(&token).delegated_amount >= authority.outstanding);
    assert_solvent(&world);
}

#[test]
fn every_period_is_covered_up_to_the_last() {
    let (mut world, [_, _, _, (wallet, token)]) = tiered();
    award(&mut world, &wallet, 2_000);
    for _ in 0..PERIODS {
        world.advance(i64::from(PERIOD));
        let (money, _) = charge(&mut world, &wallet);
        assert!(money.debit < PRICE);
        let authority = world.authority_of(&token);
        assert!(world.token(&token).delegated_amount >= authority.outstanding);
    }
    world.advance(i64::from(PERIOD));
    world
        .send(&[world.charge(&wallet, None)], &[])
        .expect_err("used up")
        .assert_is(TesseraError::PeriodsUsedUp);
    assert_eq!(world.authority_of(&token).outstanding, 0);
    assert_solvent(&world);
}

#[test]
fn a_tier_that_a_charge_reaches_counts_from_the_next() {
    let (mut world, [_, _, _, (wallet, _)]) = tiered();
    award(&mut world, &wallet, 2_000 - POINTS - 1);
    world.advance(i64::from(PERIOD));
    let (money, _) = charge(&mut world, &wallet);
    assert_eq!((money.debit, money.tier, money.points), (PRICE, 0, POINTS));
    assert_eq!(world.member(&wallet).tier, 1);
    award(&mut world, &wallet, 5_000);
    world.advance(i64::from(PERIOD));
    let (money, _) = charge(&mut world, &wallet);
    assert_eq!((money.debit, money.tier), (PRICE / 5 * 4, 2));
    assert_eq!(money.points, POINTS + POINTS / 4);
}

#[test]
fn the_keeper_is_paid_in_full_of_what_is_left() {
    let (mut world, [_, _, _, (wallet, _)]) = tiered();
    award(&mut world, &wallet, 5_000);
    world.advance(i64::from(PERIOD) + i64::from(GRACE));
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    let charge = world.charge(&wallet, Some(keeper));
    let sent = world.send(&[charge], &[]).expect("charge");
    let event = sent.event();
    let (money, shares) = event.settlement().expect("payment");
    let commission: u64 = shares.iter().map(|share| share.amount).sum();
    let debit = PRICE / 5 * 4;
    assert_eq!(commission, debit / 1_000 * 175);
    assert_eq!((money.debit, money.keeper_fee), (debit, KEEPER_FEE));
    assert_eq!(money.merchant, debit - commission - KEEPER_FEE);
    assert_eq!(world.balance(&keeper), KEEPER_FEE);
}

#[test]
fn a_discount_that_the_org_changes_reaches_nobody_who_signed() {
    let (mut world, [_, _, _, (wallet, _)]) = tiered();
    award(&mut world, &wallet, 2_000);
    for discount in [0, 5_000] {
        let mut changed = settings(&world);
        changed.tiers[0].discount_bps = discount;
        changed.tiers[0].points_boost_bps = 0;
        let update = world.update_org(changed);
        world.send(&[update], &[&key(2)]).expect("update_org");
        world.advance(i64::from(PERIOD));
        let (money, _) = charge(&mut world, &wallet);
        assert_eq!(money.debit, PRICE / 100 * 95);
        assert_eq!(money.points, POINTS + POINTS / 10);
    }
}

#[test]
fn a_discount_counts_at_the_signature_too() {
    let (mut world, _) = tiered();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    award(&mut world, &wallet, 5_000);
    let args = world.subscribe_args();
    assert_eq!(args.terms.price, PRICE);
    let subscribe = world.subscribe(&wallet, token, args);
    let sent = world.send(&[subscribe], &[&wallet]).expect("subscribe");
    let event = sent.event();
    let (money, _) = event.settlement().expect("payment");
    assert_eq!((money.debit, money.tier), (PRICE / 5 * 4, 2));
    assert_eq!(world.balance(&token), FUNDS - PRICE / 5 * 4);
    assert_eq!(
        world.token(&token).delegated_amount,
        PRICE * u64::from(PERIODS)
    );
}
