//! What closes in a way of its own, or never.

use super::closing::{assert_in_use, close, replace_first};
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    types::{
        TesseraError,
        accounts::{Org, Plan},
    },
};
use world::{World, key};

#[test]
fn members_and_the_config_never_close() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let member = world.member_address(&wallet);
    world.advance(1_000_000_000);
    for (owner, address) in [
        (&wallet, member),
        (&key(2), member),
        (&key(6), address::config()),
    ] {
        assert_in_use(&mut world, owner, &address);
    }
}

#[test]
fn campaigns_and_pools_have_ways_of_their_own() {
    let mut world = World::new();
    let make = [
        world.create_campaign(world.campaign_args([7; 32])),
        world.create_pool(1, &world.mint),
    ];
    world.send(&make, &[&key(2)]).expect("made");
    world.advance(1_000_000);
    for address in [world.campaign_address(1), address::pool(&world.org, 1)] {
        assert_in_use(&mut world, &key(2), &address);
    }
}

#[test]
fn an_org_stays_while_anything_of_it_is_open() {
    let mut world = World::new();
    world.advance(1);
    let org = world.org;
    assert_in_use(&mut world, &key(2), &org);
    let set = world.set_issuer(&key(50), 7);
    world.send(&[set], &[&key(2)]).expect("set_issuer");
    let sunset = world.sunset_plan(world.now());
    world.send(&[sunset], &[&key(2)]).expect("sunset_plan");
    world.advance(1);
    let close_vault = world.close_vault();
    world.send(&[close_vault], &[&key(2)]).expect("close_vault");
    assert_in_use(&mut world, &key(2), &org);
    let issuer = world.issuer_address(&key(50));
    close(&mut world, &key(2), &issuer);
    assert_eq!(world.account::<Org>(&org).open_accounts, 0);
}

#[test]
fn of_an_org_a_stub_stays_so_that_nobody_creates_it_again() {
    let mut world = World::new();
    let sunset = world.sunset_plan(world.now());
    world.send(&[sunset], &[&key(2)]).expect("sunset_plan");
    world.advance(1);
    let close_vault = world.close_vault();
    world.send(&[close_vault], &[&key(2)]).expect("close_vault");
    let org = world.org;
    let header = world.org_account().header;
    let update = world.update_org(world.org_settings());
    let close = world.close_account(&key(2), &org);
    let attack = replace_first(&close, &key(3).pubkey());
    world
        .send(&[attack], &[&key(3)])
        .expect_err("another signer")
        .assert_is(TesseraError::WrongAuthority);
    let full = world.svm.get_account(&org).expect("org");
    let sent = world
        .send(std::slice::from_ref(&close), &[&key(2)])
        .expect("close");
    let Event::Closed(event) = sent.event() else {
        panic!("another event");
    };
    let stub = world.svm.get_account(&org).expect("the stub");
    let len = 8 + size_of::<tessera_client::types::accounts::Header>();
    assert_eq!(
        (stub.data.len(), stub.owner),
        (len, tessera_client::types::ID)
    );
    let kept = world.svm.minimum_balance_for_rent_exemption(len);
    assert_eq!(
        (stub.lamports, event.lamports),
        (kept, full.lamports - kept)
    );
    assert_eq!((event.head, event.receipt.seq), (header.receipt_head, 2));
    assert_eq!(stub.data[..8], [255; 8]);
    for (instruction, expected) in [
        (
            world.create_org(world.create_org_args()),
            TesseraError::AccountExists,
        ),
        (update, TesseraError::AccountMissing),
        (close, TesseraError::StillInUse),
    ] {
        world
            .send(&[instruction], &[&key(2)])
            .expect_err("gone for good")
            .assert_is(expected);
    }
    let create = world.create_plan(world.create_plan_args());
    world
        .send(&[create], &[&key(2)])
        .expect_err("gone for good")
        .assert_is(TesseraError::AccountMissing);
    assert!(world.find::<Plan>(&world.plan).is_none());
}
