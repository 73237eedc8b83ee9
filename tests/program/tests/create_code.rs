use solana_address::Address;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    types::{
        ID, NO_ADDRESS, TesseraError,
        accounts::{Code, Header},
    },
};
use world::{START, START_SLOT, World, code, key, replace};

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let create = world.create_code(&wallet, code("CODE"));
    world.assert_withstands(&create, &[&wallet]);
}

#[test]
fn malformed_codes_are_refused() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let mut after_padding = code("CODE");
    after_padding[15] = b'X';
    let mut high = code("CODE");
    high[3] = 0xff;
    for bytes in [
        [0; 16],
        code("AB"),
        code("code"),
        code("CODe"),
        code("TWO WORDS"),
        code("A.B"),
        after_padding,
        high,
    ] {
        world
            .send(&[world.create_code(&wallet, bytes)], &[&wallet])
            .expect_err("malformed")
            .assert_is(TesseraError::InvalidCode);
    }
}

#[test]
fn well_formed_codes_are_taken() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    for text in ["ABC", "A-1", "___", "0123456789ABCDEF"] {
        world
            .send(&[world.create_code(&wallet, code(text))], &[&wallet])
            .expect("create_code");
    }
}

#[test]
fn a_taken_code_stays_its_owners() {
    let mut world = World::new();
    let (owner, squatter) = (key(30), key(31));
    for wallet in [&owner, &squatter] {
        world.join(wallet, None);
    }
    world
        .send(&[world.create_code(&owner, code("CODE"))], &[&owner])
        .expect("create_code");
    let again = world.create_code(&squatter, code("CODE"));
    assert!(world.send(&[again], &[&squatter]).is_err());
    let account: Code = world.account(&address::code(&world.org, &code("CODE")));
    assert_eq!(account.owner, owner.pubkey());
}

#[test]
fn codes_of_two_orgs_do_not_collide() {
    let mut world = World::new();
    let elsewhere = world.second_org();
    let wallet = key(30);
    for place in [
        world::Place {
            org: world.org,
            plan: world.plan,
        },
        elsewhere,
    ] {
        world.within(place, |world| {
            world.join(&wallet, None);
            world
                .send(&[world.create_code(&wallet, code("CODE"))], &[&wallet])
                .expect("create_code");
        });
    }
}

#[test]
fn only_the_member_claims_in_its_name() {
    let mut world = World::new();
    let (member, thief) = (key(30), key(31));
    world.join(&member, None);
    let create = world.create_code(&member, code("CODE"));
    let create = replace(&create, &member.pubkey(), &thief.pubkey());
    world
        .send(&[create], &[&thief])
        .expect_err("foreign member")
        .assert_is(TesseraError::WrongWallet);
}

#[test]
fn who_is_no_member_has_no_code() {
    let mut world = World::new();
    let stranger = key(30);
    world
        .send(&[world.create_code(&stranger, code("CODE"))], &[&stranger])
        .expect_err("no member")
        .assert_is(TesseraError::AccountMissing);
}

#[test]
fn the_address_follows_from_the_code() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let create = world.create_code(&wallet, code("CODE"));
    let right = address::code(&world.org, &code("CODE"));
    let wrong = address::code(&world.org, &code("EDOC"));
    world
        .send(&[replace(&create, &right, &wrong)], &[&wallet])
        .expect_err("another code's address")
        .assert_is(TesseraError::WrongAddress);
}

#[test]
fn every_field_is_written() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let sent = world
        .send(&[world.create_code(&wallet, code("CODE"))], &[&wallet])
        .expect("create_code");
    let (address, bump) =
        Address::find_program_address(&[b"code", world.org.as_ref(), &code("CODE")], &ID);
    let account: Code = world.account(&address);
    let mut header = Header::new(bump, START_SLOT, world.payer.pubkey());
    (header.receipt_seq, header.receipt_head) = (1, account.header.receipt_head);
    let expected = Code {
        header,
        org: world.org,
        owner: wallet.pubkey(),
        pending_owner: NO_ADDRESS,
        code: code("CODE"),
        created_at: START,
        spare: [0; 32],
    };
    assert_eq!(account, expected);
    let Event::CodeCreated(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!((event.org, event.owner), (world.org, wallet.pubkey()));
    assert_eq!(event.code, code("CODE"));
    assert_eq!(world.assert_receipts::<Code>(&address), 1);
}
