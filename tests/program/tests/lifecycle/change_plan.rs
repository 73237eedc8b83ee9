//! What a change of plan is refused for.

use super::support::{
    STEP, between, change, close_plan, done, home, priced, refused, update_org, world_of,
};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    instructions::ChangePlan,
    types::{TesseraError, accounts::Plan, args::SignedTerms},
};
use world::{FUNDS, PRICE, Place, START, World, key, metered, prorated, replace};

/// Positions of what is looked at only without a call of the token program, on Token-2022 and with
/// a quote.
const UNUSED: [usize; 3] = [10, 11, 12];

/// Position of `at_period_end` in the instruction's data; reserved bytes follow.
const AT_PERIOD_END: usize = 81;

#[track_caller]
fn both_refused(world: &mut World, wallet: &Keypair, place: Place, expected: TesseraError) {
    for at_period_end in [false, true] {
        let instruction = change(world, wallet, place, at_period_end);
        refused(world, wallet, instruction, expected);
    }
}

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = world_of(prorated);
    let [_, _, _, (wallet, token)] = world.referral_chain();
    world.subscribed(&wallet, token);
    let args = prorated(world.create_plan_args());
    let dearer = world.add_plan(priced(args, 2 * PRICE));
    let now = change(&mut world, &wallet, dearer, false);
    world.assert_withstands_except(&UNUSED, &now, &[&wallet]);
}

#[test]
fn another_wallet_changes_nothing() {
    let (mut world, wallet, _, other) = between(PRICE);
    let thief = key(31);
    let now = change(&mut world, &wallet, other, false);
    let attack = replace(&now, &wallet.pubkey(), &thief.pubkey());
    world
        .send(&[attack], &[&thief])
        .expect_err("foreign")
        .assert_is(TesseraError::WrongWallet);
}

#[test]
fn what_has_ended_does_not_change() {
    let (mut world, wallet, _, other) = between(PRICE);
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    both_refused(&mut world, &wallet, other, TesseraError::NotLive);

    let (mut world, wallet, _, other) = between(PRICE);
    world.advance(2 * STEP);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    both_refused(&mut world, &wallet, other, TesseraError::NotLive);
}

#[test]
fn another_orgs_plan_is_no_choice() {
    let (mut world, wallet, _, _) = between(PRICE);
    let foreign = world.second_org();
    both_refused(&mut world, &wallet, foreign, TesseraError::WrongOrg);
    let now = change(&mut world, &wallet, foreign, false);
    let org = world.org;
    let with_own_org = replace(&now, &foreign.org, &org);
    refused(&mut world, &wallet, with_own_org, TesseraError::WrongOrg);
}

#[test]
fn a_plan_in_another_mint_is_no_choice() {
    let (mut world, wallet, _, _) = between(PRICE);
    let home = (world.mint, world.destination);
    let mint = key(90);
    world.create_mint(&mint);
    world.mint = mint.pubkey();
    world.destination = world.create_token_account(&key(4).pubkey(), 0);
    let foreign = world.add_plan(world.create_plan_args());
    (world.mint, world.destination) = home;
    both_refused(&mut world, &wallet, foreign, TesseraError::WrongMint);
}

#[test]
fn metered_plans_are_neither_left_nor_entered() {
    let (mut world, wallet, _, _) = between(PRICE);
    let args = metered(world.create_plan_args());
    let usage = world.add_plan(args);
    both_refused(&mut world, &wallet, usage, TesseraError::Metered);

    let mut world = world_of(metered);
    let (wallet, _) = world.subscriber();
    let fixed = world.second_plan();
    both_refused(&mut world, &wallet, fixed, TesseraError::Metered);
}

#[test]
fn a_paused_org_changes_nobody() {
    let (mut world, wallet, _, other) = between(PRICE);
    update_org(&mut world, |settings| settings.pause_flags = 1);
    both_refused(&mut world, &wallet, other, TesseraError::Paused);
    update_org(&mut world, |settings| settings.pause_flags = 2);
    let now = change(&mut world, &wallet, other, false);
    done(&mut world, &wallet, now);
}

#[test]
fn a_sunset_plan_takes_nobody_in() {
    let (mut world, wallet, _, other) = between(PRICE);
    let sunset = world.within(other, |world| world.sunset_plan(world.now() + 10));
    world.send(&[sunset], &[&key(2)]).expect("sunset_plan");
    world.advance(9);
    let now = change(&mut world, &wallet, other, false);
    world.simulate(&[now], &[&wallet]).expect("a second before");
    world.advance(1);
    both_refused(&mut world, &wallet, other, TesseraError::PlanSunset);
}

/// Its own subscribers may take a pending change back, and no more.
#[test]
fn a_sunset_plan_is_not_renewed() {
    let (mut world, wallet, _, _) = between(PRICE);
    let own = Place {
        org: world.org,
        plan: world.plan,
    };
    let sunset = world.within(own, |world| world.sunset_plan(world.now() + 1));
    world.send(&[sunset], &[&key(2)]).expect("sunset_plan");
    world.advance(1);
    let now = change(&mut world, &wallet, own, false);
    refused(&mut world, &wallet, now, TesseraError::PlanSunset);
    let back = change(&mut world, &wallet, own, true);
    done(&mut world, &wallet, back);
}

#[test]
fn a_closed_plan_is_neither_left_nor_entered() {
    let (mut world, wallet, _, other) = between(PRICE);
    world.advance(1);
    let later = change(&mut world, &wallet, other, true);
    let now = change(&mut world, &wallet, other, false);
    let before = world.svm.clone();
    world.within(other, close_plan);
    for gone in [later.clone(), now.clone()] {
        refused(&mut world, &wallet, gone, TesseraError::AccountMissing);
    }
    world.svm = before;
    close_plan(&mut world);
    for gone in [later, now] {
        refused(&mut world, &wallet, gone, TesseraError::WrongPlan);
    }
}

#[test]
fn a_plan_that_ends_before_its_first_period_is_no_choice() {
    let (mut world, wallet, _, _) = between(PRICE);
    let mut args = world.create_plan_args();
    args.ends_at = START + 100;
    let short = world.add_plan(args);
    let later = change(&mut world, &wallet, short, true);
    refused(&mut world, &wallet, later, TesseraError::PlanEnded);
    world.advance(99);
    let now = change(&mut world, &wallet, short, false);
    world.simulate(&[now], &[&wallet]).expect("a second before");
    world.advance(1);
    both_refused(&mut world, &wallet, short, TesseraError::PlanEnded);

    let mut args = world.create_plan_args();
    args.ends_at = START + STEP;
    let ending = world.add_plan(args);
    let later = change(&mut world, &wallet, ending, true);
    refused(&mut world, &wallet, later, TesseraError::PlanEnded);
}

#[test]
fn the_terms_are_those_of_the_new_plan() {
    let (mut world, wallet, _, other) = between(2 * PRICE);
    let right = world.change_terms(other);
    type Wrong = fn(&mut SignedTerms);
    let cases: [(Wrong, TesseraError); 12] = [
        (|it| it.price = PRICE, TesseraError::TermsChanged),
        (|it| it.price -= 1, TesseraError::TermsChanged),
        (|it| it.period_secs += 1, TesseraError::TermsChanged),
        (|it| it.period_months = 1, TesseraError::TermsChanged),
        (|it| it.consents = Plan::METERED, TesseraError::TermsChanged),
        (
            |it| it.consents = Plan::PRORATED,
            TesseraError::TermsChanged,
        ),
        (|it| it.deadline = START - 1, TesseraError::DeadlinePassed),
        (
            |it| it.approved_periods = 0,
            TesseraError::NoPeriodsApproved,
        ),
        (
            |it| it.approved_periods = u32::MAX,
            TesseraError::NoPeriodsApproved,
        ),
        (|it| it.quote_nonce = 1, TesseraError::QuoteUnexpected),
        (|it| it.replace_delegate = 2, TesseraError::SpareNotZero),
        (|it| it.spare[6] = 1, TesseraError::SpareNotZero),
    ];
    for (wrong, expected) in cases {
        let mut terms = right;
        wrong(&mut terms);
        for at_period_end in [false, true] {
            let instruction = world.change_plan(&wallet, other, terms, at_period_end);
            refused(&mut world, &wallet, instruction, expected);
        }
    }
}

#[test]
fn reserved_bytes_are_zero() {
    let (mut world, wallet, _, other) = between(PRICE);
    let now = change(&mut world, &wallet, other, false);
    for at in AT_PERIOD_END..now.data.len() {
        let mut wrong = now.clone();
        wrong.data[at] = 2;
        refused(&mut world, &wallet, wrong, TesseraError::SpareNotZero);
    }
}

#[test]
fn a_kept_signature_changes_no_later_agreement() {
    let (mut world, wallet, _, other) = between(PRICE);
    let home = home(&world);
    for (place, at_period_end) in [(other, true), (home, true), (home, false)] {
        let kept = change(&mut world, &wallet, place, at_period_end);
        done(&mut world, &wallet, kept.clone());
        refused(&mut world, &wallet, kept, TesseraError::WrongAgreement);
    }
    // Who has left a plan does not leave it once more.
    let kept = change(&mut world, &wallet, other, false);
    done(&mut world, &wallet, kept.clone());
    refused(&mut world, &wallet, kept, TesseraError::WrongPlan);
    let terms = world.change_terms(other);
    let plan = world.account(&other.plan);
    let it = world.subscription(&wallet);
    for (life, seq) in [(1, 0), (0, 1), (0, u64::MAX)] {
        let mut named = it;
        named.header.life += life;
        named.agreement_seq = named.agreement_seq.wrapping_add(seq);
        let instruction: Instruction = ChangePlan {
            subscription: &named,
            new_plan: &plan,
            terms,
            most_debit: u64::MAX,
            at_period_end: false,
        }
        .into();
        refused(
            &mut world,
            &wallet,
            instruction,
            TesseraError::WrongAgreement,
        );
    }
}

#[test]
fn no_more_is_debited_than_the_wallet_allows() {
    let (mut world, wallet, token, other) = between(2 * PRICE);
    world.advance(STEP / 2);
    let terms = world.change_terms(other);
    let plan = world.account(&other.plan);
    let debit = 2 * PRICE - PRICE / 2;
    for (most_debit, allowed) in [(0, false), (debit - 1, false), (debit, true)] {
        let instruction: Instruction = ChangePlan {
            subscription: &world.subscription(&wallet),
            new_plan: &plan,
            terms,
            most_debit,
            at_period_end: false,
        }
        .into();
        // The deadline of the terms has not moved on.
        match allowed {
            false => refused(&mut world, &wallet, instruction, TesseraError::DebitTooHigh),
            true => drop(done(&mut world, &wallet, instruction)),
        }
    }
    assert_eq!(world.balance(&token), FUNDS - PRICE - debit);
}

#[test]
fn a_foreign_delegate_is_replaced_only_when_the_wallet_says_so() {
    let (mut world, wallet, token, other) = between(PRICE);
    world.approve(&token, &wallet, &key(60).pubkey(), 5);
    both_refused(&mut world, &wallet, other, TesseraError::ForeignDelegate);
    let mut terms = world.change_terms(other);
    terms.replace_delegate = 1;
    let instruction = world.change_plan(&wallet, other, terms, true);
    done(&mut world, &wallet, instruction);
    let delegate = world.token(&token).delegate.expect("a delegate");
    assert_eq!(delegate, world.delegate(&token));
}

#[test]
fn it_is_paid_from_the_token_account_that_was_signed() {
    let (mut world, wallet, token, other) = between(PRICE);
    let savings = world.create_token_account(&wallet.pubkey(), FUNDS);
    let now = change(&mut world, &wallet, other, false);
    let attack = replace(&now, &token, &savings);
    refused(&mut world, &wallet, attack, TesseraError::WrongPayerToken);
    world.freeze(&token);
    both_refused(&mut world, &wallet, other, TesseraError::TokenAccountFrozen);
}

#[test]
fn no_referrer_is_left_out() {
    let mut world = world_of(prorated);
    let [_, (second, _), (third, _), (wallet, token)] = world.referral_chain();
    world.subscribed(&wallet, token);
    let args = prorated(world.create_plan_args());
    let other = world.add_plan(args);
    let now = change(&mut world, &wallet, other, false);
    let (first, next) = (world.ledger_address(&third), world.ledger_address(&second));
    let nothing = tessera_client::types::ID;
    let without = replace(&now, &first, &nothing);
    refused(&mut world, &wallet, without, TesseraError::MissingLedger);
    let mut swapped = now;
    for meta in &mut swapped.accounts {
        if meta.pubkey == first {
            meta.pubkey = next;
        } else if meta.pubkey == next {
            meta.pubkey = first;
        }
    }
    refused(&mut world, &wallet, swapped, TesseraError::WrongLedger);
}

#[test]
fn a_price_that_could_not_pay_the_shares_that_were_signed_is_refused() {
    let mut world = world_of(prorated);
    update_org(&mut world, |settings| {
        settings.commission_bps = [5_000, 0, 0];
    });
    let (wallet, _) = world.subscriber();
    update_org(&mut world, |settings| settings.commission_bps = [0; 3]);
    let mut args = world.create_plan_args();
    args.price_floor = PRICE;
    args.keeper_fee_cap = PRICE / 2 + 1;
    let greedy = world.add_plan(args);
    both_refused(&mut world, &wallet, greedy, TesseraError::PriceBelowShares);
}
