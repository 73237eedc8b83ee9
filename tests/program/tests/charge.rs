use solana_account::Account;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_interface::error::TokenError;
use tessera_client::{
    Event, address,
    types::{
        ID, TesseraError,
        accounts::{Authority, Ledger, Member, Org, Plan, Subscription, SubscriptionState},
    },
};
use world::{
    FUNDS, KEEPER_FEE, PERIOD, PERIODS, POINTS, PRICE, SHARES, START, World, key, replace,
};

const KEEPER: usize = 8;
const VAULT: usize = 9;
const LEDGERS: [usize; 3] = [10, 11, 12];
const STEP: i64 = PERIOD as i64;

/// A subscriber without a referrer whose second period is due.
fn due() -> (World, Keypair, Address) {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.advance(STEP);
    (world, wallet, token)
}

/// The same with three referrers above.
fn due_with_referrers() -> (World, [(Keypair, Address); 4], Instruction) {
    let mut world = World::new();
    let chain = world.referral_chain();
    world.subscribed(&chain[3].0, chain[3].1);
    world.advance(STEP);
    let charge = world.charge(&chain[3].0, chain[3].1, None);
    (world, chain, charge)
}

#[track_caller]
fn charge(world: &mut World, wallet: &Keypair, token: Address) {
    world
        .send(&[world.charge(wallet, token, None)], &[])
        .expect("charge");
}

#[track_caller]
fn assert_refused(world: &mut World, wallet: &Keypair, token: Address, expected: TesseraError) {
    world
        .send(&[world.charge(wallet, token, None)], &[])
        .expect_err("refused")
        .assert_is(expected);
}

#[test]
fn every_account_is_bound() {
    let (mut world, chain, _) = due_with_referrers();
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    let charge = world.charge(&chain[3].0, chain[3].1, Some(keeper));
    world.assert_withstands(&charge, &[]);
}

#[test]
fn not_a_second_early() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.advance(STEP - 1);
    assert_refused(&mut world, &wallet, token, TesseraError::NotDue);
    world.advance(1);
    charge(&mut world, &wallet, token);
}

#[test]
fn one_period_is_charged_once() {
    let (mut world, wallet, token) = due();
    let twice = world.charge(&wallet, token, None);
    world
        .send(&[twice.clone(), twice.clone()], &[])
        .expect_err("twice in one transaction")
        .assert_is(TesseraError::NotDue);
    world.send(&[twice.clone()], &[]).expect("charge");
    world
        .send(&[twice], &[])
        .expect_err("twice in one slot")
        .assert_is(TesseraError::NotDue);
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
}

#[test]
fn an_ended_subscription_is_not_charged() {
    let (mut world, wallet, token) = due();
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    assert_refused(&mut world, &wallet, token, TesseraError::NotLive);
    let subscription = world.subscription_address(&wallet);
    for state in [0, SubscriptionState::Lapsed as u8, 6, u8::MAX] {
        world.rewrite(&subscription, |subscription: &mut Subscription| {
            subscription.state = state;
        });
        assert_refused(&mut world, &wallet, token, TesseraError::NotLive);
    }
}

#[test]
fn a_paused_org_charges_nobody() {
    let (mut world, wallet, token) = due();
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| org.pause_flags = Org::PAUSE_CHARGE);
    assert_refused(&mut world, &wallet, token, TesseraError::Paused);
    world.rewrite(&org, |org: &mut Org| org.pause_flags = Org::PAUSE_SUBSCRIBE);
    charge(&mut world, &wallet, token);
}

#[test]
fn an_ended_plan_charges_nobody() {
    let (mut world, wallet, token) = due();
    let (plan, now) = (world.plan, world.now());
    world.rewrite(&plan, |plan: &mut Plan| plan.ends_at = now);
    assert_refused(&mut world, &wallet, token, TesseraError::PlanEnded);
    world.rewrite(&plan, |plan: &mut Plan| plan.ends_at = now + 1);
    charge(&mut world, &wallet, token);
}

#[test]
fn without_approval_nothing_is_taken() {
    let (mut world, wallet, token) = due();
    world.revoke(&token, &wallet);
    assert_refused(&mut world, &wallet, token, TesseraError::NotApproved);
    world.approve(&token, &wallet, &key(60).pubkey(), u64::MAX);
    assert_refused(&mut world, &wallet, token, TesseraError::NotApproved);
}

#[test]
fn an_approval_covers_the_whole_price() {
    let (mut world, wallet, token) = due();
    let delegate = world.delegate(&wallet);
    world.approve(&token, &wallet, &delegate, PRICE - 1);
    assert_refused(&mut world, &wallet, token, TesseraError::ApprovalTooSmall);
    world.approve(&token, &wallet, &delegate, PRICE);
    charge(&mut world, &wallet, token);
    assert_eq!(world.token(&token).delegated_amount, 0);
}

#[test]
fn the_approval_ends_after_the_approved_periods() {
    let (mut world, wallet, token) = due();
    for _ in 0..PERIODS {
        charge(&mut world, &wallet, token);
        world.advance(STEP);
    }
    assert_refused(&mut world, &wallet, token, TesseraError::NotApproved);
}

#[test]
fn too_few_tokens_or_a_frozen_account_pay_nothing() {
    let (mut world, wallet, token) = due();
    world.drain(&token, &wallet, PRICE - 1);
    world
        .send(&[world.charge(&wallet, token, None)], &[])
        .expect_err("one unit short")
        .assert_error(&InstructionError::Custom(
            TokenError::InsufficientFunds as u32,
        ));
    let (mut world, wallet, token) = due();
    world.freeze(&token);
    world
        .send(&[world.charge(&wallet, token, None)], &[])
        .expect_err("frozen")
        .assert_error(&InstructionError::Custom(TokenError::AccountFrozen as u32));
    let subscription = world.subscription(&wallet);
    assert_eq!(
        (subscription.receipt_seq, subscription.periods_paid),
        (1, 1)
    );
}

#[test]
fn closed_token_accounts_neither_pay_nor_earn() {
    let (mut world, wallet, token) = due();
    let charge = world.charge(&wallet, token, None);
    let close = |world: &mut World, address: Address| {
        let account = world.svm.get_account(&address).expect("account");
        world
            .svm
            .set_account(address, Account::default())
            .expect("as if closed");
        account
    };
    let account = close(&mut world, token);
    world
        .send(&[charge.clone()], &[])
        .expect_err("payer's account")
        .assert_is(TesseraError::UnsupportedTokenProgram);
    world.svm.set_account(token, account).expect("set account");

    let destination = world.destination;
    close(&mut world, destination);
    assert!(world.send(&[charge], &[]).is_err());
    assert_eq!(world.balance(&token), FUNDS - PRICE);
    assert_eq!(world.subscription(&wallet).receipt_seq, 1);
}

#[test]
fn a_renewed_authority_charges_only_what_was_signed_after() {
    let (mut world, wallet, token) = due();
    let delegate = world.delegate(&wallet);
    world.rewrite(&delegate, |authority: &mut Authority| {
        authority.generation += 1
    });
    assert_refused(&mut world, &wallet, token, TesseraError::StaleGeneration);
}

#[test]
fn another_wallets_tokens_do_not_pay() {
    let (mut world, wallet, token) = due();
    let other = key(31);
    let other_token = world.join(&other, None);
    world.subscribed(&other, other_token);
    assert_refused(
        &mut world,
        &wallet,
        other_token,
        TesseraError::WrongTokenOwner,
    );
    // Nor when the other wallet has approved this wallet's delegate.
    let delegate = world.delegate(&wallet);
    world.approve(&other_token, &other, &delegate, u64::MAX);
    assert_refused(
        &mut world,
        &wallet,
        other_token,
        TesseraError::WrongTokenOwner,
    );
    charge(&mut world, &wallet, token);
}

#[test]
fn another_wallets_authority_does_not_sign() {
    let (mut world, wallet, token) = due();
    let other = key(31);
    let other_token = world.join(&other, None);
    world.subscribed(&other, other_token);
    let foreign = world.delegate(&other);
    world.approve(&token, &wallet, &foreign, u64::MAX);
    let charge = world.charge(&wallet, token, None);
    let charge = replace(&charge, &world.delegate(&wallet), &foreign);
    assert!(world.send(&[charge], &[]).is_err());
}

/// A delegate of another program, shaped like an authority of the right generation, which even
/// signs the transaction.
#[test]
fn a_delegate_that_only_looks_like_an_authority_is_refused() {
    let (mut world, wallet, token) = due();
    let impostor = key(61);
    let genuine = world
        .svm
        .get_account(&world.delegate(&wallet))
        .expect("authority");
    let disguised = Account {
        owner: Address::new_from_array([9; 32]),
        ..genuine
    };
    world
        .svm
        .set_account(impostor.pubkey(), disguised)
        .expect("set account");
    world.approve(&token, &wallet, &impostor.pubkey(), u64::MAX);
    let mut charge = world.charge(&wallet, token, None);
    charge.accounts[4] = AccountMeta::new_readonly(impostor.pubkey(), true);
    world
        .send(&[charge], &[&impostor])
        .expect_err("impostor")
        .assert_is(TesseraError::NotApproved);
}

#[test]
fn a_token_account_of_another_mint_does_not_pay() {
    let (mut world, wallet, _) = due();
    let other_mint = key(7);
    world.create_mint(&other_mint);
    let token = world.create_account_of(&wallet.pubkey(), &other_mint.pubkey(), FUNDS);
    let delegate = world.delegate(&wallet);
    world.approve(&token, &wallet, &delegate, u64::MAX);
    world
        .send(&[world.charge(&wallet, token, None)], &[])
        .expect_err("another mint")
        .assert_error(&InstructionError::Custom(TokenError::MintMismatch as u32));
}

#[test]
fn plan_org_member_and_destination_are_the_subscriptions() {
    let (mut world, wallet, token) = due();
    let other_plan = world.second_plan().plan;
    let elsewhere = world.second_org();
    let other = key(31);
    world.join(&other, None);
    world.within(elsewhere, |world| world.join(&wallet, None));
    let treasury = world.treasury.pubkey();
    let other_destination = world.create_token_account(&treasury, 0);
    let charge = world.charge(&wallet, token, None);
    for (right, wrong, expected) in [
        (world.plan, other_plan, TesseraError::WrongPlan),
        (world.plan, elsewhere.plan, TesseraError::WrongPlan),
        (world.org, elsewhere.org, TesseraError::WrongOrg),
        (
            world.member_address(&wallet),
            address::member(&elsewhere.org, &wallet.pubkey()),
            TesseraError::WrongOrg,
        ),
        (
            world.member_address(&wallet),
            world.member_address(&other),
            TesseraError::WrongWallet,
        ),
        (
            world.destination,
            other_destination,
            TesseraError::WrongDestination,
        ),
    ] {
        world
            .send(&[replace(&charge, &right, &wrong)], &[])
            .expect_err("wrong account")
            .assert_is(expected);
    }
}

#[test]
fn no_level_is_left_out_shuffled_or_replaced() {
    let (mut world, chain, charge) = due_with_referrers();
    for level in LEDGERS {
        let mut attack = charge.clone();
        attack.accounts[level] = AccountMeta::new_readonly(ID, false);
        world
            .send(&[attack], &[])
            .expect_err("left out")
            .assert_is(TesseraError::MissingLedger);
    }
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
        let mut attack = charge.clone();
        attack.accounts.swap(LEDGERS[a], LEDGERS[b]);
        world
            .send(&[attack], &[])
            .expect_err("shuffled")
            .assert_is(TesseraError::WrongLedger);
    }
    let own = world.ledger_address(&chain[3].0);
    for (level, _) in LEDGERS.iter().enumerate() {
        let mut attack = charge.clone();
        attack.accounts[LEDGERS[level]].pubkey = own;
        world
            .send(&[attack], &[])
            .expect_err("replaced")
            .assert_is(TesseraError::WrongLedger);
    }
}

#[test]
fn a_ledger_at_a_level_without_a_referrer_earns_nothing() {
    let (mut world, wallet, token) = due();
    let earner = key(20);
    world.join(&earner, None);
    world.make_referrer(&earner, "EARNER");
    let with_ledger = |world: &World, level: usize| {
        let mut charge = world.charge(&wallet, token, None);
        charge.accounts[level] = AccountMeta::new(world.ledger_address(&earner), false);
        charge.accounts[VAULT] = AccountMeta::new(world.vault(), false);
        charge
    };
    world
        .send(&[with_ledger(&world, LEDGERS[0])], &[])
        .expect_err("nobody referred this member")
        .assert_is(TesseraError::UnexpectedLedger);
    // Behind the first level without a referrer nothing is read or written.
    let before = world.ledger(&earner);
    for level in [LEDGERS[1], LEDGERS[2]] {
        let sent = world
            .send(&[with_ledger(&world, level)], &[])
            .expect("charge");
        let (_, shares) = sent.event().settlement().map_or_else(
            || panic!("no charge"),
            |(money, shares)| (*money, shares.to_vec()),
        );
        assert_eq!(shares, []);
        world.advance(STEP);
    }
    assert_eq!(world.ledger(&earner), before);
    assert_eq!(world.balance(&world.vault()), 0);
}

#[test]
fn commission_goes_to_the_vault_and_nowhere_else() {
    let (mut world, _, charge) = due_with_referrers();
    let thief = world.create_token_account(&key(60).pubkey(), 0);
    let mut omitted = charge.clone();
    omitted.accounts[VAULT] = AccountMeta::new_readonly(ID, false);
    for attack in [replace(&charge, &world.vault(), &thief), omitted] {
        world
            .send(&[attack], &[])
            .expect_err("vault")
            .assert_is(TesseraError::WrongVault);
    }
}

#[test]
fn the_keepers_account_is_not_one_that_pays_or_earns() {
    let (mut world, chain, charge) = due_with_referrers();
    for other in [chain[3].1, world.destination, world.vault()] {
        let mut attack = charge.clone();
        attack.accounts[KEEPER] = AccountMeta::new(other, false);
        world
            .send(&[attack], &[])
            .expect_err("alias")
            .assert_error(&world::duplicate_account());
    }
}

#[test]
fn the_keeper_is_paid_in_the_plans_mint() {
    let (mut world, wallet, token) = due();
    let other = key(7);
    world.create_mint(&other);
    let keeper = world.create_account_of(&key(60).pubkey(), &other.pubkey(), 0);
    world
        .send(&[world.charge(&wallet, token, Some(keeper))], &[])
        .expect_err("another mint")
        .assert_error(&InstructionError::Custom(TokenError::MintMismatch as u32));
}

#[test]
fn shares_above_the_price_are_refused() {
    let (mut world, chain, charge) = due_with_referrers();
    let subscription = world.subscription_address(&chain[3].0);
    let original = world.subscription(&chain[3].0);
    world.rewrite(&subscription, |subscription: &mut Subscription| {
        subscription.commission_bps = [10_000, 1, 0];
    });
    world
        .send(&[charge.clone()], &[])
        .expect_err("commission above the price")
        .assert_is(TesseraError::PriceBelowShares);

    world.rewrite(&subscription, |subscription: &mut Subscription| {
        *subscription = original;
        subscription.price = KEEPER_FEE;
    });
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    let mut attack = charge;
    attack.accounts[KEEPER] = AccountMeta::new(keeper, false);
    world
        .send(&[attack], &[])
        .expect_err("fee and commission above the price")
        .assert_is(TesseraError::PriceBelowShares);
}

#[test]
fn amounts_and_times_do_not_wrap() {
    let (mut world, wallet, token) = due();
    let member = world.member_address(&wallet);
    world.rewrite(&member, |member: &mut Member| member.points = u64::MAX);
    assert_refused(&mut world, &wallet, token, TesseraError::ArithmeticOverflow);

    let (mut world, wallet, token) = due();
    let subscription = world.subscription_address(&wallet);
    world.rewrite(&subscription, |subscription: &mut Subscription| {
        subscription.receipt_seq = u64::MAX;
    });
    assert_refused(&mut world, &wallet, token, TesseraError::ArithmeticOverflow);

    let (mut world, chain, charge) = due_with_referrers();
    let ledger = world.ledger_address(&chain[2].0);
    world.rewrite(&ledger, |ledger: &mut Ledger| ledger.claimable = u64::MAX);
    world
        .send(&[charge], &[])
        .expect_err("ledger")
        .assert_is(TesseraError::ArithmeticOverflow);
}

#[test]
fn counters_of_periods_stop_at_the_end() {
    let (mut world, wallet, token) = due();
    let subscription = world.subscription_address(&wallet);
    world.rewrite(&subscription, |subscription: &mut Subscription| {
        subscription.periods_paid = u32::MAX;
    });
    charge(&mut world, &wallet, token);
    assert_eq!(world.subscription(&wallet).periods_paid, u32::MAX);
}

#[test]
fn a_clock_that_steps_back_charges_nothing() {
    let (mut world, wallet, token) = due();
    charge(&mut world, &wallet, token);
    world.advance(-10 * STEP);
    assert_refused(&mut world, &wallet, token, TesseraError::NotDue);
}

#[test]
fn a_late_charge_keeps_the_billing_day() {
    for late in [1, STEP / 2, STEP - 1] {
        let (mut world, wallet, token) = due();
        world.advance(late);
        charge(&mut world, &wallet, token);
        let subscription = world.subscription(&wallet);
        assert_eq!(subscription.paid_through, START + 2 * STEP);
        assert_eq!(subscription.next_due, START + 2 * STEP);
    }
}

#[test]
fn missed_periods_are_never_billed() {
    for missed in [1, 2, 1_000] {
        for past in [0, 1, STEP - 1] {
            let (mut world, wallet, token) = due();
            world.advance(missed * STEP + past);
            charge(&mut world, &wallet, token);
            let subscription = world.subscription(&wallet);
            assert_eq!(subscription.paid_through, world.now() + STEP);
            assert_eq!(subscription.next_due, world.now() + STEP);
            assert_eq!(subscription.periods_paid, 2);
            assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
            assert_refused(&mut world, &wallet, token, TesseraError::NotDue);
        }
    }
}

#[test]
fn accounts_and_bytes_behind_the_last_change_nothing() {
    let (mut world, wallet, token) = due();
    let mut charge = world.charge(&wallet, token, None);
    let stranger = Address::new_from_array([8; 32]);
    charge
        .accounts
        .push(AccountMeta::new_readonly(stranger, false));
    world.send(&[charge], &[]).expect("charge");
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
}

#[test]
fn an_account_of_a_known_kind_but_wrong_length_is_refused() {
    let (mut world, wallet, token) = due();
    for (address, expected) in [
        (world.plan, TesseraError::WrongPlan),
        (world.org, TesseraError::WrongOrg),
    ] {
        let charge = world.charge(&wallet, token, None);
        let original = world.svm.get_account(&address).expect("account");
        let mut short = original.clone();
        short.data.pop();
        world.svm.set_account(address, short).expect("set account");
        world
            .send(&[charge], &[])
            .expect_err("short")
            .assert_is(expected);
        world
            .svm
            .set_account(address, original)
            .expect("set account");
    }
}

#[test]
fn a_charge_without_a_referrer_is_written_everywhere() {
    let (mut world, wallet, token) = due();
    let before = world.subscription(&wallet);
    let sent = world
        .send(&[world.charge(&wallet, token, None)], &[])
        .expect("charge");
    let address = world.subscription_address(&wallet);
    let end = START + 2 * STEP;
    let Event::Charged(event, shares) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.seq, event.receipt.at), (2, START + STEP));
    let money = event.settlement;
    assert_eq!(
        (money.debit, money.merchant, money.keeper_fee),
        (PRICE, PRICE, 0)
    );
    assert_eq!((money.points, money.paid_through), (POINTS, end));
    assert_eq!(shares, []);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 2);

    let after = world.subscription(&wallet);
    let expected = Subscription {
        receipt_seq: 2,
        receipt_head: after.receipt_head,
        next_due: end,
        paid_through: end,
        periods_paid: 2,
        ..before
    };
    assert_eq!(after, expected);
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
    assert_eq!(world.balance(&world.destination), 2 * PRICE);
    assert_eq!(
        world.token(&token).delegated_amount,
        PRICE * u64::from(PERIODS - 1)
    );
    assert_eq!(world.member(&wallet).points, 2 * POINTS);
}

#[test]
fn three_levels_and_the_keeper_share_the_price() {
    let (mut world, chain, _) = due_with_referrers();
    let (payer, token) = &chain[3];
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    let (vault, merchant) = (
        world.balance(&world.vault()),
        world.balance(&world.destination),
    );
    let sent = world
        .send(&[world.charge(payer, *token, Some(keeper))], &[])
        .expect("charge");
    let Event::Charged(event, shares) = sent.event() else {
        panic!("another event");
    };
    let commission: u64 = SHARES.iter().sum();
    let money = event.settlement;
    assert_eq!((money.debit, money.keeper_fee), (PRICE, KEEPER_FEE));
    assert_eq!(money.merchant, PRICE - commission - KEEPER_FEE);
    assert_eq!(shares.map_amounts(), SHARES);
    assert_eq!(world.balance(&keeper), KEEPER_FEE);
    assert_eq!(world.balance(&world.vault()), vault + commission);
    assert_eq!(world.balance(&world.destination), merchant + money.merchant);
    assert_eq!(world.balance(token), FUNDS - 2 * PRICE);
    for (level, above) in [2, 1, 0].into_iter().enumerate() {
        let ledger = world.ledger(&chain[above].0);
        assert_eq!(shares[level].ledger, world.ledger_address(&chain[above].0));
        // The first period's share has been released by this accrual.
        assert_eq!(
            (ledger.claimable, ledger.held, ledger.queued),
            (SHARES[level], SHARES[level], 0)
        );
    }
}

/// The amounts of a charge's shares.
trait MapAmounts {
    fn map_amounts(&self) -> [u64; 3];
}

impl MapAmounts for Vec<tessera_client::types::events::LedgerShare> {
    fn map_amounts(&self) -> [u64; 3] {
        let amounts: Vec<u64> = self.iter().map(|share| share.amount).collect();
        amounts.try_into().expect("three levels")
    }
}

#[test]
fn a_keeper_takes_exactly_the_cap_and_nothing_unasked() {
    let (mut world, wallet, token) = due();
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    charge(&mut world, &wallet, token);
    assert_eq!(world.balance(&keeper), 0);
    world.advance(STEP);
    world
        .send(&[world.charge(&wallet, token, Some(keeper))], &[])
        .expect("charge");
    assert_eq!(world.balance(&keeper), KEEPER_FEE);
    assert_eq!(world.balance(&world.destination), 3 * PRICE - KEEPER_FEE);
}

#[test]
fn a_plan_without_a_keeper_fee_pays_none() {
    let (mut world, wallet, token) = due();
    let plan = world.plan;
    world.rewrite(&plan, |plan: &mut Plan| plan.keeper_fee_cap = 0);
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    world
        .send(&[world.charge(&wallet, token, Some(keeper))], &[])
        .expect("charge");
    assert_eq!(world.balance(&keeper), 0);
    assert_eq!(world.balance(&world.destination), 2 * PRICE);
}

#[test]
fn a_tiers_boost_raises_the_points_from_the_next_charge() {
    let (mut world, wallet, token) = due();
    let mut received = Vec::new();
    for _ in 0..7 {
        let before = world.member(&wallet).points;
        charge(&mut world, &wallet, token);
        received.push(world.member(&wallet).points - before);
        world.advance(STEP);
    }
    // 990 points a charge: 10 % more once 2,970 are held, 25 % more once 5,148 are.
    assert_eq!(received, [990, 990, 1_089, 1_089, 1_237, 1_237, 1_237]);
}

#[test]
fn later_changes_of_the_plan_do_not_reach_what_was_signed() {
    let (mut world, chain, charge) = due_with_referrers();
    let (plan, org) = (world.plan, world.org);
    world.rewrite(&plan, |plan: &mut Plan| plan.price = PRICE * 2);
    world.rewrite(&org, |org: &mut Org| org.commission_bps = [5_000, 0, 0]);
    world.send(&[charge], &[]).expect("charge");
    assert_eq!(world.balance(&chain[3].1), FUNDS - 2 * PRICE);
    assert_eq!(
        world.balance(&world.vault()),
        2 * SHARES.iter().sum::<u64>()
    );
}

#[test]
fn any_token_account_of_the_wallet_that_approves_may_pay() {
    let (mut world, wallet, token) = due();
    let savings = world.create_token_account(&wallet.pubkey(), PRICE);
    let delegate = world.delegate(&wallet);
    world.approve(&savings, &wallet, &delegate, PRICE);
    charge(&mut world, &wallet, savings);
    assert_eq!(world.balance(&savings), 0);
    assert_eq!(world.balance(&token), FUNDS - PRICE);
}
