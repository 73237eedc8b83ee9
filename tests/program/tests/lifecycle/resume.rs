use super::support::{
    APPROVED, STEP, assert_approves, assert_state, charged, done, due, orphan, paid, refused,
    update_org, world_of,
};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event,
    instructions::Resume,
    types::{
        TesseraError,
        accounts::{Plan, Subscription, SubscriptionState},
    },
};
use world::{FUNDS, PERIODS, PRICE, START, World, key, replace};

/// Position of the program itself, which is called where no approval changes.
const PROGRAM: usize = 7;

/// A subscriber who cancelled a second later.
fn cancelled() -> (World, Keypair, Address) {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.advance(1);
    cancel(&mut world, &wallet);
    (world, wallet, token)
}

#[track_caller]
fn cancel(world: &mut World, wallet: &Keypair) {
    let cancel = world.cancel(wallet);
    done(world, wallet, cancel);
}

#[track_caller]
fn assert_refused(world: &mut World, wallet: &Keypair, expected: TesseraError) {
    let resume = world.resume(wallet);
    refused(world, wallet, resume, expected);
}

#[test]
fn every_account_and_byte_is_bound() {
    let (mut world, wallet, _) = cancelled();
    let resume = world.resume(&wallet);
    world.assert_withstands_except(&[PROGRAM], &resume, &[&wallet]);
}

#[test]
fn only_what_was_cancelled_is_resumed() {
    let (mut world, wallet, token) = due();
    assert_refused(&mut world, &wallet, TesseraError::NotCancelled);
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    world.thaw(&token);
    assert_refused(&mut world, &wallet, TesseraError::NotCancelled);
    world.advance(STEP);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    assert_refused(&mut world, &wallet, TesseraError::NotCancelled);
}

#[test]
fn not_when_the_paid_time_is_over() {
    let (mut world, wallet, _) = cancelled();
    world.advance(STEP - 2);
    let resume = world.resume(&wallet);
    world
        .simulate(&[resume], &[&wallet])
        .expect("a second left");
    world.advance(1);
    assert_refused(&mut world, &wallet, TesseraError::NotCancelled);
}

#[test]
fn another_wallet_resumes_nothing() {
    let (mut world, wallet, _) = cancelled();
    let thief = key(31);
    let resume = replace(&world.resume(&wallet), &wallet.pubkey(), &thief.pubkey());
    world
        .send(&[resume], &[&thief])
        .expect_err("foreign")
        .assert_is(TesseraError::WrongWallet);
}

#[test]
fn a_signature_counts_for_one_receipt_of_one_life() {
    let (mut world, wallet, _) = cancelled();
    let plan = world.plan_account();
    let it = world.subscription(&wallet);
    let deadline = world.now() + 60;
    for (life, seq, expected) in [
        (1, 0, TesseraError::WrongLife),
        (0, 1, TesseraError::StaleSeq),
        (0, u64::MAX, TesseraError::StaleSeq),
    ] {
        let mut named = it;
        named.header.life += life;
        named.header.receipt_seq = named.header.receipt_seq.wrapping_add(seq);
        let resume = Resume {
            subscription: &named,
            plan: &plan,
            deadline,
            replace_delegate: false,
        };
        refused(&mut world, &wallet, resume.into(), expected);
    }
    // Kept, it does not undo the next cancellation.
    let resume = world.resume(&wallet);
    done(&mut world, &wallet, resume.clone());
    cancel(&mut world, &wallet);
    refused(&mut world, &wallet, resume, TesseraError::StaleSeq);
}

#[test]
fn not_after_the_deadline() {
    let (mut world, wallet, _) = cancelled();
    let resume = world.resume(&wallet);
    world.advance(61);
    refused(
        &mut world,
        &wallet,
        resume.clone(),
        TesseraError::DeadlinePassed,
    );
    world.advance(-1);
    done(&mut world, &wallet, resume);
}

#[test]
fn reserved_bytes_are_zero() {
    let (mut world, wallet, _) = cancelled();
    let resume = world.resume(&wallet);
    for at in 25..33 {
        let mut other = resume.clone();
        other.data[at] = 2;
        refused(&mut world, &wallet, other, TesseraError::SpareNotZero);
    }
}

#[test]
fn a_foreign_delegate_is_replaced_only_when_the_wallet_says_so() {
    let (mut world, wallet, token) = cancelled();
    world.approve(&token, &wallet, &key(60).pubkey(), 5);
    assert_refused(&mut world, &wallet, TesseraError::ForeignDelegate);
    let resume = Resume {
        subscription: &world.subscription(&wallet),
        plan: &world.plan_account(),
        deadline: world.now(),
        replace_delegate: true,
    };
    done(&mut world, &wallet, resume.into());
    assert_eq!(
        world.token(&token).delegate.expect("a delegate"),
        world.delegate(&token)
    );
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn a_token_account_that_cannot_approve_stands_in_the_way() {
    let (mut world, wallet, token) = cancelled();
    world.freeze(&token);
    assert_refused(&mut world, &wallet, TesseraError::TokenAccountFrozen);
    world.thaw(&token);
    world.edit_token(&token, |token| token.owner = key(61).pubkey());
    assert_refused(&mut world, &wallet, TesseraError::WrongTokenOwner);
    world.edit_token(&token, |token| token.owner = wallet.pubkey());
    let savings = world.create_token_account(&wallet.pubkey(), FUNDS);
    let resume = replace(&world.resume(&wallet), &token, &savings);
    refused(&mut world, &wallet, resume, TesseraError::WrongPayerToken);
}

#[test]
fn not_when_the_plan_ends_with_the_paid_time() {
    for (ends_at, expected) in [
        (START + STEP, Some(TesseraError::PlanEnded)),
        (START + STEP + 1, None),
    ] {
        let mut world = world_of(|mut args| {
            args.ends_at = ends_at;
            args
        });
        let (wallet, _) = world.subscriber();
        cancel(&mut world, &wallet);
        match expected {
            Some(expected) => assert_refused(&mut world, &wallet, expected),
            None => {
                let resume = world.resume(&wallet);
                done(&mut world, &wallet, resume);
            }
        }
    }
}

#[test]
fn not_when_the_plan_is_closed() {
    let (mut world, wallet, _) = orphan();
    cancel(&mut world, &wallet);
    let plan = Plan {
        org: world.org,
        token_program: world.token_program,
        ..bytemuck::Zeroable::zeroed()
    };
    let resume = Resume {
        subscription: &world.subscription(&wallet),
        plan: &plan,
        deadline: world.now(),
        replace_delegate: false,
    };
    refused(&mut world, &wallet, resume.into(), TesseraError::WrongPlan);
}

#[test]
fn a_paused_org_resumes_nobody() {
    let (mut world, wallet, _) = cancelled();
    update_org(&mut world, |settings| settings.pause_flags = 1);
    assert_refused(&mut world, &wallet, TesseraError::Paused);
    update_org(&mut world, |settings| settings.pause_flags = 2);
    let resume = world.resume(&wallet);
    done(&mut world, &wallet, resume);
}

#[test]
fn not_when_no_period_is_left() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let mut args = world.subscribe_args();
    args.terms.approved_periods = 1;
    let subscribe = world.subscribe(&wallet, token, args);
    done(&mut world, &wallet, subscribe);
    world.advance(STEP);
    charged(&mut world, &wallet);
    cancel(&mut world, &wallet);
    assert_refused(&mut world, &wallet, TesseraError::PeriodsUsedUp);
}

#[test]
fn the_agreement_goes_on_as_it_was_signed() {
    let (mut world, wallet, token) = due();
    charged(&mut world, &wallet);
    let before = world.subscription(&wallet);
    cancel(&mut world, &wallet);
    // A later sunset or rise of rates does not reach it.
    let sunset = world.sunset_plan(world.now());
    world.send(&[sunset], &[&key(2)]).expect("sunset_plan");
    update_org(&mut world, |settings| settings.commission_bps = [0; 3]);
    world.advance(STEP / 2);
    let balance = world.balance(&token);
    let resume = world.resume(&wallet);
    let Event::Resumed(event) = done(&mut world, &wallet, resume) else {
        panic!("another event");
    };
    let left = PRICE * u64::from(PERIODS - 1);
    assert_eq!((event.agreement_seq, event.outstanding), (1, left));
    // Nothing was approved meanwhile.
    assert!(event.authority_generation > before.authority_generation);
    let after = world.subscription(&wallet);
    let expected = Subscription {
        header: after.header,
        authority_generation: event.authority_generation,
        ..before
    };
    assert_eq!(after, expected);
    assert_eq!(world.balance(&token), balance);
    assert_approves(&world, &token, left, 1);
    world.advance(STEP / 2 - 1);
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::NotDue);
    world.advance(1);
    let money = charged(&mut world, &wallet);
    assert_eq!(money.period_start, START + 2 * STEP);
    assert_approves(&world, &token, left - PRICE, 1);
}

#[test]
fn it_is_approved_next_to_the_others() {
    let (mut world, wallet, token) = cancelled();
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    assert_approves(&world, &token, APPROVED, 1);
    let resume = world.resume(&wallet);
    let Event::Resumed(event) = done(&mut world, &wallet, resume) else {
        panic!("another event");
    };
    assert_eq!(event.outstanding, 2 * APPROVED);
    assert_approves(&world, &token, 2 * APPROVED, 2);
    world.advance(STEP);
    charged(&mut world, &wallet);
    world.within(second, |world| {
        charged(world, &wallet);
    });
    assert_approves(&world, &token, 2 * (APPROVED - PRICE), 2);
}

#[test]
fn what_was_revoked_meanwhile_stays_revoked_for_the_others() {
    let (mut world, wallet, token) = cancelled();
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    let before = world.authority_of(&token).generation;
    world.revoke(&token, &wallet);
    world.advance(1);
    let resume = world.resume(&wallet);
    let Event::Resumed(event) = done(&mut world, &wallet, resume) else {
        panic!("another event");
    };
    assert!(event.authority_generation > before);
    assert_eq!(
        world.subscription(&wallet).authority_generation,
        event.authority_generation
    );
    assert_approves(&world, &token, APPROVED, 1);
    world.advance(STEP);
    charged(&mut world, &wallet);
    world.within(second, |world| {
        let charge = world.charge(&wallet, None);
        refused(world, &wallet, charge, TesseraError::StaleGeneration);
    });
    assert_state(&world, &wallet, SubscriptionState::Active);
}

#[test]
fn a_pause_outlives_it() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let until = START + 2 * STEP;
    let pause = world.pause(&wallet, until);
    done(&mut world, &wallet, pause);
    cancel(&mut world, &wallet);
    let resume = world.resume(&wallet);
    done(&mut world, &wallet, resume);
    let it = world.subscription(&wallet);
    assert_eq!((it.next_due, it.paused_until), (until, until));
}

#[test]
fn who_closed_the_authority_has_to_subscribe_again() {
    let (mut world, wallet, token) = cancelled();
    world.advance(1);
    let delegate = world.delegate(&token);
    let close = world.close_account(&wallet, &delegate);
    world.send(&[close], &[&wallet]).expect("close");
    assert_refused(&mut world, &wallet, TesseraError::AccountMissing);
    world.advance(1);
    let args = world.subscribe_args();
    let subscribe = world.subscribe(&wallet, token, args);
    let (_, money) = paid(&mut world, &wallet, token, subscribe);
    assert_eq!(money.period_start, START + STEP);
    assert_approves(&world, &token, APPROVED, 1);
}
