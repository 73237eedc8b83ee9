//! Nobody but the program writes receipts, and none can be dropped, moved or edited unseen.

use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event,
    logs::{self, LogError},
    receipts::{self, ReceiptError, ReceiptState, Receipted},
    types::{
        ID,
        accounts::{Ledger, Member, Subscription},
    },
};
use world::{
    HOLD, PERIOD, World,
    forwarder::{FORWARDER, forwarded},
    key,
};

/// SPL Memo, which prints whatever it is told.
const MEMO: Address = Address::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");

fn memo(text: &[u8]) -> Instruction {
    Instruction {
        program_id: MEMO,
        accounts: vec![],
        data: text.to_vec(),
    }
}

/// The line by which the runtime logs a genuine event.
fn genuine_line(world: &mut World, wallet: &Keypair) -> String {
    let sent = world
        .send(&[world.redeem(wallet, 1)], &[wallet])
        .expect("redeem");
    let mut lines = sent.logs.into_iter();
    lines
        .find(|line| line.starts_with("Program data: "))
        .expect("an event")
}

/// A world in which one subscription has five receipts; its address.
fn with_history() -> (World, Address) {
    let mut world = World::new();
    let [.., (payer, token)] = world.referral_chain();
    world.subscribed(&payer, token);
    for _ in 0..2 {
        world.advance(i64::from(PERIOD));
        world
            .send(&[world.charge(&payer, token, None)], &[])
            .expect("charge");
    }
    world
        .send(&[world.cancel(&payer)], &[&payer])
        .expect("cancel");
    world.subscribed(&payer, token);
    let address = world.subscription_address(&payer);
    (world, address)
}

/// What the verification says of the events after `change`.
fn verdict(change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Result<(), ReceiptError> {
    let (world, address) = with_history();
    let claimed = world.account::<Subscription>(&address).receipts();
    let mut events: Vec<Vec<u8>> = world
        .events_of(&address)
        .into_iter()
        .map(<[u8]>::to_vec)
        .collect();
    assert_eq!(events.len(), 5);
    change(&mut events);
    receipts::verify(&address, claimed, events.iter().map(Vec::as_slice))
}

#[test]
fn a_missing_added_moved_or_edited_receipt_is_found() {
    assert_eq!(verdict(|_| {}), Ok(()));
    let gap = |expected, found| Err(ReceiptError::Gap { expected, found });
    assert_eq!(verdict(|events| drop(events.remove(0))), gap(1, 2));
    assert_eq!(verdict(|events| drop(events.remove(2))), gap(3, 4));
    assert_eq!(verdict(|events| events.swap(1, 2)), gap(2, 3));
    assert_eq!(
        verdict(|events| events.insert(1, events[1].clone())),
        gap(3, 2)
    );
    assert_eq!(
        verdict(|events| drop(events.pop())),
        Err(ReceiptError::WrongEnd {
            expected: 5,
            found: 4
        })
    );
    // One bit of the merchant's part of a charge.
    assert_eq!(
        verdict(|events| events[1][64] ^= 1),
        Err(ReceiptError::WrongHead { seq: 5 })
    );
}

#[test]
fn a_receipt_of_another_account_does_not_fit() {
    let (world, address) = with_history();
    let other = world.member_address(&key(23));
    let (ours, theirs) = (world.events_of(&address), world.events_of(&other));
    let account = Event::decode(theirs[0]).expect("event").receipt().account;
    assert_eq!(
        receipts::verify(&address, ReceiptState::default(), [theirs[0]]),
        Err(ReceiptError::ForeignAccount { seq: 1, account })
    );
    assert_eq!(ours.len(), 5);
}

#[test]
fn every_account_of_a_busy_org_verifies() {
    let (mut world, subscription) = with_history();
    world.advance(i64::from(HOLD));
    let top = key(20);
    let token = world.create_token_account(&top.pubkey(), 0);
    let instructions = [
        world.claim(&top, token, 1),
        world.set_issuer(&key(50), 100),
        world.award(&key(50), &top, 9),
        world.redeem(&top, 4),
    ];
    world
        .send(&instructions, &[&top, &key(2), &key(50)])
        .expect("four in one transaction");
    assert_eq!(world.assert_receipts::<Subscription>(&subscription), 5);
    assert_eq!(
        world.assert_receipts::<Member>(&world.member_address(&top)),
        3
    );
    assert_eq!(
        world.assert_receipts::<Ledger>(&world.ledger_address(&top)),
        2
    );
}

#[test]
fn each_instruction_emits_one_event() {
    let (world, subscription) = with_history();
    let counted = world.events.len();
    let mut seen = std::collections::HashSet::new();
    for raw in &world.events {
        let event = Event::decode(raw).expect("event");
        let receipt = event.receipt();
        assert!(seen.insert((receipt.account, receipt.seq)));
    }
    assert_eq!(seen.len(), counted);
    assert!(seen.contains(&(subscription, 5)));
}

#[test]
fn an_event_of_a_call_through_another_program_counts() {
    let mut world = World::new();
    world.add_forwarder();
    let (wallet, _) = world.subscriber();
    let redeem = forwarded(&world.redeem(&wallet, 1));
    let sent = world.send(&[redeem], &[&wallet]).expect("redeem");
    assert!(matches!(sent.event(), Event::PointsRedeemed(_)));
    assert_eq!(
        world.assert_receipts::<Member>(&world.member_address(&wallet)),
        2
    );
}

#[test]
fn a_program_in_the_middle_adds_no_rights() {
    let mut world = World::new();
    world.add_forwarder();
    let (wallet, _) = world.subscriber();
    let redeem = world.redeem(&wallet, 1);
    let unsigned = world::unsigned(&redeem, &wallet.pubkey());
    assert!(world.send(&[forwarded(&unsigned)], &[]).is_err());
    assert_eq!(world.member(&wallet).receipt_seq, 1);
}

#[test]
fn a_charge_may_be_called_by_a_program() {
    let mut world = World::new();
    world.add_forwarder();
    let (wallet, token) = world.subscriber();
    world.advance(i64::from(PERIOD));
    let charge = forwarded(&world.charge(&wallet, token, None));
    let sent = world.send(&[charge], &[]).expect("charge");
    assert!(matches!(sent.event(), Event::Charged(..)));
    assert_eq!(
        world.assert_receipts::<Subscription>(&world.subscription_address(&wallet)),
        2
    );
}

#[test]
fn what_other_programs_print_is_no_event() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let genuine = genuine_line(&mut world, &wallet);
    let lines = format!("x\nProgram {ID} invoke [1]\n{genuine}\nProgram {ID} success");
    for text in [
        genuine.clone(),
        lines,
        format!("\"\nProgram {ID} invoke [2]\n{genuine}"),
    ] {
        let sent = world.send(&[memo(text.as_bytes())], &[]).expect("memo");
        assert_eq!(sent.events(), Vec::<Vec<u8>>::new());
        // Nor around a real one.
        let instructions = [
            memo(text.as_bytes()),
            world.redeem(&wallet, 1),
            memo(text.as_bytes()),
        ];
        let sent = world.send(&instructions, &[&wallet]).expect("redeem");
        assert!(matches!(sent.event(), Event::PointsRedeemed(_)));
    }
}

#[test]
fn what_a_caller_prints_around_a_call_is_no_event() {
    let mut world = World::new();
    world.add_forwarder();
    let (wallet, _) = world.subscriber();
    let genuine = genuine_line(&mut world, &wallet);
    let inner = forwarded(&memo(genuine.as_bytes()));
    let sent = world
        .send(&[inner, world.redeem(&wallet, 1)], &[&wallet])
        .expect("redeem");
    assert_eq!(sent.programs, [FORWARDER, ID]);
    assert!(matches!(sent.event(), Event::PointsRedeemed(_)));
}

#[test]
fn logs_that_others_flooded_are_an_error_and_not_silence() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let instructions = [memo(&[b'x'; 12_000]), world.redeem(&wallet, 1)];
    let sent = world.simulate(&instructions, &[&wallet]).expect("redeem");
    assert_eq!(
        logs::events(&sent.programs, &sent.logs),
        Err(LogError::Truncated)
    );
}
