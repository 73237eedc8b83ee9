use solana_signer::Signer;
use tessera_client::{
    Event,
    types::{TesseraError, accounts::Plan},
};
use world::{PERIOD, START, World, key, replace};

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = World::new();
    let sunset = world.sunset_plan(START + 5);
    world.assert_withstands(&sunset, &[&key(2)]);
}

#[test]
fn only_the_orgs_authority_ends_a_plan() {
    let mut world = World::new();
    let sunset = world.sunset_plan(START);
    for other in [key(3), key(4), key(6)] {
        let attack = replace(&sunset, &key(2).pubkey(), &other.pubkey());
        world
            .send(&[attack], &[&other])
            .expect_err("another signer")
            .assert_is(TesseraError::WrongAuthority);
    }
    let elsewhere = world.second_org();
    let attack = replace(&sunset, &world.org, &elsewhere.org);
    world
        .send(&[attack], &[&key(2)])
        .expect_err("another org")
        .assert_is(TesseraError::WrongOrg);
}

#[test]
fn the_time_is_not_past_and_only_comes_nearer() {
    let mut world = World::new();
    for at in [START - 1, 0, i64::MIN, i64::MAX] {
        let sunset = world.sunset_plan(at);
        world
            .send(&[sunset], &[&key(2)])
            .expect_err("refused")
            .assert_is(TesseraError::PlanSunset);
    }
    for (at, accepted) in [
        (START + 100, true),
        (START + 101, false),
        (START + 100, false),
        (START + 50, true),
        (START, true),
        (START, false),
    ] {
        let sunset = world.sunset_plan(at);
        let result = world.send(&[sunset], &[&key(2)]);
        match accepted {
            true => {
                let Event::PlanSunset(event) = result.expect("nearer").event() else {
                    panic!("another event");
                };
                assert_eq!((event.at, event.receipt.account), (at, world.plan));
                assert_eq!(world.plan_account().sunset_at, at);
            }
            false => result
                .expect_err("not nearer")
                .assert_is(TesseraError::PlanSunset),
        }
    }
    let plan = world.plan;
    assert_eq!(world.assert_receipts::<Plan>(&plan), 4);
}

#[test]
fn nobody_subscribes_from_then_on_and_who_has_goes_on() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let sunset = world.sunset_plan(START + 100);
    world.send(&[sunset], &[&key(2)]).expect("sunset_plan");
    let other = key(31);
    let token = world.join(&other, None);
    world.advance(99);
    let subscribe = world.subscribe(&other, token, world.subscribe_args());
    world
        .simulate(std::slice::from_ref(&subscribe), &[&other])
        .expect("a second before");
    world.advance(1);
    let subscribe = world.subscribe(&other, token, world.subscribe_args());
    world
        .send(&[subscribe], &[&other])
        .expect_err("too late")
        .assert_is(TesseraError::PlanSunset);
    world.advance(i64::from(PERIOD));
    world
        .send(&[world.charge(&wallet, None)], &[])
        .expect("charge");
}
