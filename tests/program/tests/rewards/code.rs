use solana_instruction::error::InstructionError;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    types::{NO_ADDRESS, TesseraError, accounts::Code},
};
use world::{World, code, key, replace};

/// Key 30 owns CODE; keys 31 and 32 are members, 31 by that code.
fn owned() -> (World, [Keypair; 3]) {
    let mut world = World::new();
    let wallets = [key(30), key(31), key(32)];
    world.join(&wallets[0], None);
    world.make_referrer(&wallets[0], "CODE");
    world.join(&wallets[1], Some(("CODE", &wallets[0])));
    world.join(&wallets[2], None);
    (world, wallets)
}

fn account(world: &World) -> Code {
    world.account(&address::code(&world.org, &code("CODE")))
}

#[track_caller]
fn offer(world: &mut World, owner: &Keypair, to: &Keypair) {
    let offer = world.transfer_code(owner, "CODE", to.pubkey());
    let sent = world.send(&[offer], &[owner]).expect("transfer_code");
    let Event::CodeOffered(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.pending_owner, to.pubkey());
    assert_eq!(account(world).pending_owner, to.pubkey());
    assert_eq!(account(world).owner, owner.pubkey());
}

#[track_caller]
fn accept(world: &mut World, wallet: &Keypair) {
    let accept = world.accept_code(wallet, "CODE");
    let sent = world.send(&[accept], &[wallet]).expect("accept_code");
    let Event::CodeTransferred(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.owner, wallet.pubkey());
    let code = account(world);
    assert_eq!(
        (code.owner, code.pending_owner),
        (wallet.pubkey(), NO_ADDRESS)
    );
    world.assert_receipts::<Code>(&event.receipt.account);
}

#[track_caller]
fn assert_not_offered(world: &mut World, wallet: &Keypair) {
    let accept = world.accept_code(wallet, "CODE");
    world
        .send(&[accept], &[wallet])
        .expect_err("not offered")
        .assert_is(TesseraError::WrongCode);
}

#[test]
fn every_account_and_byte_of_both_is_bound() {
    let (mut world, [first, second, _]) = owned();
    let transfer = world.transfer_code(&first, "CODE", second.pubkey());
    world.assert_withstands(&transfer, &[&first]);
    world.send(&[transfer], &[&first]).expect("transfer_code");
    let accept = world.accept_code(&second, "CODE");
    world.assert_withstands(&accept, &[&second]);
}

#[test]
fn only_the_owner_offers() {
    let (mut world, [first, second, _]) = owned();
    let transfer = world.transfer_code(&first, "CODE", second.pubkey());
    for other in [second, key(2)] {
        let attack = replace(&transfer, &first.pubkey(), &other.pubkey());
        world
            .send(&[attack], &[&other])
            .expect_err("another signer")
            .assert_is(TesseraError::WrongWallet);
    }
}

#[test]
fn only_who_was_offered_it_accepts() {
    let (mut world, [first, second, third]) = owned();
    assert_not_offered(&mut world, &first);
    assert_not_offered(&mut world, &second);
    offer(&mut world, &first, &second);
    assert_not_offered(&mut world, &first);
    assert_not_offered(&mut world, &third);
    let good = world.accept_code(&second, "CODE");
    let unsigned = world::unsigned(&good, &second.pubkey());
    world
        .send(&[unsigned], &[])
        .expect_err("unsigned")
        .assert_error(&InstructionError::MissingRequiredSignature);
    accept(&mut world, &second);
    assert_not_offered(&mut world, &second);
}

#[test]
fn a_kept_offer_and_one_that_was_taken_back_are_void() {
    let (mut world, [first, second, third]) = owned();
    let kept = world.transfer_code(&first, "CODE", third.pubkey());
    offer(&mut world, &first, &second);
    world
        .send(std::slice::from_ref(&kept), &[&first])
        .expect_err("stale")
        .assert_is(TesseraError::StaleSeq);
    let back = world.transfer_code(&first, "CODE", NO_ADDRESS);
    world.send(&[back], &[&first]).expect("taken back");
    assert_not_offered(&mut world, &second);
    offer(&mut world, &first, &second);
    accept(&mut world, &second);
    world
        .send(&[kept], &[&first])
        .expect_err("no owner any more")
        .assert_is(TesseraError::WrongWallet);
}

/// Closed and created again, the code has as many receipts as it had when the offer was signed.
#[test]
fn an_offer_of_an_earlier_life_is_void() {
    let (mut world, [_, second, third]) = owned();
    let create = world.create_code(&second, code("CODE2"));
    let address = address::code(&world.org, &code("CODE2"));
    world
        .send(std::slice::from_ref(&create), &[&second])
        .expect("create_code");
    let first: Code = world.account(&address);
    let kept = world.transfer_code(&second, "CODE2", third.pubkey());
    world.advance(1);
    let close = world.close_account(&second, &address);
    world.send(&[close], &[&second]).expect("close");
    world.advance(1);
    world.send(&[create], &[&second]).expect("created again");
    let before: Code = world.account(&address);
    assert!(before.header.life > first.header.life);
    assert_eq!(before.header.receipt_seq, first.header.receipt_seq);
    world
        .send(&[kept], &[&second])
        .expect_err("an earlier life")
        .assert_is(TesseraError::WrongLife);
    assert_eq!(world.account::<Code>(&address), before);
    let offer = world.transfer_code(&second, "CODE2", third.pubkey());
    world.send(&[offer], &[&second]).expect("of this life");
}

#[test]
fn who_is_no_member_of_the_org_takes_no_code() {
    let (mut world, [first, second, _]) = owned();
    let stranger = key(40);
    offer(&mut world, &first, &stranger);
    let accept = world.accept_code(&stranger, "CODE");
    world
        .send(std::slice::from_ref(&accept), &[&stranger])
        .expect_err("no member")
        .assert_is(TesseraError::AccountMissing);
    // Neither with another's account, nor as a member elsewhere.
    let (own, other) = (
        world.member_address(&stranger),
        world.member_address(&second),
    );
    world
        .send(&[replace(&accept, &own, &other)], &[&stranger])
        .expect_err("another's account")
        .assert_is(TesseraError::WrongWallet);
    let elsewhere = world.second_org();
    let there = world.within(elsewhere, |world| {
        world.join(&stranger, None);
        world.member_address(&stranger)
    });
    world
        .send(&[replace(&accept, &own, &there)], &[&stranger])
        .expect_err("another org")
        .assert_is(TesseraError::WrongOrg);
    world.join(&stranger, None);
    self::accept(&mut world, &stranger);
}

#[test]
fn later_members_are_the_new_owners() {
    let (mut world, [first, second, third]) = owned();
    let earlier = world.member(&second);
    offer(&mut world, &first, &third);
    // Until it is accepted the code is the old owner's.
    let between = key(33);
    world.join(&between, Some(("CODE", &first)));
    accept(&mut world, &third);
    let later = key(34);
    let old_way = world.register(&later, Some(("CODE", &first)));
    world
        .send(&[old_way], &[&later])
        .expect_err("the old owner's account")
        .assert_is(TesseraError::WrongReferrer);
    world.join(&later, Some(("CODE", &third)));
    assert_eq!(world.member(&later).referrers[0], third.pubkey());
    assert_eq!(world.member(&between).referrers[0], first.pubkey());
    assert_eq!(world.member(&second), earlier);
}

#[test]
fn a_code_in_other_hands_closes_no_circle() {
    let (mut world, [first, second, _]) = owned();
    offer(&mut world, &first, &second);
    accept(&mut world, &second);
    // Who referred its owner, and the owner himself, cannot come by it.
    let attack = world.register(&first, Some(("CODE", &second)));
    world
        .send(&[attack], &[&first])
        .expect_err("a circle")
        .assert_is(TesseraError::ReferralCycle);
    let attack = world.register(&second, Some(("CODE", &second)));
    world
        .send(&[attack], &[&second])
        .expect_err("himself")
        .assert_error(&world::duplicate_account());
    // Who comes by it stands below both.
    let later = key(34);
    world.join(&later, Some(("CODE", &second)));
    let [one, two, three] = world.member(&later).referrers;
    assert_eq!(
        [one, two, three],
        [second.pubkey(), first.pubkey(), NO_ADDRESS]
    );
}
