use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_sdk_ids::system_program;
use solana_signer::Signer;
use spl_token_interface::error::TokenError;
use tessera_client::{
    Event, address,
    types::{
        ID, LAYOUT_VERSION, NO_ADDRESS, TesseraError,
        accounts::{Authority, Ledger, Member, Org, Plan, Subscription, SubscriptionState},
        args::SubscribeArgs,
    },
};
use world::{
    COMMISSION_BPS, FUNDS, HOLD, PERIOD, PERIODS, POINTS, PRICE, SHARES, START, World, key, replace,
};

/// Positions in the instruction.
const VAULT: usize = 12;
const LEDGERS: [usize; 3] = [13, 14, 15];

fn absent() -> AccountMeta {
    AccountMeta::new_readonly(ID, false)
}

/// A member without a referrer, key 30, and its token account.
fn member() -> (World, Keypair, Address) {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    (world, wallet, token)
}

/// The lowest of a referral chain, and the instruction that subscribes it.
fn referred() -> (World, [(Keypair, Address); 4], Instruction) {
    let mut world = World::new();
    let chain = world.referral_chain();
    let subscribe = world.subscribe(&chain[3].0, chain[3].1, world.subscribe_args());
    (world, chain, subscribe)
}

#[track_caller]
fn assert_refused(change: impl FnOnce(&mut World, &mut SubscribeArgs), expected: TesseraError) {
    let (mut world, wallet, token) = member();
    let mut args = world.subscribe_args();
    change(&mut world, &mut args);
    world
        .send(&[world.subscribe(&wallet, token, args)], &[&wallet])
        .expect_err("refused")
        .assert_is(expected);
}

#[test]
fn every_account_and_byte_is_bound() {
    let (mut world, chain, subscribe) = referred();
    world.assert_withstands(&subscribe, &[&chain[3].0]);
}

#[test]
fn every_account_is_bound_when_all_exist() {
    let (mut world, chain, _) = referred();
    let (payer, token) = &chain[3];
    world.subscribed(payer, *token);
    world
        .send(&[world.cancel(payer)], &[payer])
        .expect("cancel");
    let subscribe = world.subscribe(payer, *token, world.subscribe_args());
    world.assert_withstands(&subscribe, &[payer]);
}

#[test]
fn the_terms_are_those_that_the_wallet_signed() {
    assert_refused(
        |_, args| args.expected_price = PRICE - 1,
        TesseraError::TermsChanged,
    );
    assert_refused(
        |_, args| args.expected_price = PRICE + 1,
        TesseraError::TermsChanged,
    );
    assert_refused(
        |_, args| args.expected_period_secs = PERIOD + 1,
        TesseraError::TermsChanged,
    );
}

#[test]
fn a_transaction_kept_back_is_void_after_its_deadline() {
    assert_refused(
        |_, args| args.deadline = START - 1,
        TesseraError::DeadlinePassed,
    );
    let (mut world, wallet, token) = member();
    let args = SubscribeArgs {
        deadline: START,
        ..world.subscribe_args()
    };
    world
        .send(&[world.subscribe(&wallet, token, args)], &[&wallet])
        .expect("at the deadline");
}

#[test]
fn at_least_one_later_period_is_approved() {
    assert_refused(
        |_, args| args.approved_periods = 0,
        TesseraError::NoPeriodsApproved,
    );
}

#[test]
fn reserved_bytes_and_flags_are_checked() {
    assert_refused(|_, args| args.spare[0] = 1, TesseraError::SpareNotZero);
    assert_refused(|_, args| args.spare[5] = 1, TesseraError::SpareNotZero);
    assert_refused(|_, args| args.quoted = 2, TesseraError::SpareNotZero);
    assert_refused(
        |_, args| args.replace_delegate = 2,
        TesseraError::SpareNotZero,
    );
    assert_refused(
        |_, args| args.quote_deadline = 1,
        TesseraError::QuoteUnexpected,
    );
}

#[test]
fn a_paused_org_takes_nobody_in() {
    assert_refused(
        |world, _| {
            let org = world.org;
            world.rewrite(&org, |org: &mut Org| org.pause_flags = Org::PAUSE_SUBSCRIBE);
        },
        TesseraError::Paused,
    );
    let (mut world, wallet, token) = member();
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| org.pause_flags = Org::PAUSE_CHARGE);
    world.subscribed(&wallet, token);
}

#[test]
fn an_ended_plan_takes_nobody_in() {
    assert_refused(
        |world, _| {
            let plan = world.plan;
            world.rewrite(&plan, |plan: &mut Plan| plan.ends_at = START);
        },
        TesseraError::PlanEnded,
    );
}

#[test]
fn a_live_subscription_is_not_sold_twice() {
    for state in [
        SubscriptionState::Trial,
        SubscriptionState::Active,
        SubscriptionState::PastDue,
    ] {
        let mut world = World::new();
        let (wallet, token) = world.subscriber();
        let subscription = world.subscription_address(&wallet);
        world.rewrite(&subscription, |subscription: &mut Subscription| {
            subscription.state = state as u8;
        });
        world
            .send(
                &[world.subscribe(&wallet, token, world.subscribe_args())],
                &[&wallet],
            )
            .expect_err("live")
            .assert_is(TesseraError::AlreadySubscribed);
    }
}

#[test]
fn the_member_is_the_wallets_and_of_the_plans_org() {
    let (mut world, wallet, token) = member();
    let other = key(31);
    world.join(&other, None);
    let elsewhere = world.second_org();
    world.within(elsewhere, |world| world.join(&wallet, None));
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let right = world.member_address(&wallet);
    for (wrong, expected) in [
        (world.member_address(&other), TesseraError::WrongWallet),
        (
            address::member(&elsewhere.org, &wallet.pubkey()),
            TesseraError::WrongOrg,
        ),
    ] {
        world
            .send(&[replace(&subscribe, &right, &wrong)], &[&wallet])
            .expect_err("wrong member")
            .assert_is(expected);
    }
}

#[test]
fn nobody_subscribes_another_wallet() {
    let (mut world, wallet, token) = member();
    let thief = key(31);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let subscribe = replace(&subscribe, &wallet.pubkey(), &thief.pubkey());
    let subscribe = replace(
        &subscribe,
        &world.subscription_address(&wallet),
        &world.subscription_address(&thief),
    );
    world
        .send(&[subscribe], &[&thief])
        .expect_err("foreign member and tokens")
        .assert_is(TesseraError::WrongWallet);
}

#[test]
fn the_org_is_the_plans() {
    let (mut world, wallet, token) = member();
    let elsewhere = world.second_org();
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    world
        .send(
            &[replace(&subscribe, &world.org, &elsewhere.org)],
            &[&wallet],
        )
        .expect_err("another org")
        .assert_is(TesseraError::WrongOrg);
}

#[test]
fn the_destination_is_the_plans() {
    let (mut world, wallet, token) = member();
    let treasury = world.treasury.pubkey();
    let other = world.create_token_account(&treasury, 0);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    world
        .send(
            &[replace(&subscribe, &world.destination, &other)],
            &[&wallet],
        )
        .expect_err("another account of the treasury")
        .assert_is(TesseraError::WrongDestination);
}

#[test]
fn the_subscription_follows_from_plan_and_wallet() {
    let (mut world, wallet, token) = member();
    let other = world.second_plan().plan;
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let right = world.subscription_address(&wallet);
    let wrong = address::subscription(&other, &wallet.pubkey());
    world
        .send(&[replace(&subscribe, &right, &wrong)], &[&wallet])
        .expect_err("address for another plan")
        .assert_error(&InstructionError::InvalidSeeds);
}

#[test]
fn the_token_account_is_the_wallets_in_the_plans_mint() {
    let (mut world, wallet, _) = member();
    let other_mint = key(7);
    world.create_mint(&other_mint);
    let foreign = world.create_token_account(&key(31).pubkey(), FUNDS);
    let wrong_mint = world.create_account_of(&wallet.pubkey(), &other_mint.pubkey(), FUNDS);
    for (token, expected) in [
        (foreign, TesseraError::WrongTokenOwner),
        (wrong_mint, TesseraError::WrongMint),
        (world.org, TesseraError::UnsupportedTokenProgram),
    ] {
        let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
        let refused = world.send(&[subscribe], &[&wallet]).expect_err("token");
        match token == world.org {
            true => refused.assert_error(&world::duplicate_account()),
            false => refused.assert_is(expected),
        }
    }
}

#[test]
fn a_look_alike_of_a_token_account_is_refused() {
    let (mut world, wallet, token) = member();
    let mut account = world.svm.get_account(&token).expect("account");
    account.owner = Address::new_from_array([9; 32]);
    let fake = Address::new_from_array([8; 32]);
    world.svm.set_account(fake, account).expect("set account");
    world
        .send(
            &[world.subscribe(&wallet, fake, world.subscribe_args())],
            &[&wallet],
        )
        .expect_err("look-alike")
        .assert_is(TesseraError::UnsupportedTokenProgram);
}

#[test]
fn the_token_authority_is_the_wallets_for_the_mint() {
    let (mut world, wallet, token) = member();
    let other = key(31);
    let other_token = world.join(&other, None);
    world.subscribed(&other, other_token);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    for wrong in [world.delegate(&other), Address::new_from_array([8; 32])] {
        world
            .send(
                &[replace(&subscribe, &world.delegate(&wallet), &wrong)],
                &[&wallet],
            )
            .expect_err("foreign authority")
            .assert_is(TesseraError::WrongTokenAuthority);
    }
}

#[test]
fn too_few_tokens_or_a_frozen_account_pay_nothing() {
    let (mut world, wallet, token) = member();
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    world.freeze(&token);
    world
        .send(&[subscribe.clone()], &[&wallet])
        .expect_err("frozen")
        .assert_error(&InstructionError::Custom(TokenError::AccountFrozen as u32));
    let (mut world, wallet, token) = member();
    world.drain(&token, &wallet, PRICE - 1);
    world
        .send(&[subscribe], &[&wallet])
        .expect_err("one unit short")
        .assert_error(&InstructionError::Custom(
            TokenError::InsufficientFunds as u32,
        ));
    assert!(world.svm.get_account(&world.delegate(&wallet)).is_none());
}

#[test]
fn the_payer_is_not_its_own_destination() {
    let mut world = World::new();
    let treasury = world.treasury.insecure_clone();
    world
        .send(&[world.register(&treasury, None)], &[&treasury])
        .expect("register");
    let subscribe = world.subscribe(&treasury, world.destination, world.subscribe_args());
    world
        .send(&[subscribe], &[&treasury])
        .expect_err("alias")
        .assert_error(&world::duplicate_account());
}

#[test]
fn a_foreign_delegate_is_replaced_only_when_the_wallet_says_so() {
    let (mut world, wallet, token) = member();
    let foreign = key(60).pubkey();
    world.approve(&token, &wallet, &foreign, 5);
    let mut args = world.subscribe_args();
    world
        .send(&[world.subscribe(&wallet, token, args)], &[&wallet])
        .expect_err("foreign delegate")
        .assert_is(TesseraError::ForeignDelegate);
    assert_eq!(world.token(&token).delegate, Some(foreign).into());

    args.replace_delegate = 1;
    world
        .send(&[world.subscribe(&wallet, token, args)], &[&wallet])
        .expect("replaced");
    let state = world.token(&token);
    assert_eq!(state.delegate, Some(world.delegate(&wallet)).into());
    assert_eq!(state.delegated_amount, PRICE * u64::from(PERIODS));
}

#[test]
fn amounts_do_not_wrap() {
    // Price times periods.
    let (mut world, wallet, token) = member();
    let plan = world.plan;
    world.rewrite(&plan, |plan: &mut Plan| plan.price = u64::MAX / 2);
    let args = SubscribeArgs {
        expected_price: u64::MAX / 2,
        approved_periods: 3,
        ..world.subscribe_args()
    };
    world
        .send(&[world.subscribe(&wallet, token, args)], &[&wallet])
        .expect_err("approval")
        .assert_is(TesseraError::ArithmeticOverflow);
    // What is approved already, and more.
    let (mut world, wallet, token) = member();
    let delegate = world.delegate(&wallet);
    world.approve(&token, &wallet, &delegate, u64::MAX);
    world
        .send(
            &[world.subscribe(&wallet, token, world.subscribe_args())],
            &[&wallet],
        )
        .expect_err("sum of approvals")
        .assert_is(TesseraError::ArithmeticOverflow);
    // Points and their boost.
    let (mut world, wallet, token) = member();
    let member = world.member_address(&wallet);
    world.rewrite(&plan, |plan: &mut Plan| plan.points_per_charge = u64::MAX);
    world.rewrite(&member, |member: &mut Member| member.tier = 1);
    world
        .send(
            &[world.subscribe(&wallet, token, world.subscribe_args())],
            &[&wallet],
        )
        .expect_err("points")
        .assert_is(TesseraError::ArithmeticOverflow);
}

#[test]
fn ledger_balances_do_not_wrap() {
    for change in [
        |ledger: &mut Ledger| (ledger.held, ledger.queued) = (1, u64::MAX),
        |ledger: &mut Ledger| (ledger.held, ledger.claimable) = (1, u64::MAX),
        |ledger: &mut Ledger| (ledger.hold_secs, ledger.claimable) = (0, u64::MAX),
    ] {
        let (mut world, chain, subscribe) = referred();
        let ledger = world.ledger_address(&chain[1].0);
        world.rewrite(&ledger, |ledger: &mut Ledger| {
            ledger.release_at = match ledger.queued {
                0 => 0,
                _ => i64::MAX,
            };
            change(ledger);
            if ledger.queued > 0 {
                ledger.release_at = i64::MAX;
            }
        });
        world
            .send(&[subscribe], &[&chain[3].0])
            .expect_err("overflow")
            .assert_is(TesseraError::ArithmeticOverflow);
    }
}

#[test]
fn no_level_is_left_out() {
    for level in LEDGERS {
        let (mut world, chain, mut subscribe) = referred();
        subscribe.accounts[level] = absent();
        world
            .send(&[subscribe], &[&chain[3].0])
            .expect_err("left out")
            .assert_is(TesseraError::MissingLedger);
    }
}

#[test]
fn a_ledger_that_was_never_opened_stops_it() {
    let (mut world, chain, subscribe) = referred();
    let ledger = world.ledger_address(&chain[0].0);
    world
        .svm
        .set_account(ledger, solana_account::Account::default())
        .expect("as if never opened");
    world
        .send(&[subscribe.clone()], &[&chain[3].0])
        .expect_err("missing ledger")
        .assert_error(&InstructionError::UninitializedAccount);
    // Anyone can open it, in the same transaction.
    let open = world.open_ledger(&chain[0].0);
    world
        .send(&[open, subscribe], &[&chain[3].0])
        .expect("opened by the way");
}

#[test]
fn ledgers_keep_their_order() {
    let (mut world, chain, subscribe) = referred();
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
        let mut shuffled = subscribe.clone();
        shuffled.accounts.swap(LEDGERS[a], LEDGERS[b]);
        world
            .send(&[shuffled], &[&chain[3].0])
            .expect_err("shuffled")
            .assert_is(TesseraError::WrongLedger);
    }
}

#[test]
fn foreign_ledgers_earn_nothing() {
    let (mut world, chain, subscribe) = referred();
    let third = &chain[2].0;
    let elsewhere = world.second_org();
    let other_org = world.within(elsewhere, |world| {
        world.join(third, None);
        world.send(&[world.open_ledger(third)], &[]).expect("open");
        world.ledger_address(third)
    });
    let other_mint = key(7);
    world.create_mint(&other_mint);
    let (mint, plan_mint) = (other_mint.pubkey(), world.mint);
    world.mint = mint;
    world.send(&[world.open_ledger(third)], &[]).expect("open");
    world.mint = plan_mint;
    let own = world.ledger_address(&chain[3].0);
    for (wrong, expected) in [
        (own, TesseraError::WrongLedger),
        (other_org, TesseraError::WrongLedger),
        (
            address::ledger(&world.org, &third.pubkey(), &mint),
            TesseraError::WrongMint,
        ),
    ] {
        let attack = replace(&subscribe, &world.ledger_address(third), &wrong);
        world
            .send(&[attack], &[&chain[3].0])
            .expect_err("foreign ledger")
            .assert_is(expected);
    }
}

#[test]
fn one_ledger_is_not_two_levels() {
    let (mut world, chain, mut subscribe) = referred();
    subscribe.accounts[LEDGERS[1]] = subscribe.accounts[LEDGERS[0]].clone();
    world
        .send(&[subscribe], &[&chain[3].0])
        .expect_err("alias")
        .assert_error(&world::duplicate_account());
}

#[test]
fn a_ledger_at_a_level_without_a_referrer_earns_nothing() {
    let (mut world, wallet, token) = member();
    let earner = key(20);
    world.join(&earner, None);
    world.make_referrer(&earner, "EARNER");
    let before = world.ledger(&earner);
    for (level, refused) in LEDGERS.into_iter().zip([true, false, false]) {
        let mut subscribe = world.subscribe(&wallet, token, world.subscribe_args());
        subscribe.accounts[level] = AccountMeta::new(world.ledger_address(&earner), false);
        subscribe.accounts[VAULT] = AccountMeta::new(world.vault(), false);
        let result = world.simulate(&[subscribe.clone()], &[&wallet]);
        if refused {
            result
                .expect_err("nobody referred this member")
                .assert_is(TesseraError::UnexpectedLedger);
            continue;
        }
        // Behind the first level without a referrer nothing is read or written.
        world.send(&[subscribe], &[&wallet]).expect("subscribe");
        assert_eq!(world.subscription(&wallet).ledgers, [NO_ADDRESS; 3]);
        world
            .send(&[world.cancel(&wallet)], &[&wallet])
            .expect("cancel");
    }
    assert_eq!(world.ledger(&earner), before);
    assert_eq!(world.balance(&world.vault()), 0);
}

#[test]
fn commission_goes_to_the_vault_and_nowhere_else() {
    let (mut world, chain, subscribe) = referred();
    let thief = world.create_token_account(&key(60).pubkey(), 0);
    let mut attacks = vec![replace(&subscribe, &world.vault(), &thief)];
    let mut omitted = subscribe;
    omitted.accounts[VAULT] = absent();
    attacks.push(omitted);
    for attack in attacks {
        world
            .send(&[attack], &[&chain[3].0])
            .expect_err("vault")
            .assert_is(TesseraError::WrongVault);
    }
}

#[test]
fn accounts_behind_the_last_change_nothing() {
    let (mut world, wallet, token) = member();
    let mut subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let stranger = Address::new_from_array([8; 32]);
    subscribe
        .accounts
        .push(AccountMeta::new_readonly(stranger, false));
    world.send(&[subscribe], &[&wallet]).expect("subscribe");
}

#[test]
fn lamports_sent_beforehand_do_not_block_it() {
    let (mut world, wallet, token) = member();
    for address in [world.subscription_address(&wallet), world.delegate(&wallet)] {
        world.prefund(&address);
    }
    world.subscribed(&wallet, token);
}

#[test]
fn the_wallet_may_pay_the_rent() {
    let (mut world, _, _) = member();
    let wallet = world.payer.insecure_clone();
    let token = world.join(&wallet, None);
    world.subscribed(&wallet, token);
    assert_eq!(world.subscription(&wallet).rent_payer, wallet.pubkey());
}

#[test]
fn the_token_program_cannot_be_swapped() {
    let (mut world, wallet, token) = member();
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let subscribe = replace(&subscribe, &spl_token_interface::ID, &system_program::ID);
    assert!(world.send(&[subscribe], &[&wallet]).is_err());
}

#[test]
fn every_field_is_written_without_a_referrer() {
    let (mut world, wallet, token) = member();
    let sent = world
        .send(
            &[world.subscribe(&wallet, token, world.subscribe_args())],
            &[&wallet],
        )
        .expect("subscribe");
    let end = START + i64::from(PERIOD);
    let bump = |seeds: &[&[u8]]| Address::find_program_address(seeds, &ID).1;
    let (owner, mint, plan) = (wallet.pubkey(), world.mint, world.plan);
    let authority_bump = bump(&[b"authority", owner.as_ref(), mint.as_ref()]);
    let address = world.subscription_address(&wallet);
    let subscription = world.subscription(&wallet);
    let expected = Subscription {
        plan,
        wallet: owner,
        ledgers: [NO_ADDRESS; 3],
        rent_payer: world.payer.pubkey(),
        receipt_head: subscription.receipt_head,
        receipt_seq: 1,
        price: PRICE,
        subscribed_at: START,
        next_due: end,
        paid_through: end,
        authority_generation: 1,
        periods_paid: 1,
        commission_bps: COMMISSION_BPS,
        state: SubscriptionState::Active as u8,
        attempts: 0,
        version: LAYOUT_VERSION,
        bump: bump(&[b"subscription", plan.as_ref(), owner.as_ref()]),
        authority_bump,
        spare: [0; 13],
    };
    assert_eq!(subscription, expected);
    let expected = Authority {
        wallet: owner,
        mint,
        rent_payer: world.payer.pubkey(),
        generation: 1,
        live_subscriptions: 1,
        version: LAYOUT_VERSION,
        bump: authority_bump,
        spare: [0; 14],
    };
    assert_eq!(
        world.account::<Authority>(&world.delegate(&wallet)),
        expected
    );

    let Event::Subscribed(event, shares) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.seq, event.receipt.at), (1, START));
    assert_eq!((event.plan, event.wallet), (plan, owner));
    assert_eq!(
        (event.period_secs, event.approved_periods),
        (PERIOD, PERIODS)
    );
    assert_eq!((event.commission_bps, event.quoted), (COMMISSION_BPS, 0));
    let money = event.settlement;
    assert_eq!(
        (money.debit, money.merchant, money.keeper_fee),
        (PRICE, PRICE, 0)
    );
    assert_eq!((money.points, money.paid_through), (POINTS, end));
    assert_eq!(shares, []);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 1);

    assert_eq!(world.balance(&token), FUNDS - PRICE);
    assert_eq!(world.balance(&world.destination), PRICE);
    let state = world.token(&token);
    assert_eq!(state.delegate, Some(world.delegate(&wallet)).into());
    assert_eq!(state.delegated_amount, PRICE * u64::from(PERIODS));
    let member = world.member(&wallet);
    assert_eq!((member.points, member.lifetime_points), (POINTS, POINTS));
}

#[test]
fn three_levels_earn_their_shares_and_the_price_stays_the_price() {
    let (mut world, chain, subscribe) = referred();
    let (payer, token) = &chain[3];
    let sent = world.send(&[subscribe], &[payer]).expect("subscribe");
    let Event::Subscribed(event, shares) = sent.event() else {
        panic!("another event");
    };
    let ledgers = [2, 1, 0].map(|level| world.ledger_address(&chain[level].0));
    assert_eq!(world.subscription(payer).ledgers, ledgers);
    assert_eq!(shares.len(), 3);
    for (level, share) in shares.iter().enumerate() {
        assert_eq!(
            (share.ledger, share.amount),
            (ledgers[level], SHARES[level])
        );
        let ledger: Ledger = world.account(&ledgers[level]);
        assert_eq!((ledger.held, ledger.queued), (SHARES[level], 0));
        assert_eq!((ledger.claimable, ledger.claimed), (0, 0));
        assert_eq!(ledger.release_at, START + i64::from(HOLD));
        // An accrual is a receipt of the subscription, not of the ledger.
        assert_eq!(ledger.receipt_seq, 1);
    }
    let commission: u64 = SHARES.iter().sum();
    assert_eq!(event.settlement.debit, PRICE);
    assert_eq!(event.settlement.merchant, PRICE - commission);
    assert_eq!(world.balance(token), FUNDS - PRICE);
    assert_eq!(world.balance(&world.destination), PRICE - commission);
    assert_eq!(world.balance(&world.vault()), commission);
}

#[test]
fn missing_levels_are_the_merchants() {
    let (mut world, chain, _) = referred();
    let (second, token) = &chain[1];
    world.subscribed(second, *token);
    assert_eq!(world.balance(&world.vault()), SHARES[0]);
    assert_eq!(world.balance(&world.destination), PRICE - SHARES[0]);
}

#[test]
fn a_second_subscription_raises_the_approval() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    assert_eq!(
        world.token(&token).delegated_amount,
        2 * PRICE * u64::from(PERIODS)
    );
    let authority: Authority = world.account(&world.delegate(&wallet));
    assert_eq!(authority.live_subscriptions, 2);
}

#[test]
fn paid_time_is_not_sold_twice_and_receipts_continue() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    world.advance(1_000);
    world.subscribed(&wallet, token);
    let subscription = world.subscription(&wallet);
    let end = START + 2 * i64::from(PERIOD);
    assert_eq!(subscription.paid_through, end);
    assert_eq!(subscription.next_due, end);
    assert_eq!(subscription.periods_paid, 1);
    assert_eq!(subscription.subscribed_at, START + 1_000);
    assert_eq!(subscription.state, SubscriptionState::Active as u8);
    let address = world.subscription_address(&wallet);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 3);
}

#[test]
fn a_lapse_in_between_is_not_sold() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    world.advance(5 * i64::from(PERIOD));
    world.subscribed(&wallet, token);
    assert_eq!(
        world.subscription(&wallet).paid_through,
        START + 6 * i64::from(PERIOD)
    );
}

#[test]
fn no_period_is_sold_that_starts_when_the_plan_is_over() {
    let mut world = World::new();
    let plan = world.plan;
    let end = START + i64::from(PERIOD);
    world.rewrite(&plan, |plan: &mut Plan| plan.ends_at = end);
    let (wallet, token) = world.subscriber();
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    world
        .send(
            &[world.subscribe(&wallet, token, world.subscribe_args())],
            &[&wallet],
        )
        .expect_err("the next period starts at the end")
        .assert_is(TesseraError::PlanEnded);
}

#[test]
fn a_new_signature_takes_the_referrers_and_rates_of_its_day() {
    let (mut world, chain, subscribe) = referred();
    let (payer, token) = &chain[3];
    world.send(&[subscribe], &[payer]).expect("subscribe");
    world
        .send(&[world.cancel(payer)], &[payer])
        .expect("cancel");
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| org.commission_bps = [100, 0, 0]);
    world.subscribed(payer, *token);
    assert_eq!(world.subscription(payer).commission_bps, [100, 0, 0]);
}

#[test]
fn a_price_of_one_unit_is_paid_in_full_to_the_merchant() {
    let (mut world, chain, _) = referred();
    let plan = world.plan;
    world.rewrite(&plan, |plan: &mut Plan| {
        (plan.price, plan.price_floor, plan.keeper_fee_cap) = (1, 1, 0);
    });
    let args = SubscribeArgs {
        expected_price: 1,
        ..world.subscribe_args()
    };
    let (payer, token) = &chain[3];
    world
        .send(&[world.subscribe(payer, *token, args)], &[payer])
        .expect("subscribe");
    assert_eq!(world.balance(&world.destination), 1);
    assert_eq!(world.balance(&world.vault()), 0);
}
