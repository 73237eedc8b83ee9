//! The two steps in which an org or the config comes into other hands.

use solana_address::Address;
use solana_instruction::error::InstructionError;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    instructions::{AcceptAuthority, ProposeAuthority},
    types::{
        NO_ADDRESS, TesseraError,
        accounts::{Config, Org},
        args::{ConfigArgs, ProposeAuthorityArgs},
    },
};
use world::{World, key};

#[test]
fn only_who_was_proposed_accepts_and_once() {
    let mut world = World::new();
    for stranger in [key(2), key(40)] {
        let accept = world.accept_authority(&stranger);
        world
            .send(&[accept], &[&stranger])
            .expect_err("nobody is proposed")
            .assert_is(TesseraError::WrongAuthority);
    }
    let propose = world.propose_authority(&key(2), key(40).pubkey());
    let sent = world.send(&[propose], &[&key(2)]).expect("propose");
    let Event::AuthorityProposed(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!((event.pending, event.receipt.seq), (key(40).pubkey(), 2));
    // Until then nothing changes.
    let settings = world.org_settings();
    let update = world.update_org(settings);
    world.send(&[update], &[&key(2)]).expect("update_org");
    for stranger in [key(2), key(41)] {
        let accept = world.accept_authority(&stranger);
        world
            .send(&[accept], &[&stranger])
            .expect_err("another one")
            .assert_is(TesseraError::WrongAuthority);
    }
    let accept = world.accept_authority(&key(40));
    let unsigned = world::unsigned(&accept, &key(40).pubkey());
    world
        .send(&[unsigned], &[])
        .expect_err("unsigned")
        .assert_error(&InstructionError::MissingRequiredSignature);
    let sent = world
        .send(std::slice::from_ref(&accept), &[&key(40)])
        .expect("accept");
    let Event::AuthorityAccepted(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!((event.authority, event.receipt.seq), (key(40).pubkey(), 4));
    let org = world.org_account();
    assert_eq!(
        (org.authority, org.pending_authority, org.creator),
        (key(40).pubkey(), NO_ADDRESS, key(2).pubkey())
    );
    world
        .send(&[accept], &[&key(40)])
        .expect_err("twice")
        .assert_is(TesseraError::WrongAuthority);
    let old = world.update_org(settings);
    world
        .send(&[old], &[&key(2)])
        .expect_err("the old one")
        .assert_is(TesseraError::WrongAuthority);
    let address = world.org;
    world.assert_receipts::<Org>(&address);
}

#[test]
fn a_proposal_is_taken_back_by_another() {
    let mut world = World::new();
    for pending in [key(40).pubkey(), NO_ADDRESS] {
        let propose = world.propose_authority(&key(2), pending);
        world.send(&[propose], &[&key(2)]).expect("propose");
    }
    let accept = world.accept_authority(&key(40));
    world
        .send(&[accept], &[&key(40)])
        .expect_err("taken back")
        .assert_is(TesseraError::WrongAuthority);
}

fn propose_config(world: &World, admin: Address, pending: Address) -> ProposeAuthority {
    ProposeAuthority {
        authority: admin,
        account: address::config(),
        args: ProposeAuthorityArgs {
            seq: world.config().header.receipt_seq,
            pending,
        },
    }
}

#[test]
fn the_config_comes_into_other_hands_the_same_way() {
    let mut world = World::new();
    let attack = propose_config(&world, key(2).pubkey(), key(2).pubkey());
    world
        .send(&[attack.into()], &[&key(2)])
        .expect_err("an org's authority")
        .assert_is(TesseraError::WrongAuthority);
    let propose = propose_config(&world, key(6).pubkey(), key(40).pubkey());
    world.send(&[propose.into()], &[&key(6)]).expect("propose");
    let accept = |wallet: u8| AcceptAuthority {
        authority: key(wallet).pubkey(),
        account: address::config(),
    };
    world
        .send(&[accept(41).into()], &[&key(41)])
        .expect_err("another one")
        .assert_is(TesseraError::WrongAuthority);
    world
        .send(&[accept(40).into()], &[&key(40)])
        .expect("accept");
    assert_eq!(world.config().admin, key(40).pubkey());
    // Who may upgrade the program has no way back in.
    let seq = world.config().header.receipt_seq;
    let old = world.set_config(ConfigArgs {
        seq,
        ..world.config_args()
    });
    world
        .send(&[old], &[&key(6)])
        .expect_err("the old one")
        .assert_is(TesseraError::WrongAuthority);
    let pause = world.pause_org(1);
    world
        .send(&[pause], &[&key(6)])
        .expect_err("the old one")
        .assert_is(TesseraError::WrongAuthority);
    assert_eq!(world.assert_receipts::<Config>(&address::config()), 3);
}
