use super::{ANN, BOB, PERIOD, Scene, ledger, member, paid, share, subscription};
use crate::{audit::Check, decode::Event};
use bytemuck::Zeroable;
use tessera_types::{
    accounts::SubscriptionState,
    events::{Charged, CommissionClaimed, CommissionReleased, Refunded, Settlement},
};

/// Half of the first payment, while its commission is held.
fn half(scene: &Scene) -> Refunded {
    Refunded {
        receipt: scene.next(subscription(), 1_050),
        amount: 500,
        from_vault: 50,
        points: 50,
        levels: 1,
        ..Refunded::zeroed()
    }
}

fn found(taken: u64, edit: impl FnOnce(&mut Refunded)) -> Vec<Check> {
    let mut scene = Scene::subscribed();
    let mut event = half(&scene);
    edit(&mut event);
    scene.found(Event::Refunded(event, share(taken)))
}

#[test]
fn a_refund_takes_back_its_part_of_commission_and_points() {
    assert_eq!(found(50, |it| it.amount = 0)[0], Check::Charges);
    assert!(found(50, |it| it.amount = 1_001).contains(&Check::Charges));
    assert_eq!(found(50, |it| it.from_vault = 49), [Check::Commission]);
    assert_eq!(found(50, |it| it.points = 51), [Check::Points]);
    assert_eq!(found(50, |it| it.points_expired = 1), [Check::Points]);
    assert_eq!(found(50, |it| it.flags = 2), [Check::Charges]);
    assert_eq!(found(49, |_| {}), [Check::Commission]);
    assert_eq!(found(50, |_| {}), []);
}

#[test]
fn what_a_frozen_vault_cannot_give_back_is_owed() {
    let frozen = |it: &mut Refunded| {
        it.flags = Settlement::VAULT_FROZEN;
        it.from_vault = 0;
    };
    assert_eq!(found(50, frozen), []);
    let mut scene = Scene::subscribed();
    let mut event = half(&scene);
    frozen(&mut event);
    scene.apply(Event::Refunded(event, share(50)));
    let ledger = scene.replay.ledgers[&ledger()];
    assert_eq!((ledger.held, ledger.debt), (100, 50));
}

/// A charge that repays what a refund left owed.
fn repaid(debt_repaid: u64) -> Vec<Check> {
    let mut scene = Scene::subscribed();
    let claimed = CommissionClaimed {
        receipt: scene.next(ledger(), 1_100),
        amount: 100,
        destination: ANN,
    };
    assert_eq!(scene.found(Event::CommissionClaimed(claimed)), []);
    let mut event = half(&scene);
    (event.receipt.at, event.from_vault) = (1_200, 0);
    assert_eq!(scene.found(Event::Refunded(event, share(50))), []);
    assert_eq!(scene.replay.ledgers[&ledger()].debt, 50);
    // Bob is left with 50 points, and without the tier.
    let mut settlement = paid(1_000, 100, 0, 4_600);
    settlement.debt_repaid = debt_repaid;
    settlement.merchant += 50;
    let charged = Charged {
        receipt: scene.next(subscription(), 4_600),
        settlement,
    };
    let found = scene.found(Event::Charged(charged, share(100)));
    let held = scene.replay.ledgers[&ledger()];
    assert_eq!((held.held, held.debt), (50, 0));
    assert_eq!(scene.replay.members[&member(&BOB)].balance.points, 150);
    found
}

#[test]
fn later_commission_pays_what_is_owed_first() {
    assert_eq!(repaid(49), [Check::Commission]);
    assert_eq!(repaid(50), []);
}

#[test]
fn commission_is_released_when_it_has_waited() {
    let found = |at: i64, amount: u64| {
        let mut scene = Scene::subscribed();
        let receipt = scene.next(ledger(), at);
        scene.found(Event::CommissionReleased(CommissionReleased {
            receipt,
            amount,
        }))
    };
    assert_eq!(found(1_099, 0), [Check::Commission]);
    assert_eq!(found(1_100, 99), [Check::Commission]);
    assert_eq!(found(1_100, 100), []);
}

#[test]
fn a_subscription_stays_what_it_was_after_a_refund() {
    let mut scene = Scene::subscribed();
    let event = half(&scene);
    scene.apply(Event::Refunded(event, share(50)));
    let it = scene.replay.subscriptions[&subscription()].account;
    assert_eq!((it.period_debit, it.period_refunded), (1_000, 500));
    assert_eq!(it.state, SubscriptionState::Active as u8);
    assert_eq!(it.paid_through, 1_000 + i64::from(PERIOD));
}
