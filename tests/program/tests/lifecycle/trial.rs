use super::support::{
    APPROVED, STEP, assert_approves, assert_state, charged, done, due, paid, refused, world_of,
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use tessera_client::{
    Event,
    types::{
        TesseraError,
        accounts::{Member, Subscription, SubscriptionState},
        events::Settlement,
    },
};
use world::{FUNDS, PERIODS, POINTS, PRICE, SHARES, START, World, key, metered, with_trial};

/// Two weeks.
const TRIAL: u32 = 1_209_600;
const FREE: i64 = TRIAL as i64;
/// What a trial approves: the first payment, too, comes later.
const ALL: u64 = PRICE * (PERIODS as u64 + 1);

fn with_trials() -> World {
    world_of(|args| with_trial(args, TRIAL))
}

/// A wallet in its trial.
fn trying() -> (World, Keypair, Address) {
    let mut world = with_trials();
    let (wallet, token) = world.subscriber();
    (world, wallet, token)
}

/// `subscribe` with or without the trial.
fn subscribe(world: &World, wallet: &Keypair, token: Address, trial_secs: u32) -> Instruction {
    let mut args = world.subscribe_args();
    args.trial_secs = trial_secs;
    world.subscribe(wallet, token, args)
}

#[test]
fn a_trial_is_as_long_as_the_plans_or_there_is_none() {
    let mut world = with_trials();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    for secs in [1, TRIAL - 1, TRIAL + 1, u32::MAX] {
        let longer = subscribe(&world, &wallet, token, secs);
        refused(&mut world, &wallet, longer, TesseraError::TermsChanged);
    }
}

#[test]
fn a_metered_plan_has_no_trial() {
    let world = &mut World::new();
    let mut args = with_trial(metered(world.create_plan_args()), 1);
    args.id = 2;
    let create = world.create_plan(args);
    refused(world, &key(30), create, TesseraError::TrialTooLong);
}

#[test]
fn a_trial_cannot_be_begun_twice() {
    let (mut world, wallet, token) = trying();
    let again = subscribe(&world, &wallet, token, TRIAL);
    refused(&mut world, &wallet, again, TesseraError::AlreadySubscribed);
    // Who revokes makes room, and still has had it.
    world.revoke(&token, &wallet);
    let again = subscribe(&world, &wallet, token, TRIAL);
    refused(&mut world, &wallet, again, TesseraError::TrialUsed);
}

#[test]
fn a_member_has_one_trial_in_all_plans_of_an_org() {
    let (mut world, wallet, token) = trying();
    let args = with_trial(world.create_plan_args(), 60);
    let second = world.add_plan(args);
    world.within(second, |world| {
        let other = subscribe(world, &wallet, token, 60);
        refused(world, &wallet, other, TesseraError::TrialUsed);
        let without = subscribe(world, &wallet, token, 0);
        let (_, money) = paid(world, &wallet, token, without);
        assert_eq!(money.debit, PRICE);
    });
    assert_approves(&world, &token, ALL + APPROVED, 2);
}

#[test]
fn another_org_gives_a_trial_of_its_own() {
    let (mut world, wallet, token) = trying();
    let place = world.second_org();
    world.within(place, |world| {
        let args = with_trial(world.create_plan_args(), TRIAL);
        let place = world.add_plan(args);
        world.within(place, |world| {
            let register = world.register(&wallet, None);
            world.send(&[register], &[&wallet]).expect("register");
            world.subscribed(&wallet, token);
            assert_state(world, &wallet, SubscriptionState::Trial);
        });
    });
}

#[test]
fn the_mark_survives_close_and_resubscribe() {
    let (mut world, wallet, token) = trying();
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    world.advance(FREE);
    let address = world.subscription_address(&wallet);
    let close = world.close_account(&wallet, &address);
    let sent = world.send(&[close], &[&wallet]).expect("close");
    assert!(matches!(sent.event(), Event::Closed(_)));
    assert!(world.find::<Subscription>(&address).is_none());
    let again = subscribe(&world, &wallet, token, TRIAL);
    refused(&mut world, &wallet, again, TesseraError::TrialUsed);
    assert_eq!(world.balance(&token), FUNDS);
    world.advance(1);
    let without = subscribe(&world, &wallet, token, 0);
    let now = world.now();
    let sent = world.send(&[without], &[&wallet]).expect("subscribe");
    let Event::Subscribed(event, _) = sent.event() else {
        panic!("another event");
    };
    assert_eq!((event.receipt.seq, event.trial_ends_at), (1, 0));
    assert_eq!(event.settlement.period_start, now);
    assert_eq!(world.balance(&token), FUNDS - PRICE);
    assert_eq!(world.member(&wallet).flags, Member::TRIAL_USED);
}

#[test]
fn nothing_is_charged_before_the_trial_ends() {
    let (mut world, wallet, _) = trying();
    for secs in [0, FREE - 1] {
        world.advance(secs);
        let charge = world.charge(&wallet, None);
        refused(&mut world, &wallet, charge, TesseraError::NotDue);
        let mark = world.mark_past_due(&wallet);
        refused(&mut world, &wallet, mark, TesseraError::NotMissed);
    }
}

#[test]
fn a_trial_pays_nothing_and_approves_the_first_period_too() {
    let mut world = with_trials();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let begin = subscribe(&world, &wallet, token, TRIAL);
    let (event, money) = paid(&mut world, &wallet, token, begin);
    let Event::Subscribed(event, shares) = event else {
        panic!("another event");
    };
    assert_eq!(event.trial_ends_at, START + FREE);
    assert_eq!((event.terms.price, event.outstanding), (PRICE, ALL));
    assert!(shares.is_empty());
    let nothing = Settlement {
        period_start: START,
        paid_through: START + FREE,
        ..bytemuck::Zeroable::zeroed()
    };
    assert_eq!(money, nothing);
    let it = world.subscription(&wallet);
    assert_eq!(it.state, SubscriptionState::Trial as u8);
    assert_eq!((it.periods_paid, it.agreement_seq), (0, 1));
    assert_eq!(
        (it.period_start, it.paid_through, it.next_due),
        (START, START + FREE, START + FREE)
    );
    assert_eq!(world.member(&wallet).flags, Member::TRIAL_USED);
    assert_approves(&world, &token, ALL, 1);
}

#[test]
fn the_first_charge_comes_when_the_trial_ends_and_pays_the_referrers() {
    let mut world = with_trials();
    let [_, _, _, (wallet, token)] = world.referral_chain();
    world.subscribed(&wallet, token);
    world.advance(FREE);
    let money = charged(&mut world, &wallet);
    let merchant = PRICE - SHARES.iter().sum::<u64>();
    assert_eq!((money.debit, money.merchant), (PRICE, merchant));
    assert_eq!((money.points, money.levels), (POINTS, 3));
    assert_eq!(
        (money.period_start, money.paid_through),
        (START + FREE, START + FREE + STEP)
    );
    assert_eq!(world.subscription(&wallet).periods_paid, 1);
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn every_approved_period_can_be_collected_after_a_trial_and_not_one_more() {
    let mut world = with_trials();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let mut args = world.subscribe_args();
    args.terms.approved_periods = 2;
    let begin = world.subscribe(&wallet, token, args);
    done(&mut world, &wallet, begin);
    world.advance(FREE);
    for left in [2, 1, 0] {
        charged(&mut world, &wallet);
        assert_approves(&world, &token, PRICE * left, 1);
        world.advance(STEP);
    }
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::PeriodsUsedUp);
}

#[test]
fn who_declines_the_trial_pays_now_and_keeps_it() {
    let mut world = with_trials();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let now = subscribe(&world, &wallet, token, 0);
    let (event, money) = paid(&mut world, &wallet, token, now);
    let Event::Subscribed(event, _) = event else {
        panic!("another event");
    };
    assert_eq!((event.trial_ends_at, money.debit), (0, PRICE));
    assert_eq!(money.paid_through, START + STEP);
    assert_state(&world, &wallet, SubscriptionState::Active);
    assert_eq!(world.member(&wallet).flags, 0);
    assert_approves(&world, &token, APPROVED, 1);

    // Later it is taken, behind the time that is paid.
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    let begin = subscribe(&world, &wallet, token, TRIAL);
    let (event, money) = paid(&mut world, &wallet, token, begin);
    let Event::Subscribed(event, _) = event else {
        panic!("another event");
    };
    assert_eq!(event.trial_ends_at, START + STEP + FREE);
    assert_eq!((money.debit, money.period_start), (0, START + STEP));
    assert_eq!(world.subscription(&wallet).next_due, START + STEP + FREE);
    assert_approves(&world, &token, ALL, 1);
}

#[test]
fn who_cancels_a_trial_and_signs_without_one_pays_for_time_behind_it() {
    let (mut world, wallet, token) = trying();
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    let begin = subscribe(&world, &wallet, token, 0);
    let (_, money) = paid(&mut world, &wallet, token, begin);
    assert_eq!((money.debit, money.period_start), (PRICE, START + FREE));
    assert_eq!(money.paid_through, START + FREE + STEP);
}

#[test]
fn a_cancelled_trial_cannot_be_resumed_when_it_is_over() {
    let (mut world, wallet, _) = trying();
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    world.advance(FREE);
    let resume = world.resume(&wallet);
    refused(&mut world, &wallet, resume, TesseraError::NotCancelled);
}

#[test]
fn a_trial_that_is_resumed_is_the_same_trial() {
    let (mut world, wallet, token) = trying();
    let before = world.subscription(&wallet);
    world.advance(FREE / 2);
    let cancel = world.cancel(&wallet);
    let Event::Cancelled(event) = done(&mut world, &wallet, cancel) else {
        panic!("another event");
    };
    assert_eq!((event.paid_through, event.outstanding), (START + FREE, 0));
    world.advance(FREE / 4);
    let resume = world.resume(&wallet);
    let Event::Resumed(event) = done(&mut world, &wallet, resume) else {
        panic!("another event");
    };
    assert_eq!((event.agreement_seq, event.outstanding), (1, ALL));
    let after = world.subscription(&wallet);
    assert_eq!(
        (after.state, after.next_due, after.periods_paid),
        (before.state, before.next_due, 0)
    );
    assert_approves(&world, &token, ALL, 1);
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::NotDue);
    world.advance(FREE / 4);
    charged(&mut world, &wallet);
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn a_trial_that_cannot_be_paid_is_past_due_and_made_up_for_in_the_grace_time() {
    let (mut world, wallet, token) = trying();
    world.advance(FREE);
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    assert_state(&world, &wallet, SubscriptionState::PastDue);
    world.thaw(&token);
    let money = charged(&mut world, &wallet);
    assert_eq!(money.period_start, START + FREE);
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn a_plan_without_a_trial_marks_nobody() {
    let (world, wallet, _) = due();
    assert_eq!(world.member(&wallet).flags, 0);
}
