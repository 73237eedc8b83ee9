//! What the token programs do with bytes behind the last field. Where one of these changes, the
//! program's calls have to.

use super::*;
use litesvm::LiteSVM;
use solana_instruction::error::InstructionError;
use spl_token_2022_interface::instruction as token;

/// An owner's token account and another one; the instructions of `program` that concern them, each
/// by its name.
fn calls(world: &mut World) -> (Keypair, Vec<(&'static str, Instruction)>) {
    let owner = key(30);
    let from = world.create_token_account(&owner.pubkey(), 1_000);
    let to = world.create_token_account(&key(31).pubkey(), 0);
    let (program, mint, signer) = (world.token_program, world.mint, owner.pubkey());
    let checked = token::transfer_checked(&program, &from, &mint, &to, &signer, &[], 1, 6);
    let approve = token::approve(&program, &from, &to, &signer, &[], 1);
    let revoke = token::revoke(&program, &from, &signer, &[]);
    let (checked, approve) = (checked.expect("valid"), approve.expect("valid"));
    let mut transfer = checked.clone();
    transfer.accounts.remove(1);
    transfer.data = [&[number::TRANSFER][..], &1u64.to_le_bytes()].concat();
    let calls = vec![
        ("Transfer", transfer),
        ("TransferChecked", checked),
        ("Approve", approve),
        ("Revoke", revoke.expect("valid")),
    ];
    (owner, calls)
}

/// The same as the only entry of a batch.
fn batch_of(call: &Instruction) -> Instruction {
    let count = u8::try_from(call.accounts.len()).expect("few");
    let len = u8::try_from(call.data.len()).expect("short");
    Instruction {
        data: [&[number::BATCH, count, len], &call.data[..]].concat(),
        ..call.clone()
    }
}

/// Units that `call` costs with `tail` more bytes; `None` when they are refused as bad data.
#[track_caller]
fn units(world: &World, owner: &Keypair, call: &Instruction, tail: usize) -> Option<u64> {
    let mut call = call.clone();
    call.data.extend(vec![7; tail]);
    let program = call.program_id;
    match world.simulate(&[call], &[owner]) {
        Ok(sent) => Some(sent.consumed_by(&program)[0]),
        Err(refused) => {
            refused.assert_error(&InstructionError::InvalidInstructionData);
            None
        }
    }
}

#[test]
fn spl_token_ignores_bytes_behind_the_last_field_at_no_cost() {
    let mut world = World::new();
    let (owner, calls) = calls(&mut world);
    let pinned = [
        ("Transfer", 76),
        ("TransferChecked", 105),
        ("Approve", 138),
        ("Revoke", 101),
    ];
    for ((name, call), pinned) in calls.iter().zip(pinned) {
        for tail in [0, 1, 200] {
            let units = units(&world, &owner, call, tail);
            assert_eq!((*name, units), (pinned.0, Some(pinned.1)), "{tail} bytes");
        }
    }
}

#[test]
fn spl_token_ignores_them_in_each_entry_of_a_batch() {
    let mut world = World::new();
    let (owner, calls) = calls(&mut world);
    for (name, call) in &calls {
        let plain = units(&world, &owner, &batch_of(call), 0).expect("a batch");
        for tail in [1, 200] {
            let mut longer = call.clone();
            longer.data.extend(vec![7; tail]);
            let units = units(&world, &owner, &batch_of(&longer), 0);
            assert_eq!(units, Some(plain), "{name} and {tail} bytes");
        }
    }
}

#[test]
fn token_2022_refuses_them_but_behind_a_revocation() {
    let mut world = World::with_extensions(PYUSD);
    let (owner, mut calls) = calls(&mut world);
    // Without the mint it moves nothing of a mint with extensions.
    calls.remove(0);
    for (name, call) in &calls {
        let plain = units(&world, &owner, call, 0).expect("as it is");
        for tail in [1, 200] {
            let expected = (*name == "Revoke").then_some(plain);
            assert_eq!(units(&world, &owner, call, tail), expected, "{name}");
        }
    }
}

/// The program that p-token replaced; it knows no batch, so plans need the new one.
#[test]
fn the_token_program_of_before_ignored_them_too() {
    let mut features = LiteSVM::mainnet_feature_set();
    let replaced = Address::from_str_const("ptokFjwyJtrwCa9Kgo9xoDS59V4QccBGEaRFnRPnSdP");
    features.deactivate(&replaced);
    let svm = LiteSVM::default()
        .with_feature_set(features)
        .with_builtins()
        .with_lamports(1_000_000_000_000_000)
        .with_sysvars()
        .with_default_programs();
    let mut world = World::on(svm);
    let (owner, calls) = calls(&mut world);
    for (name, call) in &calls {
        let plain = units(&world, &owner, call, 0).expect("as it is");
        assert!(plain > 1_000, "{name}: {plain} units are the new program's");
        for tail in [1, 200] {
            assert_eq!(units(&world, &owner, call, tail), Some(plain), "{name}");
        }
        assert!(world.simulate(&[batch_of(call)], &[&owner]).is_err());
    }
}
