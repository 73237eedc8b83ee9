//! Which call each instruction's receipt stands in.

use super::*;

/// The only receipt of the first instruction, and the calls that it made itself.
#[track_caller]
fn only_receipt(sent: &Sent) -> (CarriedReceipt, &[InnerCall]) {
    let receipts = sent.receipts();
    let [only] = &receipts[..] else {
        panic!("{receipts:#?}");
    };
    assert_eq!((only.outer, only.inner), (0, 0));
    (only.clone(), &sent.calls[0].inner)
}

/// Requires that the receipt stands behind the first `len` bytes of the call at `index`.
#[track_caller]
fn assert_behind(sent: &Sent, index: usize, program: Address, len: usize) {
    let (receipt, calls) = only_receipt(sent);
    assert_eq!(calls[index].program, program);
    assert_eq!(calls[index].data[len..], receipt.data);
    for (other, call) in calls.iter().enumerate() {
        let system_transfer = call.data.len() == 12;
        let carries = call.program == ID || call.data.len() > 60;
        assert!(other == index || system_transfer || !carries, "{call:?}");
    }
}

#[test]
fn a_new_account_comes_with_its_first_receipt() {
    let mut world = World::new();
    let wallet = key(30);
    let register = world.register(&wallet, None);
    let sent = world.send(&[register], &[&wallet]).expect("register");
    assert_behind(&sent, 0, SYSTEM_PROGRAM, CREATE_ACCOUNT_LEN);
    let create = world.create_code(&wallet, code("CODE"));
    let sent = world.send(&[create], &[&wallet]).expect("create_code");
    assert_behind(&sent, 0, SYSTEM_PROGRAM, CREATE_ACCOUNT_LEN);
    let open = world.open_ledger(&wallet);
    let sent = world.send(&[open], &[]).expect("open_ledger");
    assert_behind(&sent, 0, SYSTEM_PROGRAM, CREATE_ACCOUNT_LEN);
    let set = world.set_issuer(&key(50), 9);
    let sent = world.send(&[set], &[&key(2)]).expect("set_issuer");
    assert_behind(&sent, 0, SYSTEM_PROGRAM, CREATE_ACCOUNT_LEN);
}

#[test]
fn org_and_plan_come_with_their_first_receipts() {
    let mut world = World::without_org();
    let create = world.create_org(world.create_org_args());
    let sent = world.send(&[create], &[&key(2)]).expect("create_org");
    assert_behind(&sent, 0, SYSTEM_PROGRAM, CREATE_ACCOUNT_LEN);
    // The vault is created first, and has no receipt.
    let create = world.create_plan(world.create_plan_args());
    let sent = world.send(&[create], &[&key(2)]).expect("create_plan");
    assert_behind(&sent, 2, SYSTEM_PROGRAM, CREATE_ACCOUNT_LEN);
}

#[test]
fn at_an_address_with_lamports_the_assignment_carries_it() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let rent = world.svm.minimum_balance_for_rent_exemption(248);
    for (text, lamports, index) in [
        ("LITTLE", 890_880, 2),
        ("MORE", rent, 1),
        ("PLENTY", 9 * rent, 1),
    ] {
        let address = tessera_client::address::code(&world.org, &code(text));
        world.svm.airdrop(&address, lamports).expect("airdrop");
        let create = world.create_code(&wallet, code(text));
        let sent = world.send(&[create], &[&wallet]).expect("create_code");
        assert_behind(&sent, index, SYSTEM_PROGRAM, ASSIGN_LEN);
        assert_eq!(world.assert_receipts::<Code>(&address), 1);
        let account = world.svm.get_account(&address).expect("code");
        assert_eq!(account.lamports, rent.max(lamports));
    }
}

#[test]
fn one_transfer_carries_the_receipt_of_a_charge() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    world.advance(i64::from(PERIOD));
    let charge = world.charge(&wallet, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    assert_behind(&sent, 0, TOKEN_PROGRAM, TRANSFER_LEN);
    assert_eq!(sent.calls[0].inner.len(), 1);
}

/// Length byte and data of each entry of a `Batch`.
fn entries(data: &[u8]) -> Vec<&[u8]> {
    assert_eq!(data[0], number::BATCH);
    let (mut entries, mut rest) = (vec![], &data[1..]);
    while let [_, len, behind @ ..] = rest {
        let (entry, next) = behind.split_at(usize::from(*len));
        entries.push(entry);
        rest = next;
    }
    entries
}

#[test]
fn a_receipt_too_long_for_one_entry_of_a_batch_goes_on_in_the_next() {
    let mut world = World::new();
    let chain = world.referral_chain();
    let (payer, token) = &chain[3];
    let subscribe = world.subscribe(payer, *token, world.subscribe_args());
    let sent = world.send(&[subscribe], &[payer]).expect("subscribe");
    let (receipt, calls) = only_receipt(&sent);
    let batch = calls.last().expect("a call");
    assert_eq!(batch.program, TOKEN_PROGRAM);
    let entries = entries(&batch.data);
    let tails: Vec<&[u8]> = entries.iter().map(|entry| &entry[TRANSFER_LEN..]).collect();
    assert_eq!(entries[0].len(), usize::from(u8::MAX));
    assert!(!tails[1].is_empty() && tails[2..].concat().is_empty());
    assert_eq!(tails.concat(), receipt.data);
    let numbers: Vec<u8> = entries.iter().map(|entry| entry[0]).collect();
    assert_eq!(
        numbers,
        [number::TRANSFER, number::TRANSFER, number::APPROVE]
    );
    let address = world.subscription_address(payer);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 1);
}

#[test]
fn where_only_one_transfer_and_the_approval_follow_the_approval_carries_the_rest() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let sent = world.send(&[subscribe], &[&wallet]).expect("subscribe");
    let (receipt, calls) = only_receipt(&sent);
    let entries = entries(&calls.last().expect("a call").data);
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1][0], number::APPROVE);
    let tails = [&entries[0][TRANSFER_LEN..], &entries[1][TRANSFER_LEN..]];
    assert_eq!(tails.concat(), receipt.data);
}

#[test]
fn the_change_of_an_approval_carries_the_receipt_of_a_cancellation() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    for (place, len) in [(world.place_of_plan(1), TRANSFER_LEN), (second, REVOKE_LEN)] {
        let cancel = world.within(place, |world| world.cancel(&wallet));
        let sent = world.send(&[cancel], &[&wallet]).expect("cancel");
        let (receipt, calls) = only_receipt(&sent);
        let [call] = calls else {
            panic!("{calls:#?}");
        };
        assert_eq!(call.program, TOKEN_PROGRAM);
        let entry = match call.data[0] {
            number::BATCH => entries(&call.data)[0],
            _ => &call.data,
        };
        assert_eq!(entry[len..], receipt.data);
    }
}

#[test]
fn where_nobody_is_called_the_program_calls_itself() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    for budget in [9, 10] {
        let set = world.set_issuer(&key(50), budget);
        world.send(&[set], &[&key(2)]).expect("set_issuer");
    }
    let award = world.award(&key(50), &wallet, 1);
    let redeem = world.redeem(&wallet, 1);
    let set = world.set_issuer(&key(50), 11);
    world.close(&token, &wallet);
    let cancel = world.cancel(&wallet);
    for instruction in [award, redeem, set, cancel] {
        let sent = world
            .send(&[instruction], &[&key(50), &wallet, &key(2)])
            .expect("sent");
        assert_behind(&sent, 0, ID, 1);
        let (_, calls) = only_receipt(&sent);
        assert_eq!((calls.len(), calls[0].data[0]), (1, SELF_CALL));
    }
}

#[test]
fn token_2022_carries_nothing_so_the_program_calls_itself() {
    let mut world = World::with_extensions(PYUSD);
    let chain = world.referral_chain();
    let (payer, token) = &chain[3];
    let subscribe = world.subscribe(payer, *token, world.subscribe_args());
    let mut all = vec![world.send(&[subscribe], &[payer]).expect("subscribe")];
    world.advance(i64::from(PERIOD));
    let charge = world.charge(payer, None);
    all.push(world.send(&[charge], &[]).expect("charge"));
    let (third, token) = &chain[2];
    let claim = world.claim(third, *token, u64::MAX);
    all.push(world.send(&[claim], &[third]).expect("claim"));
    all.push(
        world
            .send(&[world.cancel(payer)], &[payer])
            .expect("cancel"),
    );
    for sent in all {
        let (receipt, calls) = only_receipt(&sent);
        let (last, before) = calls.split_last().expect("a call");
        assert_eq!((last.program, &last.data[1..]), (ID, &receipt.data[..]));
        for call in before.iter().filter(|it| it.program == TOKEN_2022_PROGRAM) {
            let len = match call.data[0] {
                number::TRANSFER_CHECKED => TRANSFER_CHECKED_LEN,
                number::APPROVE => TRANSFER_LEN,
                number::REVOKE => REVOKE_LEN,
                other => panic!("instruction {other}"),
            };
            assert_eq!(call.data.len(), len);
        }
    }
}

#[test]
fn receipts_of_one_transaction_keep_their_order_through_other_programs_too() {
    let mut world = World::new();
    world.add_forwarder();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let mut probe = World::new();
    let same = probe.join(&wallet, None);
    probe.subscribed(&wallet, same);
    let mut subscription = probe.subscription(&wallet);
    let mut instructions = Vec::new();
    for round in 0..3 {
        // Each signature is another agreement, and each cancellation names its own.
        subscription.agreement_seq = 1 + 2 * round;
        let cancel = tessera_client::instructions::Cancel {
            subscription: &subscription,
            token_program: TOKEN_PROGRAM,
        };
        instructions.push(subscribe.clone());
        instructions.push(forwarded(&cancel.into()));
    }
    let sent = world.send(&instructions, &[&wallet]).expect("three rounds");
    let places: Vec<(u16, u16)> = sent
        .receipts()
        .iter()
        .map(|it| (it.outer, it.inner))
        .collect();
    assert_eq!(places, [(0, 0), (1, 1), (2, 0), (3, 1), (4, 0), (5, 1)]);
    let address = world.subscription_address(&wallet);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 6);
    assert!(world.token(&token).delegate.is_none());
    assert_eq!(world.authority_of(&token).live_subscriptions, 0);
}
