use bytemuck::bytes_of;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_sdk_ids::sysvar;
use solana_signer::Signer;
use tessera_client::{
    Event, quote,
    types::{
        ID, TesseraError,
        args::SubscribeArgs,
        quote::{MESSAGE_OFFSET, PUBLIC_KEY_OFFSET, QUOTE_DOMAIN, Quote, SIGNATURE_OFFSET},
    },
};
use world::{PRICE, START, World, key};

const QUOTED: u64 = PRICE - 10_000_000;
const DEADLINE: i64 = START + 30;
/// Position of the sysvar in the instruction.
const INSTRUCTIONS: usize = 11;

/// A member, and the subscription that uses a quote of `QUOTED`.
fn scene() -> (World, Keypair, Address) {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    (world, wallet, token)
}

fn args(world: &World, price: u64, quote_deadline: i64) -> SubscribeArgs {
    SubscribeArgs {
        expected_price: price,
        quote_deadline,
        quoted: 1,
        ..world.subscribe_args()
    }
}

fn subscribe(world: &World, wallet: &Keypair, token: Address) -> Instruction {
    world.subscribe(wallet, token, args(world, QUOTED, DEADLINE))
}

/// Requires that a subscription behind the given instructions is refused.
#[track_caller]
fn assert_refused(
    before: impl FnOnce(&mut World, &Keypair) -> Vec<Instruction>,
    expected: TesseraError,
) {
    let (mut world, wallet, token) = scene();
    let mut instructions = before(&mut world, &wallet);
    instructions.push(subscribe(&world, &wallet, token));
    world
        .send(&instructions, &[&wallet])
        .expect_err("refused")
        .assert_is(expected);
}

/// Requires that a properly signed quote other than the one used is refused.
#[track_caller]
fn assert_mismatch(change: impl FnOnce(&mut Quote)) {
    assert_refused(
        |world, wallet| {
            let (mut quote, _) = world.quote(wallet, QUOTED, DEADLINE);
            change(&mut quote);
            vec![world.sign_quote(&world.quote_authority, &quote)]
        },
        TesseraError::QuoteMismatch,
    );
}

#[test]
fn every_account_and_byte_is_bound() {
    let (mut world, wallet, token) = scene();
    let (_, verification) = world.quote(&wallet, QUOTED, DEADLINE);
    let subscribe = subscribe(&world, &wallet, token);
    world
        .simulate(&[verification.clone(), subscribe.clone()], &[&wallet])
        .expect("as it is");
    let fake = Address::new_from_array([8; 32]);
    for wrong in [fake, world.org, sysvar::clock::ID] {
        let mut attack = subscribe.clone();
        attack.accounts[INSTRUCTIONS].pubkey = wrong;
        let refused = world
            .send(&[verification.clone(), attack], &[&wallet])
            .expect_err("no sysvar");
        assert_eq!(
            *refused.instruction_error(),
            InstructionError::InvalidArgument
        );
    }
}

#[test]
fn a_forged_copy_of_the_sysvar_is_refused() {
    let (mut world, wallet, token) = scene();
    // What the sysvar would hold if the quote had been verified.
    let fake = Address::new_from_array([8; 32]);
    let account = solana_account::Account {
        lamports: 1_000_000_000,
        data: vec![1; 512],
        owner: sysvar::ID,
        ..Default::default()
    };
    world.svm.set_account(fake, account).expect("set account");
    let mut subscribe = subscribe(&world, &wallet, token);
    subscribe.accounts[INSTRUCTIONS].pubkey = fake;
    world
        .send(&[subscribe], &[&wallet])
        .expect_err("fake sysvar")
        .assert_error(&InstructionError::InvalidArgument);
}

#[test]
fn without_the_sysvar_there_is_no_quote() {
    let (mut world, wallet, token) = scene();
    let (_, verification) = world.quote(&wallet, QUOTED, DEADLINE);
    let mut subscribe = subscribe(&world, &wallet, token);
    subscribe.accounts[INSTRUCTIONS] = AccountMeta::new_readonly(ID, false);
    world
        .send(&[verification, subscribe], &[&wallet])
        .expect_err("no sysvar")
        .assert_is(TesseraError::QuoteMissing);
}

#[test]
fn a_quote_stands_directly_before() {
    assert_refused(|_, _| vec![], TesseraError::QuoteMissing);
    let transfer = |world: &World| {
        let payer = world.payer.pubkey();
        solana_system_interface::instruction::transfer(&payer, &payer, 1)
    };
    assert_refused(
        |world, wallet| {
            let (_, verification) = world.quote(wallet, QUOTED, DEADLINE);
            vec![verification, transfer(world)]
        },
        TesseraError::QuoteMissing,
    );
    let (mut world, wallet, token) = scene();
    let (_, verification) = world.quote(&wallet, QUOTED, DEADLINE);
    let instructions = [subscribe(&world, &wallet, token), verification];
    world
        .send(&instructions, &[&wallet])
        .expect_err("behind")
        .assert_is(TesseraError::QuoteMissing);
}

#[test]
fn the_same_bytes_for_another_program_are_no_quote() {
    assert_refused(
        |world, wallet| {
            world.add_forwarder();
            let (_, verification) = world.quote(wallet, QUOTED, DEADLINE);
            // A call that succeeds and carries the verification's bytes.
            vec![Instruction {
                program_id: world::forwarder::FORWARDER,
                accounts: vec![],
                data: verification.data,
            }]
        },
        TesseraError::QuoteMissing,
    );
}

#[test]
fn a_verification_with_accounts_is_refused() {
    assert_refused(
        |world, wallet| {
            let (_, mut verification) = world.quote(wallet, QUOTED, DEADLINE);
            let payer = world.payer.pubkey();
            verification
                .accounts
                .push(AccountMeta::new_readonly(payer, false));
            vec![verification]
        },
        TesseraError::QuoteMissing,
    );
}

#[test]
fn a_broken_signature_never_reaches_the_program() {
    let (mut world, wallet, token) = scene();
    for byte in [PUBLIC_KEY_OFFSET, SIGNATURE_OFFSET, MESSAGE_OFFSET] {
        let (_, mut verification) = world.quote(&wallet, QUOTED, DEADLINE);
        verification.data[byte] ^= 1;
        let instructions = [verification, subscribe(&world, &wallet, token)];
        let refused = world
            .send(&instructions, &[&wallet])
            .expect_err("the runtime verifies");
        assert!(
            !refused
                .logs
                .iter()
                .any(|line| line.contains(&ID.to_string()))
        );
    }
}

#[test]
fn another_key_quotes_nothing() {
    assert_refused(
        |world, wallet| {
            let (quote, _) = world.quote(wallet, QUOTED, DEADLINE);
            vec![world.sign_quote(wallet, &quote)]
        },
        TesseraError::QuoteWrongSigner,
    );
}

#[test]
fn a_quote_is_for_one_program_org_plan_wallet_price_and_deadline() {
    let other = Address::new_from_array([8; 32]);
    assert_mismatch(|quote| quote.domain = *b"TESSERA_QUOTE_V2");
    assert_mismatch(|quote| quote.program = other);
    assert_mismatch(|quote| quote.org = other);
    assert_mismatch(|quote| quote.plan = other);
    assert_mismatch(|quote| quote.wallet = other);
    assert_mismatch(|quote| quote.price -= 1);
    assert_mismatch(|quote| quote.deadline += 1);
}

#[test]
fn the_quoted_price_lies_between_floor_and_ceiling() {
    for (price, within) in [
        (PRICE / 2 - 1, false),
        (PRICE / 2, true),
        (PRICE * 2, true),
        (PRICE * 2 + 1, false),
    ] {
        let (mut world, wallet, token) = scene();
        let (_, verification) = world.quote(&wallet, price, DEADLINE);
        let subscribe = world.subscribe(&wallet, token, args(&world, price, DEADLINE));
        let result = world.send(&[verification, subscribe], &[&wallet]);
        match within {
            true => assert_eq!(world.subscription(&wallet).price, price),
            false => result
                .expect_err("outside")
                .assert_is(TesseraError::QuoteOutOfRange),
        }
    }
}

#[test]
fn a_quote_is_void_after_its_deadline() {
    for (deadline, valid) in [(START - 1, false), (START, true)] {
        let (mut world, wallet, token) = scene();
        let (_, verification) = world.quote(&wallet, QUOTED, deadline);
        let subscribe = world.subscribe(&wallet, token, args(&world, QUOTED, deadline));
        let result = world.send(&[verification, subscribe], &[&wallet]);
        match valid {
            true => assert!(result.is_ok()),
            false => result
                .expect_err("expired")
                .assert_is(TesseraError::QuoteExpired),
        }
    }
}

/// A verification of the quote whose data is changed by `change`, which keeps it valid for the
/// runtime.
#[track_caller]
fn assert_malformed(change: impl FnOnce(&World, &mut Vec<u8>, &Quote) -> Vec<Instruction>) {
    assert_refused(
        |world, wallet| {
            let (quote, mut verification) = world.quote(wallet, QUOTED, DEADLINE);
            let mut instructions = change(world, &mut verification.data, &quote);
            instructions.push(verification);
            instructions
        },
        TesseraError::QuoteMalformed,
    );
}

#[test]
fn no_offset_points_into_another_instruction() {
    // Signature, key and message in turn come from an identical verification before it.
    for (field, index) in [(4, 0), (8, 0), (14, 0)] {
        assert_malformed(|world, data, quote| {
            let twin = world.sign_quote(&world.quote_authority, quote);
            data[field..field + 2].copy_from_slice(&[index, 0]);
            vec![twin]
        });
    }
}

#[test]
fn no_offset_names_this_instruction_by_number() {
    for field in [4, 8, 14] {
        assert_malformed(|_, data, _| {
            data[field..field + 2].copy_from_slice(&[0, 0]);
            vec![]
        });
    }
}

#[test]
fn a_message_within_a_longer_one_is_refused() {
    assert_malformed(|_, data, _| {
        data.push(0);
        vec![]
    });
}

#[test]
fn two_signatures_in_one_verification_are_refused() {
    assert_malformed(|world, data, _| {
        let other = quote::message(ID, ID, ID, 1, 1);
        let signature = world.quote_authority.sign_message(bytes_of(&other));
        let (key, len) = (world.quote_authority.pubkey(), size_of::<Quote>());
        // Two offset tables, then the good parts, then the others.
        let base = 2 + 2 * 14;
        let first = [base + 32, base, base + 96];
        let second = first.map(|offset| offset + 96 + len);
        let mut two = vec![2, 0];
        for [signature_at, key_at, message_at] in [first, second] {
            for value in [
                signature_at,
                0xffff,
                key_at,
                0xffff,
                message_at,
                len,
                0xffff,
            ] {
                two.extend_from_slice(&u16::try_from(value).expect("short").to_le_bytes());
            }
        }
        two.extend_from_slice(&data[PUBLIC_KEY_OFFSET..]);
        two.extend_from_slice(key.as_ref());
        two.extend_from_slice(signature.as_ref());
        two.extend_from_slice(bytes_of(&other));
        *data = two;
        vec![]
    });
}

#[test]
fn no_signature_at_all_is_refused() {
    assert_malformed(|_, data, _| {
        data[0] = 0;
        data.truncate(2);
        vec![]
    });
}

#[test]
fn a_quote_for_one_wallet_is_worth_nothing_to_another() {
    let (mut world, wallet, _) = scene();
    let thief = key(31);
    let token = world.join(&thief, None);
    let (_, verification) = world.quote(&wallet, QUOTED, DEADLINE);
    let subscribe = subscribe(&world, &thief, token);
    world
        .send(&[verification, subscribe], &[&thief])
        .expect_err("another wallet's quote")
        .assert_is(TesseraError::QuoteMismatch);
}

#[test]
fn a_quote_does_not_lower_the_price_of_who_does_not_use_it() {
    let (mut world, wallet, token) = scene();
    let (_, verification) = world.quote(&wallet, QUOTED, DEADLINE);
    let args = SubscribeArgs {
        expected_price: QUOTED,
        ..world.subscribe_args()
    };
    let subscribe = world.subscribe(&wallet, token, args);
    world
        .send(&[verification, subscribe], &[&wallet])
        .expect_err("not declared")
        .assert_is(TesseraError::TermsChanged);
}

#[test]
fn the_quoted_price_is_locked() {
    let (mut world, wallet, token) = scene();
    let (quote, verification) = world.quote(&wallet, QUOTED, DEADLINE);
    assert_eq!((quote.domain, quote.program), (QUOTE_DOMAIN, ID));
    let before = world.balance(&token);
    let sent = world
        .send(
            &[verification, subscribe(&world, &wallet, token)],
            &[&wallet],
        )
        .expect("subscribe");
    let Event::Subscribed(event, _) = sent.event() else {
        panic!("another event");
    };
    assert_eq!((event.quoted, event.settlement.debit), (1, QUOTED));
    assert_eq!(world.subscription(&wallet).price, QUOTED);
    assert_eq!(world.balance(&token), before - QUOTED);

    let due = world.subscription(&wallet).next_due;
    world.advance(due - START);
    world
        .send(&[world.charge(&wallet, token, None)], &[])
        .expect("charge");
    assert_eq!(world.balance(&token), before - 2 * QUOTED);
}

#[test]
fn an_unused_precompile_elsewhere_does_no_harm() {
    let (mut world, wallet, token) = scene();
    let (_, first) = world.quote(&key(60), QUOTED, DEADLINE);
    let (_, second) = world.quote(&wallet, QUOTED, DEADLINE);
    world
        .send(
            &[first, second, subscribe(&world, &wallet, token)],
            &[&wallet],
        )
        .expect("the one directly before counts");
}
