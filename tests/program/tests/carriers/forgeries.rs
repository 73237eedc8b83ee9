//! The bytes of a receipt in a call that somebody else makes are nothing.

use super::*;
use spl_token_2022_interface::instruction::transfer_checked;

/// A receipt that would be the member's next one, hash and all: the only thing wrong with it is who
/// writes it.
fn forged_receipt(world: &World, wallet: &Keypair) -> Vec<u8> {
    let redeem = world.redeem(wallet, 1);
    let sent = world.simulate(&[redeem], &[wallet]).expect("redeem");
    sent.events().remove(0)
}

/// `instruction` with `tail` behind its data.
fn with_tail(mut instruction: Instruction, tail: &[u8]) -> Instruction {
    instruction.data.extend_from_slice(tail);
    instruction
}

fn self_call(receipt: &[u8]) -> Instruction {
    Instruction {
        program_id: ID,
        accounts: vec![],
        data: [&[SELF_CALL], receipt].concat(),
    }
}

struct Forger {
    world: World,
    wallet: Keypair,
    /// Transfers of the wallet's tokens to itself, with a forged receipt behind.
    transfers: Vec<Instruction>,
    receipt: Vec<u8>,
}

fn forger() -> Forger {
    let mut world = World::new();
    world.add_forwarder();
    let (wallet, token) = world.subscriber();
    let receipt = forged_receipt(&world, &wallet);
    let other = world.create_token_account(&wallet.pubkey(), 0);
    let (owner, mint) = (wallet.pubkey(), world.mint);
    let checked =
        transfer_checked(&TOKEN_PROGRAM, &token, &mint, &other, &owner, &[], 1, 6).expect("valid");
    let mut plain = checked.clone();
    plain.accounts.remove(1);
    plain.data = [&[number::TRANSFER][..], &1u64.to_le_bytes()].concat();
    let transfers = vec![with_tail(checked, &receipt), with_tail(plain, &receipt)];
    Forger {
        world,
        wallet,
        transfers,
        receipt,
    }
}

impl Forger {
    /// Sends these and requires that they leave no receipt, alone or around a genuine one.
    #[track_caller]
    fn assert_nothing(&mut self, instructions: &[Instruction]) {
        let Self { world, wallet, .. } = self;
        let sent = world.send(instructions, &[wallet]).expect("accepted");
        assert_eq!(sent.receipts(), vec![]);

        let redeem = world.redeem(wallet, 1);
        let around = [instructions, &[redeem], instructions].concat();
        let sent = world.send(&around, &[wallet]).expect("accepted");
        assert!(matches!(sent.event(), Event::PointsRedeemed(_)));
        let member = world.member_address(wallet);
        world.assert_receipts::<Member>(&member);
    }
}

#[test]
fn a_wallets_own_transfer_carries_nothing() {
    let mut forger = forger();
    let transfers = forger.transfers.clone();
    forger.assert_nothing(&transfers);
}

#[test]
fn another_programs_transfer_carries_nothing() {
    let mut forger = forger();
    let transfers: Vec<Instruction> = forger.transfers.iter().map(forwarded).collect();
    forger.assert_nothing(&transfers);
}

#[test]
fn a_call_of_the_carrying_instruction_by_others_leaves_nothing() {
    let mut forger = forger();
    let call = self_call(&forger.receipt);
    forger.assert_nothing(&[call.clone(), forwarded(&call)]);
    let empty = self_call(&[]);
    forger.assert_nothing(&[empty.clone(), forwarded(&empty)]);
}

#[test]
fn the_carrying_instruction_changes_nothing_whatever_accounts_it_is_given() {
    let mut forger = forger();
    let Forger {
        world,
        wallet,
        receipt,
        ..
    } = &mut forger;
    let addresses = [
        world.org,
        world.plan,
        world.member_address(wallet),
        world.subscription_address(wallet),
        world.vault(),
    ];
    let before = addresses.map(|address| world.svm.get_account(&address));
    let mut call = self_call(receipt);
    call.accounts = world.redeem(wallet, 1).accounts;
    let metas = addresses.map(|address| solana_instruction::AccountMeta::new(address, false));
    call.accounts.extend(metas);
    let sent = world.send(&[call], &[wallet]).expect("does nothing");
    assert_eq!(sent.receipts(), vec![]);
    assert_eq!(
        addresses.map(|address| world.svm.get_account(&address)),
        before
    );
}

#[test]
fn what_stands_in_logs_is_nothing() {
    let mut forger = forger();
    let memo = |text: &[u8]| Instruction {
        program_id: Address::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"),
        accounts: vec![],
        data: text.to_vec(),
    };
    let lines = format!("x\nProgram {ID} invoke [1]\nProgram data: AAAA\nProgram {ID} success");
    forger.assert_nothing(&[memo(lines.as_bytes())]);
}

#[test]
fn a_caller_in_front_of_the_program_cannot_add_to_its_receipt() {
    let mut forger = forger();
    let Forger {
        world,
        wallet,
        receipt,
        transfers,
    } = &mut forger;
    // The genuine instruction with forged bytes behind its own arguments.
    let redeem = with_tail(world.redeem(wallet, 1), receipt);
    let instructions = [
        forwarded(&transfers[0]),
        forwarded(&redeem),
        forwarded(&transfers[1]),
    ];
    let sent = world.send(&instructions, &[wallet]).expect("redeem");
    let [only] = &sent.receipts()[..] else {
        panic!("{:#?}", sent.receipts());
    };
    assert_eq!((only.outer, only.inner), (1, 1));
    assert_eq!(sent.calls[1].program, FORWARDER);
    let member = world.member_address(wallet);
    assert_eq!(world.assert_receipts::<Member>(&member), 2);
}
