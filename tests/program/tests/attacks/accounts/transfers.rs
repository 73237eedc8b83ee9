//! Payments whose giver is whom they go to: they would move nothing and count all the same.

use super::*;
use crate::attacks::stage::with;
use solana_keypair::Keypair;
use world::{PERIOD, World};

/// Who gives and who gets in every instruction that moves tokens.
const GIVERS: [&str; 5] = [
    "payer_token",
    "source",
    "vault",
    "stake_vault",
    "reward_vault",
];
const TAKERS: [&str; 8] = [
    "destination",
    "vault",
    "keeper_token",
    "reward_vault",
    "stake_vault",
    "stake_destination",
    "reward_destination",
    "source",
];

#[test]
fn nobody_pays_himself() {
    let mut names = Vec::new();
    each(|stage, call, _, _| {
        let declared = stage.declared(call);
        let places = |names: &[&str]| -> Vec<usize> {
            let all = (0..declared.len()).filter(|it| !is_absent_at(call, *it));
            all.filter(|it| names.contains(&declared[*it].name.as_str()))
                .collect()
        };
        for giver in places(&GIVERS) {
            for taker in places(&TAKERS).into_iter().filter(|it| *it != giver) {
                let metas = &call.instruction.accounts;
                for attack in [
                    with(call, taker, metas[giver].pubkey),
                    with(call, giver, metas[taker].pubkey),
                ] {
                    stage.refused(call, &attack, "to himself");
                }
                names.push(call.name);
            }
        }
    });
    names.dedup();
    for name in [
        "subscribe",
        "charge",
        "charge_up_to",
        "change_plan",
        "claim_commission",
        "refund",
        "pay_invoice",
        "claim_voucher",
        "fund_pool",
        "stake",
        "unstake",
        "harvest",
        "close_campaign",
        "close_pool",
    ] {
        assert!(names.contains(&name), "{name}");
    }
}

fn is_absent_at(call: &Call, place: usize) -> bool {
    crate::attacks::stage::is_absent(&call.instruction.accounts[place])
}

/// The treasury as its own customer, with the very account that the plan pays to.
#[test]
fn the_merchant_consumes_no_period_by_paying_its_own_account() {
    let mut world = World::new();
    let treasury = world.treasury.insecure_clone();
    let signers: [&Keypair; 1] = [&treasury];
    let savings = world.join(&treasury, None);
    let destination = world.destination;
    let subscribe = world.subscribe(&treasury, destination, world.subscribe_args());
    world
        .send(&[subscribe], &signers)
        .expect_err("to itself")
        .assert_error(&world::duplicate_account());
    let address = world.subscription_address(&treasury);
    assert!(world.svm.get_account(&address).is_none());

    // From another account it is a payment as any other, and no charge takes the account's place.
    world.subscribed(&treasury, savings);
    let before = world.subscription(&treasury);
    world.advance(i64::from(PERIOD));
    let charge = world.charge(&treasury, None);
    let itself = world::replace(&charge, &savings, &destination);
    world
        .send(&[itself], &[])
        .expect_err("to itself")
        .assert_error(&world::duplicate_account());
    let terms = world.subscribe_args().terms;
    let home = world.place_of_plan(1);
    let change = world.change_plan(&treasury, home, terms, false);
    let itself = world::replace(&change, &savings, &destination);
    world
        .send(&[itself], &signers)
        .expect_err("to itself")
        .assert_error(&world::duplicate_account());
    let [verification, pay] = world.pay_invoice(&treasury, destination, world.invoice_args(1, 5));
    world
        .send(&[verification, pay], &signers)
        .expect_err("to itself")
        .assert_error(&world::duplicate_account());
    assert_eq!(world.subscription(&treasury), before);
}
