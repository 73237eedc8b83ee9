//! The audit over the compiled program's own accounts and receipts, and what an attacker tried on the
//! two together.

use litesvm::LiteSVM;
use solana_address::Address;
use solana_signer::Signer;
use spl_token_2022_interface::instruction::{AuthorityType, burn, set_authority};
use std::collections::BTreeMap;
use tessera_client::{
    Account, Event, address,
    audit::{Check, Report, Snapshot, audit},
    receipts,
    types::{
        ID, TesseraError,
        accounts::{Member, Plan},
    },
};
use world::{
    PERIOD, PRICE, START_SLOT, World,
    extended::{Extension, PYUSD},
    key,
};

/// Audits every account that a receipt is about, and every authority.
pub(crate) fn report(world: &World) -> Report {
    audit(&snapshot(world))
}

fn snapshot(world: &World) -> Snapshot {
    let mut accounts = BTreeMap::new();
    let mut add = |address: Address| {
        let account = world.svm.get_account(&address);
        if let Some(account) = account.filter(|account| account.owner == ID) {
            let decoded = Account::decode(&account.data).expect("an account of the program");
            accounts.insert(address, decoded);
        }
    };
    for raw in &world.events {
        let event = Event::decode(raw).expect("an event of the program");
        add(event.receipt().account);
        if let Event::Subscribed(subscribed, _) = &event {
            add(address::authority(&subscribed.payer_token));
        }
    }
    let mut vaults = BTreeMap::new();
    for account in accounts.values() {
        if let Account::Plan(plan) = account {
            vaults.insert(plan.vault, world.balance(&plan.vault));
        }
    }
    Snapshot {
        accounts,
        vaults,
        events: world.events.clone(),
        ..Snapshot::default()
    }
}

#[track_caller]
fn assert_green(world: &World) {
    assert_eq!(report(world).findings, []);
}

#[test]
fn periods_without_end_are_refused() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let mut args = world.subscribe_args();
    args.terms.approved_periods = u32::MAX;
    let subscribe = world.subscribe(&wallet, token, args);
    world
        .send(&[subscribe], &[&wallet])
        .expect_err("without end")
        .assert_is(TesseraError::NoPeriodsApproved);
    args.terms.approved_periods = u32::MAX - 1;
    let subscribe = world.subscribe(&wallet, token, args);
    world.send(&[subscribe], &[&wallet]).expect("subscribe");
    assert_green(&world);
}

#[test]
fn an_award_that_a_full_member_cannot_take_is_no_finding() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let set = world.set_issuer(&key(50), u64::MAX);
    world.send(&[set], &[&key(2)]).expect("set_issuer");
    for points in [u64::MAX, 1] {
        let award = world.award(&key(50), &wallet, points);
        world.send(&[award], &[&key(50)]).expect("award");
        world.advance(86_401);
    }
    assert_green(&world);
}

#[test]
fn a_generation_is_never_below_the_slot_in_which_it_began() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let delegate = world.delegate(&token);
    world.approve(&token, &wallet, &delegate, 1);
    world.subscribed(&wallet, token);
    assert!(world.authority_of(&token).generation >= START_SLOT);
    assert_green(&world);
}

#[test]
fn the_buyer_of_a_token_account_does_not_pay_for_its_seller() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let buyer = key(33);
    let sell = set_authority(
        &world.token_program,
        &token,
        Some(&buyer.pubkey()),
        AuthorityType::AccountOwner,
        &wallet.pubkey(),
        &[],
    );
    world
        .send(&[sell.expect("valid")], &[&wallet])
        .expect("sell");
    let delegate = world.delegate(&token);
    world.approve(&token, &buyer, &delegate, PRICE);
    world.advance(i64::from(PERIOD));
    let charge = world.charge(&wallet, None);
    world
        .send(&[charge], &[])
        .expect_err("sold")
        .assert_is(TesseraError::WrongTokenOwner);
}

#[test]
fn a_subscribers_consent_does_not_stand_in_for_the_plans() {
    let mut world = World::with_extensions(PYUSD);
    let plan = world.plan;
    world.rewrite(&plan, |plan: &mut Plan| plan.flags = 0);
    let wallet = key(30);
    let token = world.join(&wallet, None);
    for (consents, refusal) in [
        (1, TesseraError::TermsChanged),
        (0, TesseraError::PermanentDelegate),
    ] {
        let mut args = world.subscribe_args();
        args.terms.consents = consents;
        let subscribe = world.subscribe(&wallet, token, args);
        world
            .send(&[subscribe], &[&wallet])
            .expect_err("without the plan's consent")
            .assert_is(refusal);
    }
}

#[test]
fn a_plan_consents_only_to_what_its_mint_has() {
    let mut world = World::new();
    let mut args = world.create_plan_args();
    args.id = 7;
    args.flags = Plan::PERMANENT_DELEGATE;
    let create = world.create_plan(args);
    world
        .send(&[create], &[&key(2)])
        .expect_err("no permanent delegate")
        .assert_is(TesseraError::PermanentDelegate);
}

#[test]
fn an_issuers_seizure_is_named_and_alarms_nobody() {
    let mut world = World::with_extensions(PYUSD);
    let [_, _, _, (payer, payer_token)] = world.referral_chain();
    world.subscribed(&payer, payer_token);
    let (vault, mint) = (world.vault(), world.mint);
    let issuer = world.mint_authority.pubkey();
    let held = world.balance(&vault);
    let seize = burn(&world.token_program, &vault, &mint, &issuer, &[], held);
    world.issue(seize.expect("valid"));
    let mut seen = snapshot(&world);
    let [finding] = &audit(&seen).findings[..] else {
        panic!("nobody knows yet that it was seized");
    };
    assert_eq!((finding.check, finding.account), (Check::Solvency, vault));
    seen.seized.insert(vault, held.into());
    let report = audit(&seen);
    assert_eq!(report.findings, []);
    let [notice] = &report.notices[..] else {
        panic!("{:?}", report.notices);
    };
    assert_eq!((notice.check, notice.account), (Check::Solvency, vault));
}

#[test]
fn nobody_is_referred_while_a_new_vault_waits_for_its_issuer() {
    let mut world = World::with_extensions(&[Extension::DefaultFrozen(true)]);
    let chain = world.referral_chain();
    let args = world.subscribe_args();
    let subscribe = world.subscribe(&chain[3].0, chain[3].1, args);
    world
        .send(&[subscribe], &[&chain[3].0])
        .expect_err("the vault is frozen")
        .assert_is(TesseraError::TokenAccountFrozen);
}

#[test]
fn receipts_of_others_in_one_transaction_are_in_nobodys_way() {
    let mut world = World::new();
    let (one, other) = (key(30), key(31));
    let both = [world.register(&one, None), world.register(&other, None)];
    let sent = world.send(&both, &[&one, &other]).expect("register");
    let address = world.member_address(&one);
    let member: Member = world.account(&address);
    let listed_twice = [sent.events(), sent.events()].concat();
    receipts::prove(&address, &member.header, listed_twice).expect("proven");
}

#[test]
fn the_way_out_is_open_on_a_token_program_without_batch() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let mut features = LiteSVM::mainnet_feature_set();
    features.deactivate(&Address::from_str_const(
        "ptokFjwyJtrwCa9Kgo9xoDS59V4QccBGEaRFnRPnSdP",
    ));
    let svm = LiteSVM::default()
        .with_feature_set(features)
        .with_builtins()
        .with_lamports(1_000_000_000_000_000)
        .with_sysvars()
        .with_default_programs();
    let mut old = World::on(svm);
    for address in [
        world.org,
        world.plan,
        world.destination,
        world.member_address(&wallet),
        world.subscription_address(&wallet),
        world.delegate(&token),
        token,
    ] {
        let account = world.svm.get_account(&address).expect("an account");
        old.svm.set_account(address, account).expect("set");
    }
    let cancel = old.cancel(&wallet);
    old.send(&[cancel], &[&wallet]).expect("the way out");
}
