use super::{Scene, subscription};
use crate::{audit::Check, decode::Event};
use tessera_types::events::{Cancelled, Paused, PaymentMissed, Resumed};

const PAST_DUE: u8 = 3;
const LAPSED: u8 = 5;

fn missed(scene: &mut Scene, at: i64, state: u8, outstanding: u64) -> Vec<Check> {
    let receipt = scene.next(subscription(), at);
    scene.found(Event::PaymentMissed(PaymentMissed {
        receipt,
        agreement_seq: 1,
        outstanding,
        state,
        spare: [0; 7],
    }))
}

#[test]
fn a_payment_is_missed_when_it_is_due_and_lapses_when_it_cannot_be_made_up_for() {
    let early = missed(&mut Scene::subscribed(), 4_599, PAST_DUE, 2_000);
    assert_eq!(early, [Check::Subscriptions]);
    let late = missed(&mut Scene::subscribed(), 8_200, PAST_DUE, 0);
    assert_eq!(late, [Check::Subscriptions]);
    let mut scene = Scene::subscribed();
    assert_eq!(missed(&mut scene, 4_600, PAST_DUE, 2_000), []);
    let again = missed(&mut scene, 4_601, PAST_DUE, 2_000);
    assert_eq!(again, [Check::Subscriptions]);
    assert_eq!(missed(&mut scene, 5_201, LAPSED, 0), []);
}

#[test]
fn what_lapsed_is_approved_no_more() {
    let found = missed(&mut Scene::subscribed(), 8_200, LAPSED, 2_000);
    assert_eq!(found, [Check::Approvals]);
}

fn cancelled(scene: &mut Scene, at: i64, paid_through: i64) -> Vec<Check> {
    let receipt = scene.next(subscription(), at);
    scene.found(Event::Cancelled(Cancelled {
        receipt,
        agreement_seq: 1,
        paid_through,
        outstanding: 0,
    }))
}

#[test]
fn paid_time_stays_or_ends_with_the_cancellation() {
    for (paid_through, found) in [
        (4_600, vec![]),
        (2_000, vec![]),
        (2_001, vec![Check::Subscriptions]),
    ] {
        let scene = &mut Scene::subscribed();
        assert_eq!(cancelled(scene, 2_000, paid_through), found);
    }
    let mut scene = Scene::subscribed();
    assert_eq!(cancelled(&mut scene, 2_000, 4_600), []);
    let twice = cancelled(&mut scene, 2_001, 4_600);
    assert_eq!(twice, [Check::Subscriptions]);
    assert_eq!(cancelled(&mut scene, 2_002, 2_002), []);
}

fn resumed(at: i64, outstanding: u64) -> Vec<Check> {
    let mut scene = Scene::subscribed();
    cancelled(&mut scene, 2_000, 4_600);
    let receipt = scene.next(subscription(), at);
    scene.found(Event::Resumed(Resumed {
        receipt,
        agreement_seq: 1,
        authority_generation: 9,
        outstanding,
    }))
}

#[test]
fn a_cancellation_is_taken_back_while_paid_time_remains() {
    assert_eq!(resumed(4_600, 2_000), [Check::Subscriptions]);
    assert_eq!(resumed(4_599, 1_999), [Check::Approvals]);
    assert_eq!(resumed(4_599, 2_000), []);
}

#[test]
fn a_pause_puts_the_next_payment_off_and_none_that_is_due() {
    let found = |at: i64, paused_until: i64, next_due: i64| {
        let mut scene = Scene::subscribed();
        scene.found(Event::Paused(Paused {
            receipt: scene.next(subscription(), at),
            paused_until,
            next_due,
        }))
    };
    assert_eq!(found(4_600, 9_000, 9_000), [Check::Subscriptions]);
    assert_eq!(found(2_000, 1_999, 4_600), [Check::Subscriptions]);
    assert_eq!(found(2_000, 9_000, 9_001), [Check::Subscriptions]);
    assert_eq!(found(2_000, 9_000, 9_000), []);
    assert_eq!(found(2_000, 3_000, 4_600), []);
}
