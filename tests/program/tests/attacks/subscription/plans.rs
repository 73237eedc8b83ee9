//! Plans that come again on other terms, or end later than was said.

use super::*;
use crate::attacks::stage::{Effect, Stage};
use bytemuck::bytes_of;
use tessera_client::{decode::Account as Decoded, types::accounts::Plan};
use world::{FUNDS, PRICE, Place};

/// A plan that was closed while somebody subscribed to it.
fn closed() -> (World, Keypair, Address, Place) {
    let (mut world, wallet, token) = subscriber(world_of(|args| args));
    world.advance(1);
    let place = world.place_of_plan(2);
    let sunset = world.sunset_plan(world.now());
    done(&mut world, &wallet, sunset);
    let close = world.close_account(&key(2), &place.plan);
    done(&mut world, &wallet, close);
    (world, wallet, token, place)
}

#[test]
fn a_plan_that_was_closed_does_not_come_again_on_other_terms() {
    let (mut world, wallet, token, place) = closed();
    let mut args = world.create_plan_args();
    (args.price, args.price_ceiling) = (100 * PRICE, 200 * PRICE);
    for id in [0, 1, 2] {
        args.id = id;
        let create = world.create_plan(args);
        refused(&mut world, &wallet, create, TesseraError::IdNotRising);
    }
    // A later one is another plan, and stands in for none.
    args.id = 3;
    let create = world.create_plan(args);
    done(&mut world, &wallet, create);
    let later = world.place_of_plan(3).plan;
    let home = world.place_of_plan(1);
    world.advance(STEP);
    let mut charge = world.within(home, |world| {
        let other = key(31);
        let other_token = world.join(&other, None);
        world.subscribed(&other, other_token);
        world.charge(&other, None)
    });
    charge.accounts[0].pubkey = world.subscription_address(&wallet);
    charge.accounts[3].pubkey = world.member_address(&wallet);
    charge.accounts[4].pubkey = world.delegate(&token);
    charge.accounts[5].pubkey = token;
    for plan in [home.plan, later, place.plan] {
        let mut attack = charge.clone();
        attack.accounts[1].pubkey = plan;
        refused(&mut world, &wallet, attack, TesseraError::WrongPlan);
    }
    assert_eq!(world.balance(&token), FUNDS - PRICE);
}

/// What was agreed in every plan and subscription among these, and whether wallets sign it.
fn agreed(accounts: &Effect) -> Vec<(Address, bool, Vec<u8>)> {
    let read =
        |(address, account): (&Address, &Account)| match Decoded::decode(&account.data).ok()? {
            Decoded::Plan(it) => Some((*address, false, bytes_of(&fixed(it)).to_vec())),
            Decoded::Subscription(it) => Some((*address, true, bytes_of(&it.terms).to_vec())),
            _ => None,
        };
    accounts.iter().filter_map(read).collect()
}

/// All of a plan but when it takes nobody in any more, and its receipts.
fn fixed(mut plan: Plan) -> Plan {
    plan.sunset_at = 0;
    plan.header.receipt_seq = 0;
    plan.header.receipt_head = [0; 32];
    plan
}

/// By any instruction: what closes is gone, and what is signed again is signed by its wallet.
#[test]
fn nothing_extends_a_plan_or_changes_its_terms() {
    let mut stage = Stage::new();
    let mut met = 0;
    for call in stage.calls() {
        let before = agreed(&stage.before(&call));
        let after = agreed(&stage.effect(&call));
        met += before.len();
        let signs = ["subscribe", "change_plan"].contains(&call.name);
        for (address, is_signed, terms) in &before {
            let Some((.., later)) = after.iter().find(|(it, ..)| it == address) else {
                assert!(call.name.starts_with("close"), "{}", call.title());
                continue;
            };
            assert!((signs && *is_signed) || terms == later, "{}", call.title());
        }
    }
    assert!(met > 0);
}

#[test]
fn a_plans_last_day_only_comes_nearer() {
    let (mut world, wallet, _) = subscriber(World::new());
    let last = world.now() + STEP;
    let sunset = world.sunset_plan(last);
    done(&mut world, &wallet, sunset);
    let ends_at = world.plan_account().ends_at;
    for at in [last, last + 1, i64::MAX] {
        let later = world.sunset_plan(at);
        refused(&mut world, &wallet, later, TesseraError::PlanSunset);
    }
    assert_eq!(world.plan_account().ends_at, ends_at);
}
