//! What the review tried without success, and what it took from reading: it is tried here, too.

use super::*;
use solana_account::Account;
use solana_program_pack::Pack;
use spl_token_2022_interface::instruction::{
    AuthorityType, close_account, initialize_account3, set_authority, sync_native,
};
use spl_token_interface::{
    error::TokenError,
    native_mint,
    state::{Account as TokenAccount, Mint},
};
use tessera_client::{instructions::Cancel, types::seeds};
use world::{KEEPER_FEE, forwarder::vault};

fn hand_over(world: &mut World, token: &Address, from: &Keypair, to: &Keypair) {
    let (program, new) = (&world.token_program, to.pubkey());
    let kind = AuthorityType::AccountOwner;
    let set = set_authority(program, token, Some(&new), kind, &from.pubkey(), &[]);
    world
        .send(&[set.expect("valid")], &[from])
        .expect("set_authority");
}

#[test]
fn a_token_account_that_was_given_away_and_back_approves_nothing() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let other = key(33);
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    hand_over(&mut world, &token, &wallet, &other);
    world
        .send(std::slice::from_ref(&charge), &[])
        .expect_err("another's")
        .assert_is(TesseraError::WrongTokenOwner);
    hand_over(&mut world, &token, &other, &wallet);
    world
        .send(&[charge], &[])
        .expect_err("the approval went with it")
        .assert_is(TesseraError::NotApproved);
    assert_eq!(world.balance(&token), FUNDS - PRICE);
}

/// Opens the token account of wrapped SOL at this key and wraps some.
fn wrap(world: &mut World, account: &Keypair, owner: &Keypair) {
    let (address, program, mint) = (account.pubkey(), world.token_program, world.mint);
    let payer = world.payer.pubkey();
    let instructions = [
        world.create(&address, TokenAccount::LEN, &program),
        initialize_account3(&program, &address, &mint, &owner.pubkey()).expect("valid"),
        solana_system_interface::instruction::transfer(&payer, &address, 10 * PRICE),
        sync_native(&program, &address).expect("valid"),
    ];
    world.send(&instructions, &[account]).expect("wrapped");
}

#[test]
fn wrapped_sol_that_was_closed_and_wrapped_again_pays_nothing_old() {
    let mut world = World::without_org();
    let mut data = vec![0; Mint::LEN];
    let mint = Mint {
        decimals: native_mint::DECIMALS,
        is_initialized: true,
        ..Mint::default()
    };
    Mint::pack(mint, &mut data).expect("its length");
    let account = Account {
        lamports: 1_000_000_000,
        data,
        owner: world.token_program,
        ..Account::default()
    };
    world.mint = native_mint::ID;
    let set = world.svm.set_account(world.mint, account);
    set.expect("set account");
    world.destination = world.create_token_account(&world.treasury.pubkey(), 0);
    world.create_org_and_plan();
    let (wallet, account) = (key(30), key(90));
    let token = account.pubkey();
    let register = world.register(&wallet, None);
    world.send(&[register], &[&wallet]).expect("register");
    wrap(&mut world, &account, &wallet);
    world.subscribed(&wallet, token);
    world.advance(STEP);
    let (program, payer) = (world.token_program, world.payer.pubkey());
    let close = close_account(&program, &token, &payer, &wallet.pubkey(), &[]);
    world
        .send(&[close.expect("valid")], &[&wallet])
        .expect("unwrapped");
    wrap(&mut world, &account, &wallet);
    let old = world.charge(&wallet, None);
    world
        .send(&[old], &[])
        .expect_err("approved by nobody")
        .assert_is(TesseraError::NotApproved);
    assert_eq!(world.balance(&token), 10 * PRICE);
    world.subscribed(&wallet, token);
    assert_eq!(world.balance(&token), 9 * PRICE);
}

#[test]
fn a_keepers_account_that_only_looks_like_one_or_is_frozen_is_paid_nothing() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    let genuine = world.svm.get_account(&keeper).expect("token account");
    let (look_alike, owner) = (key(61).pubkey(), Address::new_from_array([9; 32]));
    let foreign = Account { owner, ..genuine };
    let set = world.svm.set_account(look_alike, foreign);
    set.expect("set account");
    world.advance(STEP + i64::from(world::GRACE));
    let charge = world.charge(&wallet, Some(look_alike));
    let refused = world.send(&[charge], &[]).expect_err("no token account");
    refused.assert_error(&InstructionError::IncorrectProgramId);
    world.freeze(&keeper);
    let charge = world.charge(&wallet, Some(keeper));
    world
        .send(std::slice::from_ref(&charge), &[])
        .expect_err("frozen")
        .assert_error(&InstructionError::Custom(TokenError::AccountFrozen as u32));
    assert_eq!(world.balance(&token), FUNDS - PRICE);
    world.thaw(&keeper);
    world.send(&[charge], &[]).expect("thawed");
    assert_eq!(world.balance(&keeper), KEEPER_FEE);
}

/// A vault owns itself, so it is no treasury's; and where an org calls one its treasury, what goes
/// there is nobody's, and pays no ledger more than it is owed.
#[test]
fn another_orgs_vault_as_destination_yields_nothing() {
    let mut world = World::new();
    let [_, _, (third, token), _] = world.referral_chain();
    let theirs = world.vault();
    let elsewhere = world.second_org();
    world.destination = theirs;
    world.within(elsewhere, |world| {
        let mut args = world.create_plan_args();
        args.id = 2;
        let create = world.create_plan(args);
        world
            .send(std::slice::from_ref(&create), &[&key(2)])
            .expect_err("not the treasury's")
            .assert_is(TesseraError::WrongDestination);
        let mut settings = world.org_settings();
        settings.treasury = theirs;
        let update = world.update_org(settings);
        world.send(&[update, create], &[&key(2)]).expect("a gift");
        world.plan = address::plan(&world.org, 2);
        world.subscriber();
    });
    assert_eq!(world.balance(&theirs), PRICE);
    let claim = world.claim(&third, token, u64::MAX);
    world
        .send(&[claim], &[&third])
        .expect_err("owed nothing")
        .assert_is(TesseraError::NothingToClaim);
}

/// Behind three programs, each called by the one before, a charge is what it is.
#[test]
fn a_charge_works_at_the_fourth_depth_of_calls() {
    let mut world = World::new();
    world.add_forwarder();
    let (wallet, token) = world.subscriber();
    let address = world.subscription_address(&wallet);
    world.advance(STEP);
    let mut charge = world.charge(&wallet, None);
    for _ in 1..4 {
        charge = forwarded(&charge);
    }
    let sent = world.send(&[charge], &[]).expect("charge");
    assert!(matches!(sent.event(), Event::Charged(..)));
    assert_eq!(world.assert_receipts::<Subscription>(&address), 2);
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
}

/// A wallet without a key is drawn on by its program only, also for its points.
#[test]
fn a_programs_wallet_redeems_by_its_program_only() {
    let mut world = World::new();
    world.add_forwarder();
    let as_vault = |world: &World, seed: u8, it: &Instruction| {
        let (wallet, member) = (key(seed).pubkey(), world.member_address(&key(seed)));
        let own = address::member(&world.org, &vault());
        replace(&replace(it, &member, &own), &wallet, &vault())
    };
    let register = as_vault(&world, 30, &world.register(&key(30), None));
    let set = world.set_issuer(&key(50), 10);
    world
        .send(&[forwarded(&register), set], &[&key(2)])
        .expect("a member");
    let own = address::member(&world.org, &vault());
    let award = world.award(&key(50), &key(30), 10);
    let award = replace(&award, &world.member_address(&key(30)), &own);
    world.send(&[award], &[&key(50)]).expect("award");
    let redeem = as_vault(&world, 30, &world.redeem(&key(30), 4));
    let unsigned = world::unsigned(&redeem, &vault());
    world
        .send(&[unsigned], &[])
        .expect_err("unsigned")
        .assert_error(&InstructionError::MissingRequiredSignature);
    world.send(&[forwarded(&redeem)], &[]).expect("redeem");
    assert_eq!(world.account::<Member>(&own).points, 6);
}

#[test]
fn three_subscriptions_and_cancellations_in_one_transaction_pay_three_periods() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    cancel(&mut world, &wallet);
    let mut it = world.subscription(&wallet);
    let mut instructions = vec![];
    for _ in 0..3 {
        let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
        // Each signature is the receipt after the last cancellation.
        it.agreement_seq += 2;
        let cancel = Cancel {
            subscription: &it,
            token_program: world.token_program,
        };
        instructions.extend([subscribe, cancel.into()]);
    }
    let sent = world.send(&instructions, &[&wallet]).expect("all of it");
    assert_eq!(sent.events().len(), 6);
    let address = world.subscription_address(&wallet);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 8);
    assert_eq!(world.balance(&token), FUNDS - 4 * PRICE);
    assert_eq!(world.subscription(&wallet).paid_through, START + 4 * STEP);
    assert!(world.token(&token).delegate.is_none());
    let authority = world.authority_of(&token);
    assert_eq!(
        (authority.outstanding, authority.live_subscriptions),
        (0, 0)
    );
}

/// The first seed of each kind, and how many bytes follow it.
const SEEDS: [(&[u8], usize); 19] = [
    (seeds::ORG, 32 + 8),
    (seeds::ISSUER, 64),
    (seeds::PLAN, 32 + 8),
    (seeds::MEMBER, 64),
    (seeds::CODE, 32 + 16),
    (seeds::AUTHORITY, 32),
    (seeds::SUBSCRIPTION, 64),
    (seeds::LEDGER, 96),
    (seeds::VAULT, 64),
    (seeds::CONFIG, 0),
    (seeds::INVOICE, 64 + 8),
    (seeds::CAMPAIGN, 32 + 8),
    (seeds::PAGE, 32 + 4),
    (seeds::CLAIM, 64),
    (seeds::POOL, 32 + 8),
    (seeds::POSITION, 64),
    (seeds::CAMPAIGN_VAULT, 32),
    (seeds::STAKE_VAULT, 32),
    (seeds::REWARD_VAULT, 32),
];

/// Seeds are hashed one behind the other: two kinds could meet only where one's name begins the
/// other's and the lengths are the same.
#[test]
fn no_two_kinds_of_account_hash_the_same_seeds() {
    for (place, (first, behind_first)) in SEEDS.iter().enumerate() {
        for (second, behind_second) in &SEEDS[place + 1..] {
            let lengths = [first.len() + behind_first, second.len() + behind_second];
            let meet = first.starts_with(second) || second.starts_with(first);
            assert!(!meet || lengths[0] != lengths[1], "{first:?} {second:?}");
        }
    }
}

#[test]
fn an_address_of_another_bump_is_no_place_for_an_account() {
    let mut world = World::new();
    let wallet = key(30);
    let register = world.register(&wallet, None);
    let right = world.member_address(&wallet);
    let (org, owner) = (world.org, wallet.pubkey());
    let derive = |bump: u8| {
        let seeds: [&[u8]; 4] = [seeds::MEMBER, org.as_ref(), owner.as_ref(), &[bump]];
        Address::create_program_address(&seeds, &ID).ok()
    };
    let others: Vec<Address> = (0..=u8::MAX).filter_map(derive).collect();
    assert!(others.contains(&right) && others.len() > 50);
    for other in others.iter().filter(|other| **other != right) {
        world
            .send(&[replace(&register, &right, other)], &[&wallet])
            .expect_err("not the first bump that fits")
            .assert_is(TesseraError::WrongAddress);
    }
    world.send(&[register], &[&wallet]).expect("register");
}
