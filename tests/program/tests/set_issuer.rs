use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    instructions::SetIssuer,
    types::{
        ID, TesseraError,
        accounts::{Header, Issuer},
        args::SetIssuerArgs,
        limits::MIN_EPOCH_SECS,
    },
};
use world::{START, START_SLOT, World, key, replace};

fn with_args(world: &World, args: SetIssuerArgs) -> Instruction {
    SetIssuer {
        payer: world.payer.pubkey(),
        authority: world.authority.pubkey(),
        org: world.org,
        key: key(50).pubkey(),
        args,
    }
    .into()
}

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = World::new();
    let set = world.set_issuer(&key(50), 1);
    // The program calls itself only where it creates nothing.
    world.assert_withstands_except(&[6], &set, &[&key(2)]);
}

#[test]
fn every_account_is_bound_when_the_issuer_exists() {
    let mut world = World::new();
    world
        .send(&[world.set_issuer(&key(50), 1)], &[&key(2)])
        .expect("set_issuer");
    let set = world.set_issuer(&key(50), 2);
    // The System program is called only to create it.
    world.assert_withstands_except(&[5], &set, &[&key(2)]);
}

#[test]
fn another_orgs_issuer_with_the_same_key_is_not_changed() {
    let mut world = World::new();
    let elsewhere = world.second_org();
    let issuers = [
        world.issuer_address(&key(50)),
        world.within(elsewhere, |world| world.issuer_address(&key(50))),
    ];
    let both = [
        world.set_issuer(&key(50), 1),
        world.within(elsewhere, |world| world.set_issuer(&key(50), 1)),
    ];
    world.send(&both, &[&key(2)]).expect("set_issuer");
    let attack = replace(&both[1], &issuers[1], &issuers[0]);
    world
        .send(&[attack], &[&key(2)])
        .expect_err("the first org's")
        .assert_is(TesseraError::WrongOrg);
}

#[test]
fn only_the_orgs_authority_sets_issuers() {
    let mut world = World::new();
    let set = replace(
        &world.set_issuer(&key(50), 1),
        &key(2).pubkey(),
        &key(50).pubkey(),
    );
    world
        .send(&[set], &[&key(50)])
        .expect_err("the key itself")
        .assert_is(TesseraError::WrongAuthority);
}

#[test]
fn epochs_are_at_least_a_minute() {
    let mut world = World::new();
    let args = SetIssuerArgs {
        epoch_budget: 1,
        life: 0,
        seq: 0,
        epoch_secs: MIN_EPOCH_SECS - 1,
        spare: [0; 4],
    };
    world
        .send(&[with_args(&world, args)], &[&key(2)])
        .expect_err("short epoch")
        .assert_is(TesseraError::EpochTooShort);
}

#[test]
fn reserved_bytes_are_zero() {
    let mut world = World::new();
    let args = SetIssuerArgs {
        epoch_budget: 1,
        life: 0,
        seq: 0,
        epoch_secs: MIN_EPOCH_SECS,
        spare: [0, 0, 0, 1],
    };
    world
        .send(&[with_args(&world, args)], &[&key(2)])
        .expect_err("spare")
        .assert_is(TesseraError::SpareNotZero);
}

#[test]
fn the_address_follows_from_the_key() {
    let mut world = World::new();
    let set = world.set_issuer(&key(50), 1);
    let wrong = address::issuer(&world.org, &key(51).pubkey());
    let set = replace(&set, &world.issuer_address(&key(50)), &wrong);
    world
        .send(&[set], &[&key(2)])
        .expect_err("another key's address")
        .assert_is(TesseraError::WrongAddress);
}

#[test]
fn every_field_is_written() {
    let mut world = World::new();
    let sent = world
        .send(&[world.set_issuer(&key(50), 5)], &[&key(2)])
        .expect("set_issuer");
    let (address, bump) = Address::find_program_address(
        &[b"issuer", world.org.as_ref(), key(50).pubkey().as_ref()],
        &ID,
    );
    let issuer = world.issuer(&key(50));
    let mut header = Header::new(bump, START_SLOT, world.payer.pubkey());
    (header.receipt_seq, header.receipt_head) = (1, issuer.header.receipt_head);
    let expected = Issuer {
        header,
        org: world.org,
        key: key(50).pubkey(),
        epoch_budget: 5,
        epoch_secs: 86_400,
        reserved: [0; 4],
        epoch_used: 0,
        epoch_started_at: START,
        highest_reference: 0,
        used_references: [0; 16],
        spare: [0; 32],
    };
    assert_eq!(issuer, expected);

    let Event::IssuerSet(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.org, event.key), (world.org, key(50).pubkey()));
    assert_eq!((event.epoch_budget, event.epoch_secs), (5, 86_400));
    assert_eq!(world.assert_receipts::<Issuer>(&address), 1);
}

#[test]
fn a_new_budget_leaves_what_was_used() {
    let mut world = World::new();
    world.join(&key(30), None);
    let set = world.set_issuer(&key(50), 5);
    world.send(&[set], &[&key(2)]).expect("set_issuer");
    let award = world.award(&key(50), &key(30), 5);
    world.send(&[award], &[&key(50)]).expect("award");
    let before = world.issuer(&key(50));

    world.advance(10);
    let args = SetIssuerArgs {
        epoch_budget: 8,
        life: before.header.life,
        seq: before.header.receipt_seq,
        epoch_secs: 60,
        spare: [0; 4],
    };
    let set = with_args(&world, args);
    world.send(&[set], &[&key(2)]).expect("set_issuer");
    let issuer = world.issuer(&key(50));
    let expected = Issuer {
        header: Header {
            receipt_seq: 2,
            receipt_head: issuer.header.receipt_head,
            ..before.header
        },
        epoch_budget: 8,
        epoch_secs: 60,
        ..before
    };
    assert_eq!(issuer, expected);
    let address = world.issuer_address(&key(50));
    assert_eq!(world.assert_receipts::<Issuer>(&address), 2);
}
