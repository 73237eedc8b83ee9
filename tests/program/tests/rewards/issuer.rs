use solana_signer::Signer;
use tessera_client::{
    Event, receipts,
    types::{
        TesseraError,
        accounts::{Header, Issuer, Org},
        events::PointsAwarded,
    },
};
use world::{World, key};

/// A member, key 30, and an issuer, key 50, of 1,000 points a day.
fn with_issuer() -> World {
    let mut world = World::new();
    world.join(&key(30), None);
    set(&mut world, 1_000);
    world
}

fn set(world: &mut World, budget: u64) {
    let set = world.set_issuer(&key(50), budget);
    world.send(&[set], &[&key(2)]).expect("set_issuer");
}

fn close(world: &mut World) {
    let address = world.issuer_address(&key(50));
    let close = world.close_account(&key(2), &address);
    world.send(&[close], &[&key(2)]).expect("close");
}

#[track_caller]
fn award(world: &mut World, points: u64) -> PointsAwarded {
    let award = world.award(&key(50), &key(30), points);
    let sent = world.send(&[award], &[&key(50)]).expect("award");
    let Event::PointsAwarded(event) = sent.event() else {
        panic!("another event");
    };
    event
}

#[test]
fn a_closed_issuer_awards_nothing() {
    let mut world = with_issuer();
    let kept = world.award(&key(50), &key(30), 1);
    world.advance(1);
    close(&mut world);
    world
        .send(&[kept], &[&key(50)])
        .expect_err("closed")
        .assert_is(TesseraError::AccountMissing);
}

#[test]
fn an_award_of_an_earlier_life_does_not_come_again() {
    let mut world = with_issuer();
    let kept = world.award(&key(50), &key(30), 400);
    world
        .send(std::slice::from_ref(&kept), &[&key(50)])
        .expect("award");
    world.advance(1);
    close(&mut world);
    set(&mut world, 1_000);
    // In the new life its number is free, and the budget is, too.
    world
        .send(&[kept], &[&key(50)])
        .expect_err("another life")
        .assert_is(TesseraError::WrongLife);
    let event = award(&mut world, 1_000);
    assert_eq!((event.reference, event.balance), (1, 1_400));
}

#[test]
fn closing_and_opening_in_one_transaction_begins_another_life() {
    let mut world = with_issuer();
    let kept = world.award(&key(50), &key(30), 400);
    let first = world.issuer(&key(50)).header;
    world.advance(1);
    let address = world.issuer_address(&key(50));
    let close = world.close_account(&key(2), &address);
    let open = world.set_issuer_of(&key(50), 5, (0, 0));
    world.send(&[close, open], &[&key(2)]).expect("both");
    let second = world.issuer(&key(50)).header;
    assert!(second.life > first.life);
    assert_eq!(
        second,
        Header {
            life: first.life + 1,
            receipt_head: second.receipt_head,
            ..first
        }
    );
    world
        .send(&[kept], &[&key(50)])
        .expect_err("another life")
        .assert_is(TesseraError::WrongLife);
    // No two of its receipts have the same name.
    let mut names: Vec<(u64, u64)> = world
        .events_of(&address)
        .iter()
        .map(|raw| Event::decode(raw).expect("event"))
        .map(|event| (event.receipt().life, event.receipt().seq))
        .collect();
    assert_eq!(names.len(), 3);
    names.dedup();
    assert_eq!(names.len(), 3);
    let last = world.events_of(&address)[2..].to_vec();
    let state = receipts::ReceiptState::from(&second);
    receipts::verify(&address, state, last).expect("the new life's receipts");
}

#[test]
fn a_budget_that_is_lowered_below_its_use_gives_nothing_more() {
    let mut world = with_issuer();
    award(&mut world, 600);
    set(&mut world, 500);
    let one = world.award(&key(50), &key(30), 1);
    world
        .send(&[one], &[&key(50)])
        .expect_err("used up")
        .assert_is(TesseraError::IssuerBudgetExceeded);
    set(&mut world, 601);
    award(&mut world, 1);
    let issuer = world.issuer(&key(50));
    assert_eq!((issuer.epoch_used, issuer.epoch_budget), (601, 601));
    // The next epoch begins with its first award.
    world.advance(86_400);
    award(&mut world, 601);
    assert_eq!(world.issuer(&key(50)).epoch_started_at, world.now());
}

#[test]
fn every_budget_is_a_receipt_and_the_org_counts_issuers() {
    let mut world = with_issuer();
    set(&mut world, 5);
    let set_again = world.set_issuer(&key(50), 6);
    let sent = world.send(&[set_again], &[&key(2)]).expect("set_issuer");
    let Event::IssuerSet(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!((event.org, event.key), (world.org, key(50).pubkey()));
    assert_eq!((event.epoch_budget, event.receipt.seq), (6, 3));
    let address = world.issuer_address(&key(50));
    assert_eq!(world.assert_receipts::<Issuer>(&address), 3);
    // The plan is open, too.
    assert_eq!(world.account::<Org>(&world.org).open_accounts, 2);
    world.advance(1);
    close(&mut world);
    assert_eq!(world.account::<Org>(&world.org).open_accounts, 1);
}

#[test]
fn an_older_signature_gives_no_budget_back() {
    let mut world = with_issuer();
    let header = world.issuer(&key(50)).header;
    let generous = world.set_issuer(&key(50), 1_000_000);
    set(&mut world, 0);
    world
        .send(&[generous], &[&key(2)])
        .expect_err("of a state that has passed")
        .assert_is(TesseraError::StaleSeq);
    let cases = [(header.life + 1, 2), (0, 0), (0, 2)];
    for name in cases {
        let set = world.set_issuer_of(&key(50), 7, name);
        world
            .send(&[set], &[&key(2)])
            .expect_err("another life")
            .assert_is(TesseraError::WrongLife);
    }
    // Nor does one of an issuer that was there make another.
    for name in [(header.life, 2), (0, 1), (header.life, 0)] {
        let set = world.set_issuer_of(&key(51), 7, name);
        world
            .send(&[set], &[&key(2)])
            .expect_err("not there")
            .assert_is(TesseraError::WrongLife);
    }
    assert_eq!(world.issuer(&key(50)).epoch_budget, 0);
}
