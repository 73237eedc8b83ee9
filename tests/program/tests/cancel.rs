use solana_account::Account;
use solana_instruction::Instruction;
use solana_signer::Signer;
use spl_token_interface::state::AccountState;
use tessera_client::{
    Event,
    instructions::Cancel,
    types::{
        TesseraError,
        accounts::{Header, Org, Subscription, SubscriptionState},
    },
};
use world::{FUNDS, PERIOD, PERIODS, PRICE, START, World, key, replace};

/// Position of the program itself, which is called where no approval changes.
const PROGRAM: usize = 5;
/// Position of the token program, which is called only to lower an approval.
const TOKEN_PROGRAM: usize = 4;

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let cancel = world.cancel(&wallet);
    world.assert_withstands_except(&[PROGRAM], &cancel, &[&wallet]);
}

#[test]
fn every_account_and_byte_is_bound_when_the_token_account_is_gone() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.close(&token, &wallet);
    let cancel = world.cancel(&wallet);
    world.assert_withstands_except(&[TOKEN_PROGRAM], &cancel, &[&wallet]);
}

#[test]
fn another_wallet_cannot_cancel() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let thief = key(31);
    let cancel = replace(&world.cancel(&wallet), &wallet.pubkey(), &thief.pubkey());
    world
        .send(&[cancel], &[&thief])
        .expect_err("foreign")
        .assert_is(TesseraError::WrongWallet);
}

#[test]
fn the_subscription_to_another_plan_is_another_agreement() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.advance(1);
    let second = world.second_plan();
    let other = world.within(second, |world| {
        world.subscribed(&wallet, token);
        world.subscription_address(&wallet)
    });
    let right = world.subscription_address(&wallet);
    world
        .send(
            &[replace(&world.cancel(&wallet), &right, &other)],
            &[&wallet],
        )
        .expect_err("of a later life")
        .assert_is(TesseraError::WrongAgreement);
}

#[test]
fn the_token_account_and_its_authority_are_those_that_were_signed() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let other = key(31);
    let other_token = world.join(&other, None);
    world.subscribed(&other, other_token);
    let savings = world.create_token_account(&wallet.pubkey(), FUNDS);
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, savings));
    let cancel = world.cancel(&wallet);
    for wrong in [other_token, savings] {
        let foreign = world.delegate(&wrong);
        let attack = replace(&cancel, &world.delegate(&token), &foreign);
        world
            .send(std::slice::from_ref(&attack), &[&wallet])
            .expect_err("another account's authority")
            .assert_is(TesseraError::WrongTokenAuthority);
        world
            .send(&[replace(&attack, &token, &wrong)], &[&wallet])
            .expect_err("another account")
            .assert_is(TesseraError::WrongPayerToken);
    }
}

#[test]
fn only_the_agreement_that_it_names_is_ended() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let subscription = world.subscription(&wallet);
    let token_program = world.token_program;
    let naming = |life: u64, agreement_seq: u64| -> Instruction {
        let mut named = subscription;
        (named.header.life, named.agreement_seq) = (life, agreement_seq);
        Cancel {
            subscription: &named,
            token_program,
        }
        .into()
    };
    let (life, seq) = (subscription.header.life, subscription.agreement_seq);
    for (life, seq) in [(life, seq - 1), (life, seq + 1), (life + 1, seq), (0, seq)] {
        world
            .send(&[naming(life, seq)], &[&wallet])
            .expect_err("another agreement")
            .assert_is(TesseraError::WrongAgreement);
    }
    world
        .send(&[naming(life, seq)], &[&wallet])
        .expect("cancel");
}

#[test]
fn a_subscription_ends_once() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect_err("twice")
        .assert_is(TesseraError::NotLive);
}

#[test]
fn a_lapsed_subscription_cannot_be_cancelled() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let subscription = world.subscription_address(&wallet);
    world.rewrite(&subscription, |subscription: &mut Subscription| {
        subscription.state = SubscriptionState::Lapsed as u8;
    });
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect_err("lapsed")
        .assert_is(TesseraError::NotLive);
}

#[test]
fn a_paused_org_cannot_keep_anyone() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| org.settings.pause_flags = u8::MAX);
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
}

#[test]
fn cancelling_keeps_paid_time_and_is_a_receipt() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let before = world.subscription(&wallet);
    let balance = world.balance(&token);
    world.advance(10);
    let sent = world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");

    let address = world.subscription_address(&wallet);
    let Event::Cancelled(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.seq, event.receipt.at), (2, START + 10));
    assert_eq!((event.agreement_seq, event.outstanding), (1, 0));
    assert_eq!(event.paid_through, START + i64::from(PERIOD));
    assert_eq!(world.assert_receipts::<Subscription>(&address), 2);

    let after = world.subscription(&wallet);
    let expected = Subscription {
        state: SubscriptionState::Cancelled as u8,
        header: Header {
            receipt_seq: 2,
            receipt_head: after.header.receipt_head,
            ..before.header
        },
        ..before
    };
    assert_eq!(after, expected);
    let authority = world.authority_of(&token);
    assert_eq!(
        (authority.live_subscriptions, authority.outstanding),
        (0, 0)
    );
    let state = world.token(&token);
    assert!(state.delegate.is_none());
    assert_eq!((state.amount, state.delegated_amount), (balance, 0));
}

#[test]
fn the_approval_is_lowered_to_what_other_subscriptions_may_still_take() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    let left = PRICE * u64::from(PERIODS);
    assert_eq!(world.token(&token).delegated_amount, 2 * left);
    let sent = world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    let Event::Cancelled(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.outstanding, left);
    let authority = world.authority_of(&token);
    assert_eq!(
        (authority.live_subscriptions, authority.outstanding),
        (1, left)
    );
    assert_eq!(world.token(&token).delegated_amount, left);
    world.advance(i64::from(PERIOD));
    world.within(second, |world| {
        world
            .send(&[world.charge(&wallet, None)], &[])
            .expect("the other subscription goes on");
    });
}

/// Requires that the subscription can be cancelled after `change` and that its receipts add up;
/// nothing but the approval that was there is on the token account afterwards.
#[track_caller]
fn assert_cancels(
    change: impl FnOnce(&mut World, &solana_keypair::Keypair, &solana_address::Address),
) {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    change(&mut world, &wallet, &token);
    let data = |world: &World| world.svm.get_account(&token).map(|account| account.data);
    let before = data(&world);
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    assert_eq!(data(&world), before);
    let subscription = world.subscription(&wallet);
    assert_eq!(subscription.state, SubscriptionState::Cancelled as u8);
    let authority = world.authority_of(&token);
    assert_eq!(
        (authority.live_subscriptions, authority.outstanding),
        (0, 0)
    );
    let address = world.subscription_address(&wallet);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 2);
}

#[test]
fn whatever_became_of_the_token_account_the_way_out_is_open() {
    assert_cancels(|world, wallet, token| world.close(token, wallet));
    assert_cancels(|world, wallet, token| world.revoke(token, wallet));
    assert_cancels(|world, _, token| world.freeze(token));
    assert_cancels(|world, wallet, token| world.approve(token, wallet, &key(60).pubkey(), 5));
    assert_cancels(|world, _, token| {
        // The address has become a wallet's.
        world
            .svm
            .set_account(*token, Account::new(1_000_000_000, 0, &Default::default()))
            .expect("set account");
    });
    assert_cancels(|world, _, token| {
        let mut account = world.svm.get_account(token).expect("token account");
        account.data[108] = AccountState::Uninitialized as u8;
        world.svm.set_account(*token, account).expect("set account");
    });
}

#[test]
fn an_approval_that_was_lowered_already_stays_as_it_is() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    let delegate = world.delegate(&token);
    world.approve(&token, &wallet, &delegate, PRICE);
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    assert_eq!(world.token(&token).delegated_amount, PRICE);
}

#[test]
fn an_approval_that_was_raised_meanwhile_is_lowered_too() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let delegate = world.delegate(&token);
    world.approve(&token, &wallet, &delegate, u64::MAX);
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    assert!(world.token(&token).delegate.is_none());
}
