//! Attacks on who referred whom: nobody refers himself by any way round, a referrer is bound once and
//! by the wallet's own signature, and a code stays where its owner put it.

#[path = "referral/chains.rs"]
mod chains;
#[path = "referral/claims.rs"]
mod claims;
#[path = "referral/codes.rs"]
mod codes;
#[path = "referral/second_wallets.rs"]
mod second_wallets;
#[path = "referral/vaults.rs"]
mod vaults;

use proptest::prelude::*;
use solana_address::Address;
use solana_instruction::error::InstructionError;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::HashMap;
use tessera_client::{
    address,
    types::{
        NO_ADDRESS, TesseraError,
        accounts::{Code, Member},
    },
};
use world::{World, code, forwarder::forwarded, key, replace};

/// Where `register_member` has the referrer's member account.
const REFERRER: usize = 5;

/// A world in which key 20 refers with the code `TOP`.
fn with_referrer() -> (World, Keypair) {
    let mut world = World::new();
    let top = key(20);
    world.join(&top, None);
    world.make_referrer(&top, "TOP");
    (world, top)
}

#[test]
fn nobody_comes_to_a_code_of_his_own_before_he_is_a_member() {
    let (mut world, top) = with_referrer();
    let wallet = key(30);
    let create = world.create_code(&wallet, code("OWN"));
    world
        .send(&[create], &[&wallet])
        .expect_err("no member")
        .assert_is(TesseraError::AccountMissing);
    // Nor by a friend's, who would have to be followed first.
    let offer = world.transfer_code(&top, "TOP", wallet.pubkey());
    world.send(&[offer], &[&top]).expect("offered");
    let accept = world.accept_code(&wallet, "TOP");
    world
        .send(std::slice::from_ref(&accept), &[&wallet])
        .expect_err("no member")
        .assert_is(TesseraError::AccountMissing);
    let register = world.register(&wallet, Some(("TOP", &top)));
    world
        .send(&[register, accept], &[&wallet])
        .expect("a member, then an owner");
    assert_eq!(world.member(&wallet).referrers[0], top.pubkey());
}

#[test]
fn nobody_refers_himself_by_his_own_code() {
    let (mut world, top) = with_referrer();
    let wallet = key(30);
    let steps = [
        world.register(&wallet, None),
        world.create_code(&wallet, code("OWN")),
        world.register(&wallet, Some(("OWN", &wallet))),
    ];
    world
        .send(&steps, &[&wallet])
        .expect_err("in one transaction")
        .assert_error(&world::duplicate_account());
    assert!(
        world
            .svm
            .get_account(&world.member_address(&wallet))
            .is_none()
    );
    let [register, create, again] = steps;
    world.send(&[register, create], &[&wallet]).expect("member");
    world
        .send(std::slice::from_ref(&again), &[&wallet])
        .expect_err("himself")
        .assert_error(&world::duplicate_account());
    // Nor with another's member account in the referrer's place.
    let mut disguised = again;
    let referrer = &mut disguised.accounts[REFERRER].pubkey;
    assert_eq!(*referrer, world.member_address(&wallet));
    *referrer = world.member_address(&top);
    world
        .send(&[disguised], &[&wallet])
        .expect_err("himself")
        .assert_is(TesseraError::SelfReferral);
    assert_eq!(world.member(&wallet).referrers, [NO_ADDRESS; 3]);
}

#[test]
fn two_wallets_do_not_refer_each_other() {
    let (mut world, top) = with_referrer();
    let below = key(30);
    world.join(&below, Some(("TOP", &top)));
    world.make_referrer(&below, "BELOW");
    let before = world.member(&top);
    // Who is above is a member already, and a code that goes up refers nobody who is.
    let attack = world.register(&top, Some(("BELOW", &below)));
    world
        .send(std::slice::from_ref(&attack), &[&top])
        .expect_err("a circle")
        .assert_is(TesseraError::ReferralCycle);
    let offer = world.transfer_code(&below, "BELOW", top.pubkey());
    let accept = world.accept_code(&top, "BELOW");
    world
        .send(&[offer, accept], &[&below, &top])
        .expect("sold upwards");
    world
        .send(&[attack], &[&top])
        .expect_err("his own now")
        .assert_is(TesseraError::SelfReferral);
    assert_eq!(world.member(&top), before);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Register(usize, usize),
    Sell(usize, usize),
}

const WALLETS: usize = 7;

fn wallet(place: usize) -> Keypair {
    key(30 + u8::try_from(place).expect("few"))
}

/// A code for each wallet, which it makes when it becomes a member.
fn text(place: usize) -> String {
    format!("CODE-{place}")
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn codes_that_change_hands_close_no_circle_of_any_length(
        steps in prop::collection::vec(prop_oneof![
            2 => (0..WALLETS, 0..WALLETS).prop_map(|(who, code)| Step::Register(who, code)),
            1 => (0..WALLETS, 0..WALLETS).prop_map(|(code, to)| Step::Sell(code, to)),
        ], 1..40),
    ) {
        let mut world = World::new();
        let mut owners: HashMap<usize, usize> = HashMap::new();
        let mut bound: HashMap<Address, [Address; 3]> = HashMap::new();
        for step in steps {
            match step {
                Step::Register(who, by) => {
                    let owner = owners.get(&by).copied();
                    let referrer = owner.map(wallet);
                    let name = text(by);
                    let referral = referrer.as_ref().map(|it| (name.as_str(), it));
                    let register = world.register(&wallet(who), referral);
                    let create = world.create_code(&wallet(who), code(&text(who)));
                    let sent = world.send(&[register, create], &[&wallet(who)]);
                    let known = bound.contains_key(&wallet(who).pubkey());
                    prop_assert_eq!(sent.is_ok(), !known);
                    if !known {
                        owners.insert(who, who);
                        let referrers = world.member(&wallet(who)).referrers;
                        let first = referral.map_or(NO_ADDRESS, |(_, owner)| owner.pubkey());
                        prop_assert_eq!(referrers[0], first);
                        bound.insert(wallet(who).pubkey(), referrers);
                    }
                }
                Step::Sell(sold, to) => {
                    let Some(owner) = owners.get(&sold).copied() else {
                        continue;
                    };
                    let to_member = bound.contains_key(&wallet(to).pubkey());
                    let offer = world.transfer_code(&wallet(owner), &text(sold), wallet(to).pubkey());
                    let accept = world.accept_code(&wallet(to), &text(sold));
                    let sent = world.send(&[offer, accept], &[&wallet(owner), &wallet(to)]);
                    prop_assert_eq!(sent.is_ok(), to_member);
                    if to_member {
                        owners.insert(sold, to);
                    }
                }
            }
            for (member, referrers) in &bound {
                let place = address::member(&world.org, member);
                let account: Member = world.account(&place);
                prop_assert_eq!(&account.referrers, referrers, "it never changes");
                let mut above = referrers[0];
                for (level, expected) in referrers.iter().enumerate() {
                    prop_assert_eq!(above, *expected, "level {}", level);
                    above = bound.get(&above).map_or(NO_ADDRESS, |it| it[0]);
                }
                let (mut at, mut steps) = (*member, 0);
                while let Some([next, ..]) = bound.get(&at) {
                    prop_assert_ne!(next, member, "a circle of {}", steps + 1);
                    (at, steps) = (*next, steps + 1);
                    prop_assert!(steps <= WALLETS);
                }
            }
        }
    }
}

#[test]
fn no_referrer_is_bound_late_or_again() {
    let (mut world, top) = with_referrer();
    let other = key(21);
    world.join(&other, None);
    world.make_referrer(&other, "OTHER");
    for (wallet, first) in [(key(30), None), (key(31), Some(("TOP", &top)))] {
        let token = world.join(&wallet, first);
        let before = world.member(&wallet);
        let late = world.register(&wallet, Some(("OTHER", &other)));
        let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
        let member = world.member_address(&wallet);
        let refused = |world: &mut World| {
            world
                .send(std::slice::from_ref(&late), &[&wallet])
                .expect_err("a member already")
                .assert_is(TesseraError::AccountExists);
        };
        refused(&mut world);
        // Just before its first payment, and long after.
        world
            .send(&[late.clone(), subscribe.clone()], &[&wallet])
            .expect_err("with the checkout")
            .assert_is(TesseraError::AccountExists);
        world.send(&[subscribe], &[&wallet]).expect("subscribe");
        world.advance(100_000_000);
        refused(&mut world);
        // A member does not close, so nothing frees its place.
        let close = world.close_account(&wallet, &member);
        world
            .send(&[close, late.clone()], &[&wallet])
            .expect_err("it stays")
            .assert_is(TesseraError::StillInUse);
        assert_eq!(world.member(&wallet).referrers, before.referrers);
        assert_eq!(world.member(&wallet).code, before.code);
    }
}

#[test]
fn nobody_binds_another_wallet_without_its_signature() {
    let (mut world, top) = with_referrer();
    world.add_forwarder();
    let victim = key(30);
    let good = world.register(&victim, Some(("TOP", &top)));
    let unsigned = world::unsigned(&good, &victim.pubkey());
    world
        .send(std::slice::from_ref(&unsigned), &[&top])
        .expect_err("unsigned")
        .assert_error(&InstructionError::MissingRequiredSignature);
    // A program in the middle adds no signature either.
    assert!(world.send(&[forwarded(&unsigned)], &[&top]).is_err());
    // In its own name, at the other's address.
    let own_name = replace(&good, &victim.pubkey(), &top.pubkey());
    world
        .send(&[own_name], &[&top])
        .expect_err("another's place")
        .assert_is(TesseraError::SelfReferral);
    let third = key(31);
    let own_name = replace(&good, &victim.pubkey(), &third.pubkey());
    world
        .send(&[own_name], &[&third])
        .expect_err("another's place")
        .assert_is(TesseraError::WrongAddress);
    // Who pays for it has no say.
    let member = world.member_address(&victim);
    assert!(world.svm.get_account(&member).is_none());
    world.send(&[good], &[&victim]).expect("signed");
    assert_eq!(world.member(&victim).referrers[0], top.pubkey());
}
