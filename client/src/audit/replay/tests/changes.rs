use super::{Scene, paid, plan, share, subscription, terms};
use crate::{audit::Check, decode::Event};
use bytemuck::Zeroable;
use tessera_types::events::{Charged, PlanChanged, Settlement};

/// To plan 2 in the middle of the period: 500 are left, and 2,700 is its price in Bob's tier.
fn upgrade(scene: &Scene) -> PlanChanged {
    PlanChanged {
        receipt: scene.next(subscription(), 2_800),
        plan: plan(2),
        terms: terms(3_000),
        authority_generation: 9,
        outstanding: 6_000,
        credit: 500,
        // The part of 330 points that is paid for.
        settlement: paid(2_200, 268, 1, 2_800),
        ..PlanChanged::zeroed()
    }
}

fn found(edit: impl FnOnce(&mut PlanChanged)) -> Vec<Check> {
    let mut scene = Scene::subscribed();
    let mut event = upgrade(&scene);
    edit(&mut event);
    scene.found(Event::PlanChanged(event, share(220)))
}

#[test]
fn an_upgrade_credits_what_is_left_of_the_period() {
    assert_eq!(found(|it| it.credit = 501), [Check::Charges]);
    let dearer = |it: &mut PlanChanged| {
        it.settlement.debit += 1;
        it.settlement.merchant += 1;
    };
    assert_eq!(found(dearer), [Check::Charges; 2]);
    assert_eq!(found(|it| it.settlement.points = 330), [Check::Points]);
    assert_eq!(found(|it| it.settlement.tier = 0), [Check::Points]);
    assert_eq!(found(|it| it.outstanding = 6_001), [Check::Approvals]);
    let rates = |it: &mut PlanChanged| it.terms.discount_bps[0] = 0;
    assert!(found(rates).contains(&Check::Subscriptions));
    assert_eq!(found(|_| {}), []);
}

/// To plan 2 when the period ends.
fn later(scene: &Scene) -> PlanChanged {
    PlanChanged {
        credit: 0,
        at_period_end: 1,
        outstanding: 9_000,
        settlement: Settlement::zeroed(),
        ..upgrade(scene)
    }
}

/// The first charge after such a change.
fn followed(flags: u8) -> Vec<Check> {
    let mut scene = Scene::subscribed();
    let event = later(&scene);
    assert_eq!(scene.found(Event::PlanChanged(event, vec![])), []);
    let settlement = Settlement {
        flags,
        ..paid(2_700, 330, 1, 4_600)
    };
    let charged = Charged {
        receipt: scene.next(subscription(), 4_600),
        settlement,
    };
    let found = scene.found(Event::Charged(charged, share(270)));
    let it = scene.replay.subscriptions[&subscription()].account;
    assert_eq!((it.plan, it.pending_price), (plan(2), 0));
    assert_eq!((it.terms.price, it.periods_paid), (3_000, 1));
    let authority = scene.replay.authorities.values().next().expect("one");
    assert_eq!(authority.outstanding, 6_000);
    found
}

#[test]
fn a_plan_that_waits_follows_with_the_next_period() {
    assert_eq!(followed(0), [Check::Charges]);
    assert_eq!(followed(Settlement::PLAN_FOLLOWED), []);
}

#[test]
fn nothing_is_paid_for_a_plan_that_waits() {
    let mut scene = Scene::subscribed();
    let mut event = later(&scene);
    event.settlement.debit = 1;
    let found = scene.found(Event::PlanChanged(event, vec![]));
    assert_eq!(found, [Check::Charges]);
}
