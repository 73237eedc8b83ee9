use super::{Scene, paid, share, subscription};
use crate::{audit::Check, decode::Event};
use bytemuck::Zeroable;
use tessera_types::{
    accounts::Plan,
    events::{Charged, Settlement},
};

/// Bob's usage costs 1,000 at most.
fn metered() -> Scene {
    let mut scene = Scene::with_plan(|plan| plan.flags = Plan::METERED);
    let mut event = scene.signed();
    event.consents = Plan::METERED;
    event.outstanding = 3_000;
    event.settlement = Settlement {
        period_start: 1_000,
        paid_through: 4_600,
        ..Settlement::zeroed()
    };
    assert_eq!(scene.found(Event::Subscribed(event, vec![])), []);
    scene
}

fn stated(scene: &mut Scene, at: i64, settlement: Settlement) -> Vec<Check> {
    let shares = share(settlement.debit / 10);
    let receipt = scene.next(subscription(), at);
    let settlement = Settlement {
        flags: Settlement::STATED,
        ..settlement
    };
    let event = Charged {
        receipt,
        settlement,
    };
    scene.found(Event::Charged(event, shares))
}

#[test]
fn usage_is_stated_once_for_a_period_and_within_the_cap() {
    let above = stated(&mut metered(), 2_000, paid(1_010, 101, 0, 1_000));
    assert_eq!(above, [Check::Charges]);
    let mut scene = metered();
    assert_eq!(stated(&mut scene, 2_000, paid(400, 40, 0, 1_000)), []);
    let twice = stated(&mut scene, 2_001, paid(400, 40, 0, 1_000));
    assert!(twice.contains(&Check::Charges), "{twice:?}");
}

#[test]
fn a_period_without_a_statement_is_lost_to_the_org() {
    let mut scene = metered();
    assert_eq!(stated(&mut scene, 4_600, paid(400, 40, 0, 4_600)), []);
    let authority = scene.replay.authorities.values().next().expect("one");
    assert_eq!(authority.outstanding, 1_000);
    let it = scene.replay.subscriptions[&subscription()].account;
    assert_eq!(it.periods_paid, 2);
}

#[test]
fn points_are_those_of_the_usage() {
    let found = stated(&mut metered(), 2_000, paid(400, 100, 0, 1_000));
    assert_eq!(found, [Check::Points]);
}

#[test]
fn nobody_is_paid_for_stating_usage() {
    let mut settlement = paid(400, 40, 0, 1_000);
    settlement.merchant -= 1;
    settlement.keeper_fee = 1;
    let found = stated(&mut metered(), 2_000, settlement);
    assert_eq!(found, [Check::Charges; 2]);
}
