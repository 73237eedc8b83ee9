use solana_address::Address;
use solana_instruction::error::InstructionError;
use solana_signer::Signer;
use tessera_client::{
    address,
    types::{
        LAYOUT_VERSION, NO_ADDRESS, TesseraError,
        accounts::{Org, Tier},
        args::CreateOrgArgs,
        limits::{MAX_BOOST_BPS, MAX_HOLD_SECS},
    },
};
use world::{START, World, key, replace};

#[track_caller]
fn assert_refused(change: impl FnOnce(&mut CreateOrgArgs), expected: TesseraError) {
    let mut world = World::without_org();
    let mut args = world.create_org_args();
    change(&mut args);
    world
        .send(&[world.create_org(args)], &[&key(2)])
        .expect_err("refused")
        .assert_is(expected);
}

fn tier(points_threshold: u64, points_boost_bps: u16) -> Tier {
    Tier {
        points_threshold,
        points_boost_bps,
        ..Tier::UNUSED
    }
}

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = World::without_org();
    let create = world.create_org(world.create_org_args());
    world.assert_withstands(&create, &[&key(2)]);
}

#[test]
fn commission_is_bounded_in_sum() {
    assert_refused(
        |args| args.commission_bps = [5_000, 0, 1],
        TesseraError::CommissionTooHigh,
    );
    // The sum of the levels does not wrap at 16 bits.
    assert_refused(
        |args| args.commission_bps = [u16::MAX, 1, 0],
        TesseraError::CommissionTooHigh,
    );
}

#[test]
fn tiers_rise_strictly_and_unused_ones_come_last() {
    for tiers in [
        [tier(0, 0), Tier::UNUSED, Tier::UNUSED, Tier::UNUSED],
        [tier(5, 0), tier(5, 0), Tier::UNUSED, Tier::UNUSED],
        [tier(5, 0), tier(4, 0), Tier::UNUSED, Tier::UNUSED],
        [Tier::UNUSED, tier(4, 0), Tier::UNUSED, Tier::UNUSED],
    ] {
        assert_refused(|args| args.tiers = tiers, TesseraError::TiersOutOfOrder);
    }
}

#[test]
fn boosts_are_bounded_even_in_unused_tiers() {
    assert_refused(
        |args| args.tiers[3].points_boost_bps = MAX_BOOST_BPS + 1,
        TesseraError::BoostTooHigh,
    );
}

#[test]
fn reserved_bytes_are_zero() {
    assert_refused(|args| args.spare[5] = 1, TesseraError::SpareNotZero);
    assert_refused(
        |args| args.tiers[3].discount_bps = 1,
        TesseraError::SpareNotZero,
    );
    assert_refused(
        |args| args.tiers[0].spare[3] = 1,
        TesseraError::SpareNotZero,
    );
}

#[test]
fn the_hold_is_at_most_a_year() {
    assert_refused(
        |args| args.hold_secs = MAX_HOLD_SECS + 1,
        TesseraError::HoldTooLong,
    );
}

#[test]
fn an_id_is_taken_once() {
    let mut world = World::new();
    let before = world.org_account();
    let create = world.create_org(world.create_org_args());
    assert!(world.send(&[create], &[&key(2)]).is_err());
    assert_eq!(world.org_account(), before);
}

#[test]
fn the_address_follows_from_the_id() {
    let mut world = World::without_org();
    let create = world.create_org(world.create_org_args());
    let create = replace(&create, &address::org(1), &address::org(2));
    world
        .send(&[create], &[&key(2)])
        .expect_err("another id's address")
        .assert_error(&InstructionError::InvalidSeeds);
}

#[test]
fn lamports_sent_beforehand_do_not_block_it() {
    let mut world = World::without_org();
    let org = world.org;
    world.prefund(&org);
    let create = world.create_org(world.create_org_args());
    world.send(&[create], &[&key(2)]).expect("create_org");
    let account = world.svm.get_account(&org).expect("org");
    let rent = world
        .svm
        .minimum_balance_for_rent_exemption(account.data.len());
    assert_eq!(account.lamports, rent);
}

#[test]
fn every_field_is_written() {
    let mut world = World::without_org();
    let args = world.create_org_args();
    world
        .send(&[world.create_org(args)], &[&key(2)])
        .expect("create_org");
    let (_, bump) =
        Address::find_program_address(&[b"org", &1u64.to_le_bytes()], &tessera_client::types::ID);
    let expected = Org {
        authority: world.authority.pubkey(),
        pending_authority: NO_ADDRESS,
        quote_authority: args.quote_authority,
        treasury: args.treasury,
        id: 1,
        created_at: START,
        tiers: args.tiers,
        hold_secs: args.hold_secs,
        commission_bps: args.commission_bps,
        pause_flags: 0,
        version: LAYOUT_VERSION,
        bump,
        spare: [0; 35],
    };
    assert_eq!(world.org_account(), expected);
}

#[test]
fn the_limits_themselves_are_allowed() {
    let mut world = World::without_org();
    let args = CreateOrgArgs {
        tiers: [
            tier(1, MAX_BOOST_BPS),
            tier(2, 0),
            tier(3, 0),
            tier(u64::MAX - 1, 0),
        ],
        hold_secs: MAX_HOLD_SECS,
        commission_bps: [5_000, 0, 0],
        ..world.create_org_args()
    };
    world
        .send(&[world.create_org(args)], &[&key(2)])
        .expect("create_org");
}

#[test]
fn the_authority_may_pay() {
    let mut world = World::without_org();
    let create = world.create_org(world.create_org_args());
    let create = replace(&create, &key(2).pubkey(), &world.payer.pubkey());
    world.send(&[create], &[]).expect("create_org");
    assert_eq!(world.org_account().authority, world.payer.pubkey());
}
