//! A payment that was missed, and how that is proved.

use super::support::{
    APPROVED, LATEST, STEP, assert_approves, assert_state, charged, done, due, refused, update_org,
    without_authority,
};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event,
    types::{TesseraError, accounts::SubscriptionState},
};
use world::{FUNDS, KEEPER_FEE, PRICE, START, World, key, replace};

type Change = fn(&mut World, &Keypair, &Address);

/// All that keeps a payment from being collected.
const EVIDENCE: [(&str, Change); 8] = [
    ("empty", |world, wallet, token| {
        world.drain(token, wallet, 0);
    }),
    ("short by one", |world, wallet, token| {
        world.drain(token, wallet, PRICE - 1);
    }),
    ("revoked", |world, wallet, token| {
        world.revoke(token, wallet);
    }),
    ("another delegate", |world, wallet, token| {
        world.approve(token, wallet, &key(60).pubkey(), APPROVED);
    }),
    ("approved for less", |world, wallet, token| {
        let delegate = world.delegate(token);
        world.approve(token, wallet, &delegate, PRICE - 1);
    }),
    ("closed", |world, wallet, token| world.close(token, wallet)),
    ("frozen", |world, _, token| world.freeze(token)),
    ("somebody else's", |world, _, token| {
        world.edit_token(token, |token| token.owner = key(61).pubkey());
    }),
];

#[test]
fn nothing_is_missed_before_it_is_due() {
    for (what, change) in EVIDENCE {
        let mut world = World::new();
        let (wallet, token) = world.subscriber();
        change(&mut world, &wallet, &token);
        world.advance(STEP - 1);
        let mark = world.mark_past_due(&wallet);
        let refusal = world.send(&[mark], &[]).expect_err(what);
        refusal.assert_is(TesseraError::NotMissed);
    }
}

#[test]
fn nothing_is_missed_while_it_can_be_collected() {
    let (mut world, wallet, token) = due();
    world.drain(&token, &wallet, PRICE);
    for secs in [0, LATEST, 1, STEP - LATEST - 2] {
        world.advance(secs);
        let mark = world.mark_past_due(&wallet);
        refused(&mut world, &wallet, mark, TesseraError::NotMissed);
    }
    charged(&mut world, &wallet);
}

#[test]
fn a_paused_org_makes_nobody_miss_a_payment() {
    let (mut world, wallet, _) = due();
    update_org(&mut world, |settings| settings.pause_flags = 3);
    let mark = world.mark_past_due(&wallet);
    refused(&mut world, &wallet, mark, TesseraError::NotMissed);
}

#[test]
fn an_ended_subscription_misses_nothing() {
    let (mut world, wallet, _) = due();
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    for secs in [0, STEP] {
        world.advance(secs);
        let mark = world.mark_past_due(&wallet);
        refused(&mut world, &wallet, mark, TesseraError::NotLive);
    }
}

#[test]
fn every_account_is_bound() {
    let (mut world, wallet, token) = due();
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    world.assert_withstands(&mark, &[]);
}

#[test]
fn another_token_account_is_no_evidence() {
    let (mut world, wallet, token) = due();
    let empty = world.create_token_account(&wallet.pubkey(), 0);
    let mark = world.mark_past_due(&wallet);
    let other = replace(&mark, &token, &empty);
    refused(&mut world, &wallet, other, TesseraError::WrongPayerToken);
    let plan = world.plan;
    let second = world.second_plan().plan;
    let other = replace(&mark, &plan, &second);
    refused(&mut world, &wallet, other, TesseraError::WrongPlan);
    let nowhere = replace(&mark, &plan, &Address::new_from_array([9; 32]));
    refused(&mut world, &wallet, nowhere, TesseraError::WrongPlan);
    let delegate = world.delegate(&token);
    let nowhere = replace(&mark, &delegate, &world.delegate(&empty));
    refused(
        &mut world,
        &wallet,
        nowhere,
        TesseraError::WrongTokenAuthority,
    );
}

#[test]
fn the_largest_discount_that_was_signed_is_the_wallets_benefit() {
    let needed = PRICE / 10 * 7;
    for (left, expected) in [(needed, false), (needed - 1, true)] {
        let mut world = World::new();
        update_org(&mut world, |settings| {
            settings.tiers[0].discount_bps = 1_000;
            settings.tiers[1].discount_bps = 3_000;
        });
        let (wallet, token) = world.subscriber();
        world.advance(STEP);
        world.drain(&token, &wallet, left);
        let mark = world.mark_past_due(&wallet);
        match expected {
            true => drop(done(&mut world, &wallet, mark)),
            false => refused(&mut world, &wallet, mark, TesseraError::NotMissed),
        }
    }
}

#[test]
fn whatever_keeps_it_from_being_collected_is_evidence() {
    for (what, change) in EVIDENCE {
        let (mut world, wallet, token) = due();
        change(&mut world, &wallet, &token);
        let data = |world: &World| world.svm.get_account(&token).map(|account| account.data);
        let held = data(&world);
        let (before, authority) = (world.subscription(&wallet), world.authority_of(&token));
        let mark = world.mark_past_due(&wallet);
        let Event::PaymentMissed(event) = done(&mut world, &wallet, mark) else {
            panic!("another event: {what}");
        };
        assert_eq!(event.receipt.seq, 2, "{what}");
        assert_eq!((event.agreement_seq, event.outstanding), (1, APPROVED));
        assert_eq!(event.state, SubscriptionState::PastDue as u8);
        let mut expected = before;
        expected.state = SubscriptionState::PastDue as u8;
        let after = world.subscription(&wallet);
        expected.header = after.header;
        assert_eq!(after, expected, "{what}");
        assert_eq!(data(&world), held, "{what}");
        assert_eq!(world.authority_of(&token), authority, "{what}");
    }
}

#[test]
fn a_closed_authority_is_evidence() {
    let (mut world, wallet, _) = without_authority();
    world.advance(STEP);
    let mark = world.mark_past_due(&wallet);
    let Event::PaymentMissed(event) = done(&mut world, &wallet, mark) else {
        panic!("another event");
    };
    assert_eq!(event.state, SubscriptionState::PastDue as u8);
    assert_eq!(event.outstanding, 0);
    world.advance(LATEST + 1);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    assert_state(&world, &wallet, SubscriptionState::Lapsed);
}

#[test]
fn what_was_approved_later_is_not_for_this_agreement() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.revoke(&token, &wallet);
    world.advance(1);
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    world.advance(STEP - 1);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    assert_state(&world, &wallet, SubscriptionState::PastDue);
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn a_payment_is_missed_once() {
    let (mut world, wallet, token) = due();
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    for secs in [0, LATEST] {
        world.advance(secs);
        let mark = world.mark_past_due(&wallet);
        refused(&mut world, &wallet, mark, TesseraError::NotMissed);
    }
}

#[test]
fn a_charge_within_the_grace_time_makes_up_for_it() {
    for late in [0, 1, LATEST] {
        let (mut world, wallet, token) = due();
        world.freeze(&token);
        let mark = world.mark_past_due(&wallet);
        done(&mut world, &wallet, mark);
        world.thaw(&token);
        world.advance(late);
        let money = charged(&mut world, &wallet);
        assert_eq!(
            (money.period_start, money.paid_through),
            (START + STEP, START + 2 * STEP)
        );
        assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
        assert_eq!(world.authority_of(&token).outstanding, APPROVED - PRICE);
        // It can be missed again in the next period.
        world.advance(STEP - late);
        world.freeze(&token);
        let mark = world.mark_past_due(&wallet);
        done(&mut world, &wallet, mark);
        assert_state(&world, &wallet, SubscriptionState::PastDue);
    }
}

#[test]
fn the_keeper_earns_the_cap_at_the_last_moment_of_the_grace_time() {
    let (mut world, wallet, token) = due();
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    world.thaw(&token);
    world.advance(LATEST);
    let keeper = world.create_token_account(&key(40).pubkey(), 0);
    let charge = world.charge(&wallet, Some(keeper));
    done(&mut world, &wallet, charge);
    assert_eq!(world.balance(&keeper), KEEPER_FEE);
    assert_state(&world, &wallet, SubscriptionState::Active);
}

#[test]
fn a_second_after_the_grace_time_nothing_makes_up_for_it() {
    let (mut world, wallet, token) = due();
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    world.thaw(&token);
    world.advance(LATEST + 1);
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::Lapsed);
    assert_eq!(world.balance(&token), FUNDS - PRICE);
}

#[test]
fn a_late_charge_that_nobody_marked_still_comes() {
    let (mut world, wallet, token) = due();
    world.advance(LATEST + 1);
    let money = charged(&mut world, &wallet);
    assert_eq!(money.period_start, world.now());
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
}

#[test]
fn the_wallet_can_leave_while_it_is_past_due() {
    let (mut world, wallet, token) = due();
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    let cancel = world.cancel(&wallet);
    let Event::Cancelled(event) = done(&mut world, &wallet, cancel) else {
        panic!("another event");
    };
    assert_eq!((event.agreement_seq, event.outstanding), (1, 0));
    assert_eq!(event.paid_through, START + STEP);
    let resume = world.resume(&wallet);
    refused(&mut world, &wallet, resume, TesseraError::NotCancelled);
}
