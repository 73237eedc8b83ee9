use solana_address::Address;
use solana_program_pack::Pack;
use solana_signer::Signer;
use spl_token_2022_interface::{instruction::initialize_multisig2, state::Multisig};
use tessera_client::{
    Event, address,
    types::{
        ID, TesseraError,
        accounts::{Header, Ledger},
    },
};
use world::{START, START_SLOT, World, key, replace};

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let open = world.open_ledger(&wallet);
    world.assert_withstands(&open, &[]);
}

#[test]
fn the_member_is_of_the_org() {
    let mut world = World::new();
    let elsewhere = world.second_org();
    let wallet = key(30);
    world.join(&wallet, None);
    world.within(elsewhere, |world| world.join(&wallet, None));
    let open = world.open_ledger(&wallet);
    let home = world.member_address(&wallet);
    let there = address::member(&elsewhere.org, &wallet.pubkey());
    world
        .send(&[replace(&open, &home, &there)], &[])
        .expect_err("member of another org")
        .assert_is(TesseraError::WrongOrg);
}

#[test]
fn the_mint_is_a_live_mint_of_the_token_program() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let original = world.svm.get_account(&world.mint).expect("mint");
    let mint = world.mint;
    let mut foreign = original.clone();
    foreign.owner = Address::new_from_array([9; 32]);
    let mut dead = original;
    dead.data.fill(0);
    for (fake, expected) in [
        (foreign, TesseraError::UnsupportedTokenProgram),
        (dead, TesseraError::MintMissing),
    ] {
        world.svm.set_account(mint, fake).expect("set account");
        world
            .send(&[world.open_ledger(&wallet)], &[])
            .expect_err("fake mint")
            .assert_is(expected);
    }
}

/// A multisig's bytes are its creator's to choose, also those that say what an account is.
#[test]
fn a_multisig_of_the_token_program_is_no_mint() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let multisig = key(70);
    let mut members = [[9; 32]; 11];
    // Where a mint says that it is initialised, and where Token-2022 says what follows.
    members[1][45 - 35] = 1;
    members[5][165 - 163] = 1;
    let members = members.map(Address::new_from_array);
    let all: Vec<&Address> = members.iter().collect();
    let program = world.token_program;
    let initialize = initialize_multisig2(&program, &multisig.pubkey(), &all, 1);
    let instructions = [
        world.create(&multisig.pubkey(), Multisig::LEN, &program),
        initialize.expect("valid"),
    ];
    world.send(&instructions, &[&multisig]).expect("a multisig");
    world.mint = multisig.pubkey();
    world
        .send(&[world.open_ledger(&wallet)], &[])
        .expect_err("no mint")
        .assert_is(TesseraError::MintMissing);
}

#[test]
fn opening_a_ledger_again_changes_nothing_and_leaves_no_receipt() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    world
        .send(&[world.open_ledger(&wallet)], &[])
        .expect("open");
    let before = world.ledger(&wallet);
    world.advance(1);
    let sent = world
        .send(&[world.open_ledger(&wallet)], &[])
        .expect("open again");
    assert_eq!(sent.events(), Vec::<Vec<u8>>::new());
    assert_eq!(world.ledger(&wallet), before);
}

#[test]
fn every_account_is_bound_when_the_ledger_is_open() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let open = world.open_ledger(&wallet);
    world.send(std::slice::from_ref(&open), &[]).expect("open");
    // The System program is called only to create it.
    world.assert_withstands_except(&[5], &open, &[]);
}

#[test]
fn anyone_opens_a_members_ledger_and_every_field_is_written() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let sent = world
        .send(&[world.open_ledger(&wallet)], &[])
        .expect("without the member's signature");

    let bump = |seeds: &[&[u8]]| Address::find_program_address(seeds, &ID).1;
    let (org, mint, owner) = (world.org, world.mint, wallet.pubkey());
    let address = world.ledger_address(&wallet);
    let ledger = world.ledger(&wallet);
    let ledger_bump = bump(&[b"ledger", org.as_ref(), owner.as_ref(), mint.as_ref()]);
    let mut header = Header::new(ledger_bump, START_SLOT, world.payer.pubkey());
    (header.receipt_seq, header.receipt_head) = (1, ledger.header.receipt_head);
    let expected = Ledger {
        header,
        org,
        wallet: owner,
        mint,
        vault: address::vault(&org, &mint),
        held: 0,
        release_at: 0,
        queued: 0,
        queued_release_at: 0,
        claimable: 0,
        claimed: 0,
        debt: 0,
        accrued_at: 0,
        vault_bump: bump(&[b"vault", org.as_ref(), mint.as_ref()]),
        spare: [0; 31],
    };
    assert_eq!(ledger, expected);

    let Event::LedgerOpened(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.seq, event.receipt.at), (1, START));
    assert_eq!((event.org, event.wallet, event.mint), (org, owner, mint));
    assert_eq!(world.assert_receipts::<Ledger>(&address), 1);
}
