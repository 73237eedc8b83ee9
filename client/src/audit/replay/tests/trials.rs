use super::{Scene, paid, plan, share, subscription};
use crate::{audit::Check, decode::Event};
use bytemuck::Zeroable;
use tessera_types::{
    accounts::SubscriptionState,
    events::{Cancelled, Charged, Settlement, Subscribed},
};

/// 500 seconds are free.
fn scene() -> Scene {
    Scene::with_plan(|plan| plan.trial_secs = 500)
}

fn trial(scene: &Scene, at: i64) -> Subscribed {
    let mut event = scene.signed();
    event.receipt.at = at;
    event.trial_ends_at = at + 500;
    event.outstanding = 3_000;
    event.settlement = Settlement {
        period_start: at,
        paid_through: at + 500,
        ..Settlement::zeroed()
    };
    event
}

fn found(edit: impl FnOnce(&mut Subscribed)) -> Vec<Check> {
    let mut scene = scene();
    let mut event = trial(&scene, 1_000);
    edit(&mut event);
    scene.found(Event::Subscribed(event, vec![]))
}

#[test]
fn a_trial_is_as_long_as_the_plans_and_free() {
    let longer = |it: &mut Subscribed| {
        it.trial_ends_at += 1;
        it.settlement.paid_through += 1;
    };
    assert_eq!(found(longer), [Check::Subscriptions; 2]);
    assert_eq!(found(|it| it.settlement.debit = 1), [Check::Charges]);
    assert_eq!(found(|it| it.outstanding = 2_000), [Check::Approvals]);
    assert_eq!(found(|_| {}), []);
}

#[test]
fn a_wallet_has_one_trial() {
    let mut scene = scene();
    let event = trial(&scene, 1_000);
    scene.apply(Event::Subscribed(event, vec![]));
    scene.apply(Event::Cancelled(Cancelled {
        receipt: scene.next(subscription(), 1_600),
        agreement_seq: 1,
        paid_through: 1_500,
        outstanding: 0,
    }));
    let again = trial(&scene, 1_700);
    let found = scene.found(Event::Subscribed(again, vec![]));
    assert_eq!(found, [Check::Subscriptions]);
}

#[test]
fn the_first_charge_pays_the_first_period() {
    let mut scene = scene();
    let event = trial(&scene, 1_000);
    scene.apply(Event::Subscribed(event, vec![]));
    let it = scene.replay.subscriptions[&subscription()].account;
    assert_eq!((it.plan, it.periods_paid), (plan(1), 0));
    assert_eq!(it.state, SubscriptionState::Trial as u8);
    let charged = Charged {
        receipt: scene.next(subscription(), 1_500),
        settlement: paid(1_000, 100, 0, 1_500),
    };
    assert_eq!(scene.found(Event::Charged(charged, share(100))), []);
    let it = scene.replay.subscriptions[&subscription()].account;
    assert_eq!((it.state, it.periods_paid), (2, 1));
}
