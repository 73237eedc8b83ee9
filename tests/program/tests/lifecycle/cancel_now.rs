use super::support::{
    APPROVED, STEP, assert_approves, assert_state, done, due, orphan, paid, refused, update_org,
    world_of,
};
use solana_address::Address;
use solana_signer::Signer;
use tessera_client::{
    Event,
    instructions::CancelNow,
    types::{
        TesseraError,
        accounts::{Plan, Subscription, SubscriptionState},
    },
};
use world::{FUNDS, PRICE, START, World, key, replace, unsigned, with_trial};

/// Position of the program itself, which is called where no approval changes.
const PROGRAM: usize = 5;

#[test]
fn both_sign() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let cancel = world.cancel_now(&wallet);
    for absent in [wallet.pubkey(), key(2).pubkey()] {
        let alone = unsigned(&cancel, &absent);
        assert!(world.send(&[alone], &[&wallet, &key(2)]).is_err());
    }
    assert_state(&world, &wallet, SubscriptionState::Active);
}

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let cancel = world.cancel_now(&wallet);
    let mut others: Vec<Address> = cancel.accounts.iter().map(|meta| meta.pubkey).collect();
    others.push(Address::new_from_array([253; 32]));
    let mut attacks = Vec::new();
    for (index, meta) in cancel.accounts.iter().enumerate() {
        let mut fewer = cancel.clone();
        fewer.accounts.truncate(index);
        attacks.push(fewer);
        for other in others.iter().filter(|other| **other != meta.pubkey) {
            let mut attack = cancel.clone();
            attack.accounts[index].pubkey = *other;
            if !meta.is_signer && index != PROGRAM {
                attacks.push(attack);
            }
        }
    }
    for len in 0..cancel.data.len() {
        let mut shorter = cancel.clone();
        shorter.data.truncate(len);
        attacks.push(shorter);
    }
    for attack in attacks {
        let sent = world.simulate(std::slice::from_ref(&attack), &[&wallet, &key(2)]);
        assert!(sent.is_err(), "{attack:?}");
    }
    world
        .simulate(&[cancel], &[&wallet, &key(2)])
        .expect("as it is");
}

#[test]
fn another_wallet_or_authority_signs_for_nobody() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let thief = key(31);
    let cancel = world.cancel_now(&wallet);
    for (right, expected) in [
        (wallet.pubkey(), TesseraError::WrongWallet),
        (key(2).pubkey(), TesseraError::WrongAuthority),
    ] {
        let attack = replace(&cancel, &right, &thief.pubkey());
        world
            .send(&[attack], &[&wallet, &key(2), &thief])
            .expect_err("foreign")
            .assert_is(expected);
    }
}

#[test]
fn another_org_or_plan_is_none_of_it() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let other = world.second_org();
    let (org, plan) = (world.org, world.plan);
    let cancel = world.cancel_now(&wallet);
    let attack = replace(&cancel, &org, &other.org);
    refused(&mut world, &wallet, attack.clone(), TesseraError::WrongOrg);
    let attack = replace(&attack, &plan, &other.plan);
    refused(&mut world, &wallet, attack, TesseraError::WrongPlan);
}

#[test]
fn only_the_agreement_that_it_names_is_ended() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let plan = world.plan_account();
    let it = world.subscription(&wallet);
    for (life, seq) in [(0, 1), (1, 0), (0, u64::MAX)] {
        let mut named = it;
        named.header.life += life;
        named.agreement_seq = named.agreement_seq.wrapping_add(seq);
        let cancel = CancelNow {
            subscription: &named,
            plan: &plan,
            authority: key(2).pubkey(),
        };
        refused(
            &mut world,
            &wallet,
            cancel.into(),
            TesseraError::WrongAgreement,
        );
    }
}

#[test]
fn what_has_ended_is_not_ended_again() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let cancel = world.cancel_now(&wallet);
    done(&mut world, &wallet, cancel);
    let twice = world.cancel_now(&wallet);
    refused(&mut world, &wallet, twice, TesseraError::NotLive);

    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    world.advance(STEP);
    let late = world.cancel_now(&wallet);
    refused(&mut world, &wallet, late, TesseraError::NotLive);

    let (mut world, wallet, _) = due();
    world.advance(STEP);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    let late = world.cancel_now(&wallet);
    refused(&mut world, &wallet, late, TesseraError::NotLive);
}

#[test]
fn nothing_stands_for_a_plan_that_is_closed() {
    let (mut world, wallet, _) = orphan();
    let subscription = world.subscription(&wallet);
    // As the org would remember it.
    let plan = Plan {
        org: world.org,
        token_program: world.token_program,
        ..bytemuck::Zeroable::zeroed()
    };
    let cancel = CancelNow {
        subscription: &subscription,
        plan: &plan,
        authority: key(2).pubkey(),
    };
    refused(&mut world, &wallet, cancel.into(), TesseraError::WrongPlan);
}

#[test]
fn the_service_ends_now_and_nothing_is_paid_back() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let before = world.subscription(&wallet);
    world.advance(100);
    let cancel = world.cancel_now(&wallet);
    let Event::Cancelled(event) = done(&mut world, &wallet, cancel) else {
        panic!("another event");
    };
    assert_eq!((event.agreement_seq, event.outstanding), (1, 0));
    assert_eq!(event.paid_through, START + 100);
    let after = world.subscription(&wallet);
    let expected = Subscription {
        state: SubscriptionState::Cancelled as u8,
        paid_through: START + 100,
        header: after.header,
        ..before
    };
    assert_eq!(after, expected);
    assert_approves(&world, &token, 0, 0);
    assert_eq!(world.balance(&token), FUNDS - PRICE);
    let resume = world.resume(&wallet);
    refused(&mut world, &wallet, resume, TesseraError::NotCancelled);
}

#[test]
fn a_cancelled_one_with_paid_time_ends_now_too() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    world.advance(STEP - 1);
    let now = world.cancel_now(&wallet);
    let Event::Cancelled(event) = done(&mut world, &wallet, now) else {
        panic!("another event");
    };
    assert_eq!(event.receipt.seq, 3);
    assert_eq!((event.agreement_seq, event.outstanding), (1, APPROVED));
    assert_eq!(event.paid_through, START + STEP - 1);
    // The other one stays as it is.
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn time_that_has_passed_is_not_given() {
    let (mut world, wallet, token) = due();
    world.advance(10);
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    let cancel = world.cancel_now(&wallet);
    let Event::Cancelled(event) = done(&mut world, &wallet, cancel) else {
        panic!("another event");
    };
    assert_eq!(event.paid_through, START + STEP);
}

#[test]
fn a_trial_ends_now_and_who_comes_back_pays_from_then_on() {
    let mut world = world_of(|args| with_trial(args, 86_400));
    let (wallet, token) = world.subscriber();
    world.advance(10);
    let cancel = world.cancel_now(&wallet);
    done(&mut world, &wallet, cancel);
    assert_eq!(world.subscription(&wallet).paid_through, START + 10);
    let mut args = world.subscribe_args();
    args.trial_secs = 0;
    let subscribe = world.subscribe(&wallet, token, args);
    let (_, money) = paid(&mut world, &wallet, token, subscribe);
    assert_eq!((money.debit, money.period_start), (PRICE, START + 10));
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn a_paused_org_can_let_go() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    update_org(&mut world, |settings| settings.pause_flags = 3);
    let pause = world.pause_org(3);
    world.send(&[pause], &[&key(6)]).expect("pause_org");
    let cancel = world.cancel_now(&wallet);
    done(&mut world, &wallet, cancel);
    assert_approves(&world, &token, 0, 0);
}

#[test]
fn what_was_paid_can_still_be_refunded() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let cancel = world.cancel_now(&wallet);
    done(&mut world, &wallet, cancel);
    let refund = world.refund(&wallet, PRICE);
    done(&mut world, &wallet, refund);
    assert_eq!(world.balance(&token), FUNDS);
}
