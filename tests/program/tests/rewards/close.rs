//! What holds of every kind that closes.

use super::{
    closable::{self, Closable, sponsor},
    closing::{assert_in_use, close, replace_first},
    support::{any, lamports},
};
use solana_instruction::error::InstructionError;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    receipts::{self, ReceiptState},
    types::TesseraError,
};
use world::{World, code, key};

fn with_signers<'a>(it: &'a [Keypair], sponsor: &'a Keypair) -> Vec<&'a Keypair> {
    it.iter().chain([sponsor]).collect()
}

#[test]
fn every_account_and_byte_is_bound() {
    for mut it in closable::all() {
        let owner = it.owners[0].insecure_clone();
        let close = it.world.close_account(&owner, &it.address);
        // Kinds without a parent look at none; its absence names the program a second time.
        let alone = ["code", "ledger", "authority", "subscription", "invoice"];
        let ignored: &[usize] = match alone.contains(&it.name) {
            true => &[3, 4],
            false => &[],
        };
        it.world
            .assert_withstands_except(ignored, &close, &[&owner]);
    }
}

#[test]
fn nobody_else_closes_it() {
    for Closable {
        mut world,
        address,
        owners,
        name,
        ..
    } in closable::all()
    {
        let close = world.close_account(&owners[0], &address);
        let stranger = key(40);
        for other in [stranger, key(2), key(6), key(30), sponsor()] {
            if owners.iter().any(|owner| owner.pubkey() == other.pubkey()) {
                continue;
            }
            let attack = replace_first(&close, &other.pubkey());
            let refused = world.send(&[attack], &[&other]).expect_err(name);
            refused.assert_is(TesseraError::WrongAuthority);
        }
        let unsigned = world::unsigned(&close, &owners[0].pubkey());
        world
            .send(&[unsigned], &[])
            .expect_err(name)
            .assert_error(&InstructionError::MissingRequiredSignature);
    }
}

#[test]
fn the_rent_goes_to_nobody_else() {
    for mut it in closable::all() {
        let owner = &it.owners[0];
        let close = it.world.close_account(owner, &it.address);
        for other in [key(40).pubkey(), key(2).pubkey(), key(30).pubkey()] {
            let mut attack = close.clone();
            attack.accounts[2].pubkey = other;
            it.world
                .send(&[attack], &[owner])
                .expect_err(it.name)
                .assert_is(TesseraError::WrongRentPayer);
        }
    }
}

#[test]
fn the_rent_arrives_in_full_and_the_last_receipt_proves_the_chain() {
    for mut it in closable::all() {
        let world = &mut it.world;
        let header = *any(world, &it.address).header();
        assert_eq!(header.rent_payer, sponsor().pubkey(), "{}", it.name);
        // What anybody sent there goes with it.
        world.svm.airdrop(&it.address, 1_234_567).expect("airdrop");
        let (rent, before) = (
            lamports(world, &it.address),
            lamports(world, &header.rent_payer),
        );
        for owner in &it.owners {
            let close = world.close_account(owner, &it.address);
            world.simulate(&[close], &[owner]).expect("each of them");
        }
        let event = close(world, &it.owners[0], &it.address);
        assert_eq!(lamports(world, &header.rent_payer), before + rent);
        assert_eq!(event.lamports, rent);
        assert_eq!(event.head, header.receipt_head);
        assert_eq!(event.receipt.account, it.address);
        assert_eq!(event.receipt.life, header.life);
        assert_eq!(event.receipt.seq, header.receipt_seq + 1);
        assert_eq!(event.receipt.at, world.now());
        // The events before it hash to what it says.
        let mut events = world.events_of(&it.address);
        events.pop().expect("the last one");
        let state = ReceiptState {
            life: header.life,
            seq: event.receipt.seq - 1,
            head: event.head,
        };
        match state.seq {
            // An authority is about no receipts of its own.
            0 => assert!(events.is_empty() && event.head == [0; 32]),
            _ => receipts::verify(&it.address, state, events).expect("the chain"),
        }
    }
}

#[test]
fn what_is_closed_is_not_closed_again() {
    for mut it in closable::all() {
        let owner = it.owners[0].insecure_clone();
        let again = it.world.close_account(&owner, &it.address);
        it.world.advance(1);
        close(&mut it.world, &owner, &it.address);
        it.world
            .send(&[again], &[&owner])
            .expect_err(it.name)
            .assert_is(TesseraError::AccountMissing);
    }
}

#[test]
fn what_is_closed_serves_nobody() {
    let missing = TesseraError::AccountMissing;
    let mut plan = closable::plan();
    let token = plan.world.join(&key(30), None);
    let place = plan.world.place_of_plan(2);
    let subscribe = plan.world.within(place, |world| {
        world.subscribe(&key(30), token, world.subscribe_args())
    });
    let mut code = closable::a_code();
    let register = code.world.register(&key(31), Some(("CODE", &key(30))));
    let offer = code.world.transfer_code(&key(30), "CODE", key(31).pubkey());
    let mut ledger = closable::ledger();
    let release = ledger.world.release(&key(30));
    let token = ledger.world.create_token_account(&key(30).pubkey(), 0);
    let claim = ledger.world.claim(&key(30), token, u64::MAX);
    let mut subscription = closable::subscription();
    let ends = [
        subscription.world.charge(&key(30), None),
        subscription.world.cancel(&key(30)),
        subscription.world.refund(&key(30), 1),
    ];
    let mut invoice = closable::invoice();
    let token = invoice.world.create_token_account(&key(30).pubkey(), 0);
    let refund = invoice.world.refund_invoice(&key(30), 1, token, 1);
    let mut position = closable::position();
    let token = position.world.create_token_account(&key(30).pubkey(), 0);
    let out = position.world.unstake(1, &key(30), token, 5);
    let harvest = position.world.harvest(1, &key(30), token);
    for (it, uses) in [
        (&mut plan, vec![subscribe]),
        (&mut code, vec![register, offer]),
        (&mut ledger, vec![release, claim]),
        (&mut subscription, ends.to_vec()),
        (&mut invoice, vec![refund]),
        (&mut position, vec![out, harvest]),
    ] {
        let owner = it.owners[0].insecure_clone();
        close(&mut it.world, &owner, &it.address);
        for instruction in uses {
            let signers = [&key(2), &key(4), &key(30), &key(31)];
            let refused = it.world.send(&[instruction], &signers);
            refused.expect_err(it.name).assert_is(missing);
        }
    }
}

#[test]
fn lamports_that_follow_bring_nothing_back() {
    for mut it in closable::all() {
        let owner = it.owners[0].insecure_clone();
        let close = it.world.close_account(&owner, &it.address);
        let pay = solana_system_interface::instruction::transfer(
            &it.world.payer.pubkey(),
            &it.address,
            10_000_000,
        );
        it.world
            .send(&[close.clone(), pay], &[&owner])
            .expect("close and pay");
        let left = it.world.svm.get_account(&it.address).expect("lamports");
        assert!(left.data.is_empty(), "{}", it.name);
        assert_eq!(left.owner, solana_sdk_ids::system_program::ID);
        it.world
            .send(&[close], &[&owner])
            .expect_err(it.name)
            .assert_is(TesseraError::AccountMissing);
    }
}

#[test]
fn what_is_opened_again_has_another_life_and_other_receipts() {
    for mut it in closable::all() {
        if it.open.is_empty() {
            continue;
        }
        let (world, owner) = (&mut it.world, &it.owners[0]);
        let first = *any(world, &it.address).header();
        close(world, owner, &it.address);
        let sponsor = sponsor();
        let signers = with_signers(&it.signers, &sponsor);
        world.send(&it.open, &signers).expect("again");
        let second = *any(world, &it.address).header();
        assert!(second.life > first.life, "{}", it.name);
        assert!(second.receipt_seq <= 1);
        let mut names: Vec<(u64, u64)> = world
            .events_of(&it.address)
            .iter()
            .map(|raw| Event::decode(raw).expect("event"))
            .map(|event| (event.receipt().life, event.receipt().seq))
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{}", it.name);
    }
}

#[test]
fn nothing_closes_in_the_slot_of_its_creation() {
    let mut world = World::new();
    world.join(&key(30), None);
    let token = world.create_token_account(&key(30).pubkey(), 5);
    let mut args = world.create_plan_args();
    args.id = 2;
    let make = [
        world.set_issuer(&key(50), 7),
        world.create_code(&key(30), code("CODE")),
        world.open_ledger(&key(30)),
        world.create_plan(args),
        world.create_pool(1, &world.mint),
    ];
    world.send(&make, &[&key(2), &key(30)]).expect("made");
    let place = world.place_of_plan(2);
    let more = [
        world.within(place, |world| world.sunset_plan(world.now())),
        world.stake(1, &key(30), token, 5),
        world.unstake(1, &key(30), token, 5),
    ];
    world.send(&more, &[&key(2), &key(30)]).expect("made");
    let accounts = [
        (key(2), world.issuer_address(&key(50))),
        (key(30), address::code(&world.org, &code("CODE"))),
        (key(30), world.ledger_address(&key(30))),
        (key(2), place.plan),
        (key(30), world.position_address(1, &key(30))),
    ];
    for (owner, address) in &accounts {
        assert_in_use(&mut world, owner, address);
    }
    world.advance(0);
    for (owner, address) in &accounts {
        close(&mut world, owner, address);
    }
}

#[test]
fn what_was_made_again_in_this_slot_does_not_close_in_it() {
    let mut it = closable::issuer();
    let owner = key(2);
    let close = it.world.close_account(&owner, &it.address);
    let again = [close.clone(), it.open[0].clone(), close];
    it.world
        .send(&again, &[&owner, &sponsor()])
        .expect_err("twice in a slot")
        .assert_is(TesseraError::StillInUse);
}
