//! Nobody but the program writes receipts, and none can be dropped, moved or edited unseen.

use solana_address::Address;
use solana_signer::Signer;
use tessera_client::{
    Event,
    receipts::{self, ReceiptError, ReceiptState},
    types::accounts::{Ledger, Member, Subscription},
};
use world::{HOLD, PERIOD, World, forwarder::forwarded, key};

/// A world in which one subscription has five receipts; its address.
fn with_history() -> (World, Address) {
    let mut world = World::new();
    let [.., (payer, token)] = world.referral_chain();
    world.subscribed(&payer, token);
    for _ in 0..2 {
        world.advance(i64::from(PERIOD));
        world
            .send(&[world.charge(&payer, None)], &[])
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
    let claimed = ReceiptState::from(&world.account::<Subscription>(&address).header);
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
fn a_receipt_of_another_life_does_not_fit() {
    let (world, address) = with_history();
    let life = world.account::<Subscription>(&address).header.life;
    assert_eq!(
        receipts::verify(
            &address,
            ReceiptState::new(life + 1),
            world.events_of(&address)
        ),
        Err(ReceiptError::OtherLife {
            seq: 1,
            expected: life + 1,
            found: life
        })
    );
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
        assert!(seen.insert((receipt.account, receipt.life, receipt.seq)));
    }
    assert_eq!(seen.len(), counted);
    let life = world.account::<Subscription>(&subscription).header.life;
    assert!(seen.contains(&(subscription, life, 5)));
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
    assert_eq!(world.member(&wallet).header.receipt_seq, 1);
}

#[test]
fn a_charge_may_be_called_by_a_program() {
    let mut world = World::new();
    world.add_forwarder();
    let (wallet, _) = world.subscriber();
    world.advance(i64::from(PERIOD));
    let charge = forwarded(&world.charge(&wallet, None));
    let sent = world.send(&[charge], &[]).expect("charge");
    assert!(matches!(sent.event(), Event::Charged(..)));
    assert_eq!(
        world.assert_receipts::<Subscription>(&world.subscription_address(&wallet)),
        2
    );
}
