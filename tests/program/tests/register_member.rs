use solana_address::Address;
use solana_instruction::{AccountMeta, error::InstructionError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    types::{
        ID, NO_ADDRESS, TesseraError,
        accounts::{Code, Header, Member},
    },
};
use world::{START, START_SLOT, World, code, key, replace};

/// A world in which key 20 refers with the code `TOP`.
fn with_referrer() -> (World, Keypair) {
    let mut world = World::new();
    let top = key(20);
    world.join(&top, None);
    world.make_referrer(&top, "TOP");
    (world, top)
}

#[test]
fn every_account_and_byte_is_bound() {
    let (mut world, top) = with_referrer();
    let wallet = key(30);
    let register = world.register(&wallet, Some(("TOP", &top)));
    world.assert_withstands(&register, &[&wallet]);
}

#[test]
fn nobody_is_registered_unasked() {
    let (mut world, top) = with_referrer();
    let register = world.register(&key(30), Some(("TOP", &top)));
    let register = world::unsigned(&register, &key(30).pubkey());
    world
        .send(&[register], &[])
        .expect_err("unsigned")
        .assert_error(&InstructionError::MissingRequiredSignature);
}

#[test]
fn a_wallet_registers_once_and_its_referrer_never_changes() {
    let (mut world, top) = with_referrer();
    let wallet = key(30);
    world.join(&wallet, None);
    let before = world.member(&wallet);
    let again = world.register(&wallet, Some(("TOP", &top)));
    assert!(world.send(&[again], &[&wallet]).is_err());
    assert_eq!(world.member(&wallet), before);
}

#[test]
fn a_code_needs_its_owners_member_account_and_the_reverse() {
    let (mut world, top) = with_referrer();
    let wallet = key(30);
    let register = world.register(&wallet, Some(("TOP", &top)));
    let absent = AccountMeta::new_readonly(ID, false);
    for index in [4, 5] {
        let mut register = register.clone();
        register.accounts[index] = absent.clone();
        world
            .send(&[register], &[&wallet])
            .expect_err("half a referral")
            .assert_is(TesseraError::MissingReferrer);
    }
}

#[test]
fn the_referrer_is_the_codes_owner() {
    let (mut world, top) = with_referrer();
    let (wallet, other) = (key(30), key(31));
    world.join(&other, None);
    let register = world.register(&wallet, Some(("TOP", &top)));
    let (right, wrong) = (world.member_address(&top), world.member_address(&other));
    world
        .send(&[replace(&register, &right, &wrong)], &[&wallet])
        .expect_err("another member")
        .assert_is(TesseraError::WrongReferrer);
}

#[test]
fn the_referrers_member_account_is_of_the_same_org() {
    let (mut world, top) = with_referrer();
    let elsewhere = world.second_org();
    world.within(elsewhere, |world| world.join(&top, None));
    let wallet = key(30);
    let register = world.register(&wallet, Some(("TOP", &top)));
    let right = world.member_address(&top);
    let wrong = address::member(&elsewhere.org, &top.pubkey());
    world
        .send(&[replace(&register, &right, &wrong)], &[&wallet])
        .expect_err("member of another org")
        .assert_is(TesseraError::WrongReferrer);
}

#[test]
fn a_code_counts_in_its_own_org_only() {
    let (mut world, top) = with_referrer();
    let elsewhere = world.second_org();
    let wallet = key(30);
    let home = address::code(&world.org, &code("TOP"));
    let register = world.within(elsewhere, |world| {
        world.join(&top, None);
        world.register(&wallet, Some(("TOP", &top)))
    });
    let there = address::code(&elsewhere.org, &code("TOP"));
    world
        .send(&[replace(&register, &there, &home)], &[&wallet])
        .expect_err("code of another org")
        .assert_is(TesseraError::WrongOrg);
}

#[test]
fn a_wallet_cannot_refer_itself() {
    let (mut world, top) = with_referrer();
    let wallet = key(30);
    let register = world.register(&wallet, Some(("TOP", &top)));
    // Only a code that changed hands could name a wallet that is no member yet.
    let code = address::code(&world.org, &code("TOP"));
    world.rewrite(&code, |code: &mut Code| code.owner = wallet.pubkey());
    world
        .send(&[register], &[&wallet])
        .expect_err("itself")
        .assert_is(TesseraError::SelfReferral);
}

#[test]
fn a_wallet_cannot_register_below_one_that_it_referred() {
    for level in 0..3 {
        let (mut world, top) = with_referrer();
        let wallet = key(30);
        let register = world.register(&wallet, Some(("TOP", &top)));
        let referrer = world.member_address(&top);
        world.rewrite(&referrer, |referrer: &mut Member| {
            referrer.referrers = [key(40).pubkey(), key(41).pubkey(), key(42).pubkey()];
            referrer.referrers[level] = wallet.pubkey();
        });
        world
            .send(&[register], &[&wallet])
            .expect_err("cycle")
            .assert_is(TesseraError::ReferralCycle);
    }
}

#[test]
fn the_new_members_own_account_cannot_stand_for_the_referrer() {
    let (mut world, top) = with_referrer();
    let wallet = key(30);
    let register = world.register(&wallet, Some(("TOP", &top)));
    let (right, wrong) = (world.member_address(&top), world.member_address(&wallet));
    world
        .send(&[replace(&register, &right, &wrong)], &[&wallet])
        .expect_err("alias")
        .assert_error(&world::duplicate_account());
}

#[test]
fn every_field_is_written_without_a_referrer() {
    let mut world = World::new();
    let wallet = key(30);
    let sent = world
        .send(&[world.register(&wallet, None)], &[&wallet])
        .expect("register_member");
    let address = world.member_address(&wallet);
    let member = world.member(&wallet);
    let (_, bump) = Address::find_program_address(
        &[b"member", world.org.as_ref(), wallet.pubkey().as_ref()],
        &ID,
    );
    let mut header = Header::new(bump, START_SLOT, world.payer.pubkey());
    (header.receipt_seq, header.receipt_head) = (1, member.header.receipt_head);
    let expected = Member {
        header,
        org: world.org,
        wallet: wallet.pubkey(),
        referrers: [NO_ADDRESS; 3],
        code: [0; 16],
        points: 0,
        lifetime_points: 0,
        points_debt: 0,
        registered_at: START,
        highest_reference: 0,
        used_references: [0; 2],
        expiring_points: [0; 4],
        expires_at: [0; 4],
        tier: 0,
        flags: 0,
        spare: [0; 46],
    };
    assert_eq!(member, expected);

    let Event::MemberRegistered(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.seq, event.receipt.at), (1, START));
    assert_eq!((event.org, event.wallet), (world.org, wallet.pubkey()));
    assert_eq!((event.referrers, event.code), ([NO_ADDRESS; 3], [0; 16]));
    assert_eq!(world.assert_receipts::<Member>(&address), 1);
}

#[test]
fn referrers_are_the_three_wallets_above() {
    let mut world = World::new();
    let [(top, _), (second, _), (third, _), (fourth, _)] = world.referral_chain();
    let fifth = key(30);
    let sent = world
        .send(
            &[world.register(&fifth, Some(("FOURTH", &fourth)))],
            &[&fifth],
        )
        .expect("register_member");
    let [top, second, third, fourth] = [top, second, third, fourth].map(|key| key.pubkey());
    let wallets = [key(20), key(21), key(22), key(23), fifth];
    let referrers = wallets.map(|wallet| world.member(&wallet).referrers);
    let none = NO_ADDRESS;
    assert_eq!(referrers[0], [none; 3]);
    assert_eq!(referrers[1], [top, none, none]);
    assert_eq!(referrers[2], [second, top, none]);
    assert_eq!(referrers[3], [third, second, top]);
    assert_eq!(referrers[4], [fourth, third, second]);

    let Event::MemberRegistered(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.referrers, [fourth, third, second]);
    assert_eq!(event.code, code("FOURTH"));
    assert_eq!(world.member(&key(30)).code, code("FOURTH"));
    assert_eq!(world.member(&key(23)).referral_levels(), 3);
}

#[test]
fn one_wallet_is_a_member_of_two_orgs() {
    let mut world = World::new();
    let elsewhere = world.second_org();
    let wallet = key(30);
    world.join(&wallet, None);
    world.within(elsewhere, |world| world.join(&wallet, None));
    assert_eq!(world.member(&wallet).org, world.org);
}

#[test]
fn the_wallet_may_pay() {
    let mut world = World::new();
    let register = world.register(&key(30), None);
    let member = world.member_address(&key(30));
    let payer = world.payer.insecure_clone();
    let register = replace(&register, &key(30).pubkey(), &payer.pubkey());
    let register = replace(&register, &member, &world.member_address(&payer));
    world.send(&[register], &[]).expect("register_member");
}
