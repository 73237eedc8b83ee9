use super::{ANN, BOB, Scene, TOKEN, paid, plan, share, subscription, terms};
use crate::{address, audit::Check, decode::Event};
use bytemuck::Zeroable;
use tessera_types::{
    Address,
    events::{Charged, Settlement, Subscribed},
};

/// A wallet signs under `generation` with the token account that Bob signed with.
fn signed(scene: &Scene, wallet: Address, generation: u64, outstanding: u64) -> Event {
    let account = address::subscription(&plan(1), &wallet);
    // Bob has paid until 4,600, and Ann was referred by nobody.
    let (settlement, shares) = match wallet {
        BOB => (paid(900, 110, 1, 4_600), share(90)),
        _ => {
            let whole = Settlement {
                merchant: 1_000,
                levels: 0,
                ..paid(1_000, 100, 0, 2_000)
            };
            (whole, vec![])
        }
    };
    let event = Subscribed {
        receipt: scene.next(account, 2_000),
        plan: plan(1),
        wallet,
        payer_token: TOKEN,
        terms: terms(1_000),
        authority_generation: generation,
        outstanding,
        settlement,
        ..Subscribed::zeroed()
    };
    Event::Subscribed(event, shares)
}

fn found(wallet: Address, generation: u64, outstanding: u64) -> Vec<Check> {
    let mut scene = Scene::subscribed();
    let event = signed(&scene, wallet, generation, outstanding);
    scene.found(event)
}

#[test]
fn another_wallet_begins_a_generation_in_which_nothing_of_before_counts() {
    assert_eq!(found(ANN, 9, 2_000), [Check::Approvals]);
    assert_eq!(found(ANN, 10, 4_000), [Check::Approvals]);
    assert_eq!(found(ANN, 10, 2_000), []);
}

#[test]
fn a_generation_never_falls() {
    assert_eq!(found(ANN, 8, 2_000), [Check::Approvals]);
}

#[test]
fn who_signs_again_while_a_charge_could_come_has_taken_the_approval_back() {
    assert_eq!(found(BOB, 9, 2_000), [Check::Subscriptions]);
    assert_eq!(found(BOB, 10, 2_000), []);
}

#[test]
fn what_was_signed_before_another_generation_is_not_charged() {
    let mut scene = Scene::subscribed();
    let event = signed(&scene, ANN, 10, 2_000);
    assert_eq!(scene.found(event), []);
    let charged = Charged {
        receipt: scene.next(subscription(), 4_600),
        settlement: paid(900, 110, 1, 4_600),
    };
    let found = scene.found(Event::Charged(charged, share(90)));
    assert_eq!(found, [Check::Approvals]);
    let known = scene.replay.authorities[&address::authority(&TOKEN)];
    assert_eq!((known.wallet, known.live_subscriptions), (ANN, 1));
}
