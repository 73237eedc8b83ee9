//! 11, 16 and 18: agreements end one by one, are charged once a period, and lapse.

use super::*;

/// Finding 11.
#[test]
fn a_kept_cancel_signature_ends_no_later_agreement() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let kept = world.cancel(&wallet);
    cancel(&mut world, &wallet);
    world.subscribed(&wallet, token);
    world
        .send(std::slice::from_ref(&kept), &[&wallet])
        .expect_err("another agreement")
        .assert_is(TesseraError::WrongAgreement);
    // Charges do not change the agreement's name.
    let current = world.cancel(&wallet);
    world.advance(2 * STEP);
    let charge = world.charge(&wallet, None);
    world.send(&[charge], &[]).expect("charge");
    assert_eq!(world.cancel(&wallet), current);
    world.send(&[current], &[&wallet]).expect("cancel");
}

/// Finding 11.
#[test]
fn a_kept_cancel_signature_ends_no_agreement_of_a_later_life() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let kept = world.cancel(&wallet);
    // As if the subscription had been closed and signed again at the same address.
    let address = world.subscription_address(&wallet);
    world.rewrite(&address, |subscription: &mut Subscription| {
        subscription.header.life += 1;
    });
    world
        .send(&[kept], &[&wallet])
        .expect_err("another life")
        .assert_is(TesseraError::WrongAgreement);
}

/// Finding 16, with the longest grace time that a plan may have.
#[test]
fn no_two_charges_come_closer_than_half_a_period() {
    let half = STEP / 2;
    let mut world = World::without_org();
    let mut args = world.create_plan_args();
    args.grace_secs = PERIOD / 2;
    let instructions = [
        world.create_org(world.create_org_args()),
        world.create_plan(args),
    ];
    world.send(&instructions, &[&key(2)]).expect("org and plan");
    let (wallet, _) = world.subscriber();
    let mut paid = vec![world.now()];
    // A cranker who is always as late as possible, then as early as possible.
    for late in [half, 0, half, half + 1, 0, 1, half, 0] {
        let due = world.subscription(&wallet).next_due;
        world.advance(due + late - world.now());
        let charge = world.charge(&wallet, None);
        let again = [charge.clone(), charge.clone()];
        world
            .send(&again, &[])
            .expect_err("twice")
            .assert_is(TesseraError::NotDue);
        world.send(&[charge], &[]).expect("charge");
        paid.push(world.now());
    }
    for pair in paid.windows(2) {
        assert!(pair[1] - pair[0] >= half, "{paid:?}");
    }
    let elapsed = paid[paid.len() - 1] - paid[0];
    assert!((paid.len() as i64 - 1) * STEP <= elapsed + half);
}

/// Finding 18.
#[test]
fn a_subscription_that_missed_a_period_is_dead_and_blocks_no_new_one() {
    for years in [0, 3] {
        let mut world = World::new();
        let (wallet, token) = world.subscriber();
        world.advance(2 * STEP + years * 365 * 86_400);
        let charge = world.charge(&wallet, None);
        world
            .send(&[charge], &[])
            .expect_err("lapsed")
            .assert_is(TesseraError::Lapsed);
        assert!(
            !world
                .subscription(&wallet)
                .is_collectable(i64::MAX, world.now())
        );
        world.subscribed(&wallet, token);
        let authority = world.authority_of(&token);
        // What the dead agreement could have taken is not approved any more.
        assert_eq!(authority.outstanding, APPROVED);
        assert_eq!(authority.live_subscriptions, 1);
        assert_eq!(world.token(&token).delegated_amount, APPROVED);
        assert_eq!(world.subscription(&wallet).paid_through, world.now() + STEP);
    }
}

/// Finding 18.
#[test]
fn the_last_second_in_which_a_missed_period_can_be_collected() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.advance(2 * STEP - 1);
    let subscription = world.subscription(&wallet);
    assert_eq!(subscription.lapses_at(), world.now() + 1);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    world
        .send(std::slice::from_ref(&subscribe), &[&wallet])
        .expect_err("it can still be charged")
        .assert_is(TesseraError::AlreadySubscribed);
    let charge = world.charge(&wallet, None);
    world.simulate(&[charge], &[]).expect("charge");
    world.advance(1);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    world.send(&[subscribe], &[&wallet]).expect("it has lapsed");
}
