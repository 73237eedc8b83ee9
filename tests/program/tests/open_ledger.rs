use solana_address::Address;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    types::{ID, LAYOUT_VERSION, TesseraError, accounts::Ledger},
};
use world::{HOLD, START, World, key, replace};

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
    for fake in [foreign, dead] {
        world.svm.set_account(mint, fake).expect("set account");
        world
            .send(&[world.open_ledger(&wallet)], &[])
            .expect_err("fake mint")
            .assert_is(TesseraError::UnsupportedTokenProgram);
    }
}

#[test]
fn a_ledger_is_opened_once() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    world
        .send(&[world.open_ledger(&wallet)], &[])
        .expect("open");
    let before = world.ledger(&wallet);
    assert!(world.send(&[world.open_ledger(&wallet)], &[]).is_err());
    assert_eq!(world.ledger(&wallet), before);
}

#[test]
fn lamports_sent_beforehand_do_not_block_it() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let ledger = world.ledger_address(&wallet);
    world.prefund(&ledger);
    world
        .send(&[world.open_ledger(&wallet)], &[])
        .expect("open");
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
    let expected = Ledger {
        org,
        wallet: owner,
        mint,
        receipt_head: ledger.receipt_head,
        receipt_seq: 1,
        held: 0,
        queued: 0,
        release_at: 0,
        claimable: 0,
        claimed: 0,
        debt: 0,
        hold_secs: HOLD,
        version: LAYOUT_VERSION,
        bump: bump(&[b"ledger", org.as_ref(), owner.as_ref(), mint.as_ref()]),
        vault_bump: bump(&[b"vault", org.as_ref(), mint.as_ref()]),
        spare: [0; 17],
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
