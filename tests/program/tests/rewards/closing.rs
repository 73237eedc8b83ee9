//! A close, and its refusal.

use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use tessera_client::{
    Event,
    types::{TesseraError, events::Closed},
};
use world::World;

#[track_caller]
pub(super) fn assert_in_use(world: &mut World, owner: &Keypair, address: &Address) {
    let close = world.close_account(owner, address);
    world
        .send(&[close], &[owner])
        .expect_err("in use")
        .assert_is(TesseraError::StillInUse);
}

#[track_caller]
pub(super) fn close(world: &mut World, owner: &Keypair, address: &Address) -> Closed {
    let close = world.close_account(owner, address);
    let sent = world.send(&[close], &[owner]).expect("close");
    let Event::Closed(event) = sent.event() else {
        panic!("another event");
    };
    assert!(
        world
            .svm
            .get_account(address)
            .is_none_or(|it| it.lamports == 0)
    );
    event
}

pub(super) fn replace_first(instruction: &Instruction, to: &Address) -> Instruction {
    let mut changed = instruction.clone();
    changed.accounts[0].pubkey = *to;
    changed
}
