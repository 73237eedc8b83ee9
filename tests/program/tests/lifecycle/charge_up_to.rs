//! Metered plans: what a period came to, stated by the org's meter.

use super::support::{
    APPROVED, DAY, STEP, assert_approves, assert_state, done, due, paid, refused, update_org,
    world_of,
};
use solana_address::Address;
use solana_instruction::error::InstructionError;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_interface::error::TokenError;
use tessera_client::{
    Event,
    instructions::ChargeUpTo,
    types::{TesseraError, accounts::SubscriptionState, events::Settlement},
};
use world::{FUNDS, PERIODS, POINTS, PRICE, START, World, key, metered, replace};

/// Position of the mint, for Token-2022.
const MINT: usize = 8;
/// Position of the program itself, which is called where nothing is debited.
const PROGRAM: usize = 14;
/// What is approved at the signature: the first period, too, is paid later.
const ALL: u64 = PRICE * (PERIODS as u64 + 1);

/// A subscriber to a metered plan, whose first period runs.
fn running() -> (World, Keypair, Address) {
    let mut world = world_of(metered);
    let (wallet, token) = world.subscriber();
    (world, wallet, token)
}

/// Has the meter state what the period came to.
#[track_caller]
fn stated(world: &mut World, wallet: &Keypair, token: Address, amount: u64) -> Settlement {
    let charge = world.charge_up_to(wallet, amount);
    let (event, money) = paid(world, wallet, token, charge);
    assert!(matches!(event, Event::Charged(..)));
    assert_eq!((money.debit, money.keeper_fee), (amount, 0));
    assert_eq!(money.flags, Settlement::STATED);
    let points = u128::from(POINTS) * u128::from(amount) / u128::from(PRICE);
    assert_eq!(u128::from(money.points), points);
    let it = world.subscription(wallet);
    assert_eq!(it.state, SubscriptionState::Active as u8);
    assert_eq!(
        (it.period_start, it.paid_through, it.next_due),
        (money.period_start, money.paid_through, money.paid_through)
    );
    assert_eq!(
        (it.period_debit, it.period_points, it.period_flags),
        (amount, money.points, Settlement::STATED)
    );
    money
}

/// Requires the approval that discounts and unused caps left above what is outstanding.
#[track_caller]
fn assert_outstanding(world: &World, token: &Address, outstanding: u64) {
    let authority = world.authority_of(token);
    assert_eq!(authority.outstanding, outstanding);
    assert!(world.token(token).delegated_amount >= outstanding);
}

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = world_of(metered);
    let [_, _, _, (wallet, token)] = world.referral_chain();
    world.subscribed(&wallet, token);
    let charge = world.charge_up_to(&wallet, PRICE / 2);
    world.assert_withstands_except(&[MINT, PROGRAM], &charge, &[&key(10)]);
}

#[test]
fn a_metered_plan_needs_the_subscribers_consent() {
    let mut world = world_of(metered);
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let mut args = world.subscribe_args();
    args.terms.consents = 0;
    let subscribe = world.subscribe(&wallet, token, args);
    refused(&mut world, &wallet, subscribe, TesseraError::TermsChanged);
}

#[test]
fn only_the_orgs_meter_states_usage() {
    let (mut world, wallet, _) = running();
    let charge = world.charge_up_to(&wallet, 1);
    for other in [key(2), key(3), key(31)] {
        let attack = replace(&charge, &key(10).pubkey(), &other.pubkey());
        world
            .send(&[attack], &[&other])
            .expect_err("another key")
            .assert_is(TesseraError::WrongAuthority);
    }
    // The wallet's signature is not that of the meter either.
    let attack = replace(&charge, &key(10).pubkey(), &wallet.pubkey());
    refused(&mut world, &wallet, attack, TesseraError::WrongAuthority);
    // A meter that was replaced states nothing any more.
    update_org(&mut world, |settings| {
        settings.meter_authority = key(32).pubkey();
    });
    refused(&mut world, &wallet, charge, TesseraError::WrongAuthority);
}

#[test]
fn the_cap_that_was_signed_holds() {
    let (mut world, wallet, token) = running();
    for amount in [PRICE + 1, u64::MAX] {
        let charge = world.charge_up_to(&wallet, amount);
        refused(&mut world, &wallet, charge, TesseraError::AboveCap);
    }
    stated(&mut world, &wallet, token, PRICE);
    world.advance(STEP);
    let charge = world.charge_up_to(&wallet, PRICE + 1);
    refused(&mut world, &wallet, charge, TesseraError::AboveCap);
}

#[test]
fn a_period_is_stated_once() {
    let (mut world, wallet, token) = running();
    stated(&mut world, &wallet, token, 1);
    for secs in [0, STEP - 1] {
        world.advance(secs);
        let charge = world.charge_up_to(&wallet, 1);
        refused(&mut world, &wallet, charge, TesseraError::NotDue);
    }
    world.advance(1);
    stated(&mut world, &wallet, token, 2);
    let charge = world.charge_up_to(&wallet, 1);
    refused(&mut world, &wallet, charge, TesseraError::NotDue);
    assert_eq!(world.balance(&token), FUNDS - 3);
}

#[test]
fn a_signature_counts_for_one_receipt_of_one_life() {
    let (mut world, wallet, token) = running();
    let it = world.subscription(&wallet);
    let plan = world.plan_account();
    for (life, seq, expected) in [
        (1, 0, TesseraError::WrongLife),
        (0, 1, TesseraError::StaleSeq),
        (0, u64::MAX, TesseraError::StaleSeq),
    ] {
        let mut named = it;
        named.header.life += life;
        named.header.receipt_seq = named.header.receipt_seq.wrapping_add(seq);
        let charge = ChargeUpTo {
            meter: key(10).pubkey(),
            subscription: &named,
            plan: &plan,
            amount: 1,
        };
        refused(&mut world, &wallet, charge.into(), expected);
    }
    let charge = world.charge_up_to(&wallet, 1);
    stated(&mut world, &wallet, token, 1);
    world.advance(STEP);
    refused(&mut world, &wallet, charge, TesseraError::StaleSeq);
}

#[test]
fn a_plan_with_a_price_is_not_metered() {
    let (mut world, wallet, _) = due();
    let charge = world.charge_up_to(&wallet, 1);
    refused(&mut world, &wallet, charge, TesseraError::Metered);
}

#[test]
fn no_keeper_charges_a_metered_plan() {
    let (mut world, wallet, _) = running();
    for secs in [0, STEP] {
        world.advance(secs);
        let charge = world.charge(&wallet, None);
        refused(&mut world, &wallet, charge, TesseraError::Metered);
    }
}

#[test]
fn after_a_cancellation_nothing_is_stated() {
    let (mut world, wallet, token) = running();
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    assert_approves(&world, &token, 0, 0);
    for secs in [0, STEP] {
        world.advance(secs);
        let charge = world.charge_up_to(&wallet, 1);
        refused(&mut world, &wallet, charge, TesseraError::NotLive);
    }
}

#[test]
fn while_the_org_paused_nothing_is_stated() {
    let (mut world, wallet, token) = running();
    update_org(&mut world, |settings| settings.pause_flags = 2);
    let charge = world.charge_up_to(&wallet, 1);
    refused(&mut world, &wallet, charge, TesseraError::Paused);
    update_org(&mut world, |settings| settings.pause_flags = 0);
    stated(&mut world, &wallet, token, 1);
}

/// Neither in its midst nor behind its end, which the pause may pass.
#[test]
fn a_pause_puts_off_the_next_period_and_not_what_this_one_came_to() {
    for (until, late) in [(START + DAY, 1), (START + 2 * STEP, STEP + 1)] {
        let (mut world, wallet, token) = running();
        let pause = world.pause(&wallet, until);
        done(&mut world, &wallet, pause);
        world.advance(late);
        let charge = world.charge_up_to(&wallet, 5);
        let (_, money) = paid(&mut world, &wallet, token, charge);
        assert_eq!(
            (money.debit, money.period_start, money.paid_through),
            (5, START, START + STEP)
        );
        let it = world.subscription(&wallet);
        assert_eq!(it.next_due, until.max(START + STEP));
        let again = world.charge_up_to(&wallet, 5);
        refused(&mut world, &wallet, again, TesseraError::NotDue);
        world.advance(it.next_due - world.now());
        let next = stated(&mut world, &wallet, token, 7);
        assert_eq!(next.period_start, it.next_due);
    }
}

#[test]
fn a_whole_period_without_a_statement_lapses() {
    let (mut world, wallet, token) = running();
    world.advance(2 * STEP - 1);
    let mark = world.mark_past_due(&wallet);
    refused(&mut world, &wallet, mark, TesseraError::NotMissed);
    world.advance(1);
    let charge = world.charge_up_to(&wallet, 1);
    refused(&mut world, &wallet, charge, TesseraError::Lapsed);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    assert_state(&world, &wallet, SubscriptionState::Lapsed);
    assert_outstanding(&world, &token, 0);
}

#[test]
fn an_empty_account_is_not_a_missed_payment_but_one_that_approves_nothing_is() {
    let (mut world, wallet, token) = running();
    world.advance(STEP);
    world.drain(&token, &wallet, 0);
    let mark = world.mark_past_due(&wallet);
    refused(&mut world, &wallet, mark, TesseraError::NotMissed);
    let charge = world.charge_up_to(&wallet, 1);
    world
        .send(&[charge], &[&key(10)])
        .expect_err("empty")
        .assert_error(&InstructionError::Custom(
            TokenError::InsufficientFunds as u32,
        ));
    world.revoke(&token, &wallet);
    let charge = world.charge_up_to(&wallet, 0);
    refused(&mut world, &wallet, charge, TesseraError::NotApproved);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    assert_state(&world, &wallet, SubscriptionState::PastDue);
}

#[test]
fn a_statement_in_the_grace_time_makes_up_for_a_missed_payment() {
    let (mut world, wallet, token) = running();
    world.advance(STEP);
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    world.thaw(&token);
    world.advance(super::support::LATEST);
    let money = stated(&mut world, &wallet, token, 5);
    assert_eq!(money.period_start, START + STEP);
}

#[test]
fn signing_pays_nothing_and_approves_every_cap() {
    let mut world = world_of(metered);
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let args = world.subscribe_args();
    let subscribe = world.subscribe(&wallet, token, args);
    let (_, money) = paid(&mut world, &wallet, token, subscribe);
    let nothing = Settlement {
        period_start: START,
        paid_through: START + STEP,
        ..bytemuck::Zeroable::zeroed()
    };
    assert_eq!(money, nothing);
    assert_state(&world, &wallet, SubscriptionState::Active);
    assert_eq!(world.subscription(&wallet).periods_paid, 1);
    assert_approves(&world, &token, ALL, 1);
}

#[test]
fn a_statement_within_the_period_is_for_that_period() {
    for elapsed in [0, 1, STEP - 1] {
        let (mut world, wallet, token) = running();
        world.advance(elapsed);
        let money = stated(&mut world, &wallet, token, PRICE / 3);
        assert_eq!(
            (money.period_start, money.paid_through),
            (START, START + STEP)
        );
        assert_eq!(world.subscription(&wallet).periods_paid, 1);
        assert_outstanding(&world, &token, APPROVED);
    }
}

#[test]
fn usage_of_nothing_is_a_receipt_and_no_money() {
    let (mut world, wallet, token) = running();
    let money = stated(&mut world, &wallet, token, 0);
    assert_eq!((money.debit, money.merchant, money.points), (0, 0, 0));
    assert_eq!(world.balance(&token), FUNDS);
    assert_outstanding(&world, &token, APPROVED);
    world.advance(STEP);
    stated(&mut world, &wallet, token, 0);
    assert_eq!(world.subscription(&wallet).periods_paid, 2);
    assert_outstanding(&world, &token, APPROVED - PRICE);
}

#[test]
fn what_a_period_left_of_its_cap_is_not_the_next_ones() {
    let (mut world, wallet, token) = running();
    stated(&mut world, &wallet, token, 1);
    world.advance(STEP);
    let more = world.charge_up_to(&wallet, PRICE + 1);
    refused(&mut world, &wallet, more, TesseraError::AboveCap);
    let money = stated(&mut world, &wallet, token, PRICE);
    assert_eq!(
        (money.period_start, money.paid_through),
        (START + STEP, START + 2 * STEP)
    );
    assert_outstanding(&world, &token, APPROVED - PRICE);
}

#[test]
fn a_period_that_ended_without_a_statement_gives_its_cap_up() {
    let (mut world, wallet, token) = running();
    world.advance(STEP);
    let more = world.charge_up_to(&wallet, PRICE + 1);
    refused(&mut world, &wallet, more, TesseraError::AboveCap);
    let money = stated(&mut world, &wallet, token, PRICE);
    assert_eq!(money.period_start, START + STEP);
    assert_eq!(world.subscription(&wallet).periods_paid, 2);
    assert_outstanding(&world, &token, APPROVED - PRICE);
    let again = world.charge_up_to(&wallet, 1);
    refused(&mut world, &wallet, again, TesseraError::NotDue);
}

#[test]
fn every_level_and_the_points_have_their_share_of_the_usage() {
    let mut world = world_of(metered);
    let [(top, _), (second, _), (third, _), (wallet, token)] = world.referral_chain();
    world.subscribed(&wallet, token);
    let amount = 12_345_679;
    let charge = world.charge_up_to(&wallet, amount);
    let (event, money) = paid(&mut world, &wallet, token, charge);
    assert_eq!(money.points, POINTS * amount / PRICE);
    let (_, shares) = event.settlement().expect("a payment");
    let expected = [amount / 10, amount / 20, amount / 40];
    for ((share, referrer), expected) in shares.iter().zip([third, second, top]).zip(expected) {
        assert_eq!(share.ledger, world.ledger_address(&referrer));
        assert_eq!(share.amount, expected);
        assert_eq!(world.ledger(&referrer).owed(), Ok(expected));
    }
    assert_eq!(money.merchant, amount - expected.iter().sum::<u64>());
}

#[test]
fn the_last_period_is_stated_and_then_it_lapses() {
    let mut world = world_of(metered);
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let mut args = world.subscribe_args();
    args.terms.approved_periods = 1;
    let subscribe = world.subscribe(&wallet, token, args);
    done(&mut world, &wallet, subscribe);
    assert_approves(&world, &token, 2 * PRICE, 1);
    stated(&mut world, &wallet, token, PRICE);
    assert_approves(&world, &token, PRICE, 1);
    world.advance(STEP);
    stated(&mut world, &wallet, token, PRICE);
    assert_approves(&world, &token, 0, 1);
    world.advance(STEP);
    let charge = world.charge_up_to(&wallet, 1);
    refused(&mut world, &wallet, charge, TesseraError::PeriodsUsedUp);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    assert_state(&world, &wallet, SubscriptionState::Lapsed);
}

#[test]
fn cancelling_after_a_statement_takes_the_rest_back() {
    let (mut world, wallet, token) = running();
    stated(&mut world, &wallet, token, 7);
    let cancel = world.cancel(&wallet);
    let Event::Cancelled(event) = done(&mut world, &wallet, cancel) else {
        panic!("another event");
    };
    assert_eq!(event.outstanding, 0);
    assert_approves(&world, &token, 0, 0);
    let resume = world.resume(&wallet);
    done(&mut world, &wallet, resume);
    // The period that runs is paid.
    assert_approves(&world, &token, APPROVED, 1);
    let again = world.charge_up_to(&wallet, 1);
    refused(&mut world, &wallet, again, TesseraError::NotDue);
}

#[test]
fn what_was_not_stated_is_not_paid_and_ends_with_the_cancellation() {
    let (mut world, wallet, token) = running();
    world.advance(DAY);
    let cancel = world.cancel(&wallet);
    let Event::Cancelled(event) = done(&mut world, &wallet, cancel) else {
        panic!("another event");
    };
    assert_eq!(event.paid_through, START + DAY);
    let resume = world.resume(&wallet);
    refused(&mut world, &wallet, resume, TesseraError::NotCancelled);
    world.subscribed(&wallet, token);
    assert_approves(&world, &token, ALL, 1);
    assert_eq!(world.subscription(&wallet).period_start, START + DAY);
}

#[test]
fn signing_again_and_again_heaps_up_no_time_that_nobody_pays() {
    let (mut world, wallet, token) = running();
    for _ in 0..5 {
        let cancel = world.cancel(&wallet);
        done(&mut world, &wallet, cancel);
        world.subscribed(&wallet, token);
    }
    assert_eq!(world.subscription(&wallet).paid_through, START + STEP);
    // Nor does who takes the approval back, and signs while that is so.
    for _ in 0..5 {
        world.revoke(&token, &wallet);
        world.advance(1);
        world.subscribed(&wallet, token);
    }
    let it = world.subscription(&wallet);
    assert_eq!(it.paid_through, world.now() + STEP);
}
