use solana_address::Address;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    types::{
        ID, NO_ADDRESS, TesseraError,
        accounts::{Header, Org, OrgSettings, Tier},
        args::CreateOrgArgs,
        limits::{
            MAX_BOOST_BPS, MAX_DISCOUNT_BPS, MAX_EXPIRY_EPOCHS, MAX_HOLD_SECS,
            MIN_POINTS_EPOCH_SECS,
        },
    },
};
use world::{CLUSTER_TAG, START, START_SLOT, World, key, replace};

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
        |args| args.settings.commission_bps = [5_000, 0, 1],
        TesseraError::CommissionTooHigh,
    );
    // The sum of the levels does not wrap at 16 bits.
    assert_refused(
        |args| args.settings.commission_bps = [u16::MAX, 1, 0],
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
        assert_refused(
            |args| args.settings.tiers = tiers,
            TesseraError::TiersOutOfOrder,
        );
    }
}

#[test]
fn boosts_are_bounded_even_in_unused_tiers() {
    assert_refused(
        |args| args.settings.tiers[3].points_boost_bps = MAX_BOOST_BPS + 1,
        TesseraError::BoostTooHigh,
    );
}

#[test]
fn discounts_are_bounded_even_in_unused_tiers() {
    assert_refused(
        |args| args.settings.tiers[3].discount_bps = MAX_DISCOUNT_BPS + 1,
        TesseraError::DiscountTooHigh,
    );
}

#[test]
fn points_expire_within_a_few_epochs_or_never() {
    for (secs, epochs) in [
        (0, 1),
        (MIN_POINTS_EPOCH_SECS - 1, 0),
        (MIN_POINTS_EPOCH_SECS, MAX_EXPIRY_EPOCHS + 1),
    ] {
        assert_refused(
            |args| {
                args.settings.points_epoch_secs = secs;
                args.settings.points_expiry_epochs = epochs;
            },
            TesseraError::ExpiryOutOfRange,
        );
    }
}

#[test]
fn reserved_bytes_and_flags_are_zero() {
    assert_refused(
        |args| args.settings.pause_flags = 4,
        TesseraError::SpareNotZero,
    );
    assert_refused(
        |args| args.settings.tiers[0].spare[3] = 1,
        TesseraError::SpareNotZero,
    );
}

#[test]
fn treasury_and_quote_authority_are_somebody() {
    assert_refused(
        |args| args.settings.treasury = NO_ADDRESS,
        TesseraError::ZeroAddress,
    );
    assert_refused(
        |args| args.settings.quote_authority = NO_ADDRESS,
        TesseraError::ZeroAddress,
    );
}

#[test]
fn the_hold_is_at_most_a_year() {
    assert_refused(
        |args| args.settings.hold_secs = MAX_HOLD_SECS + 1,
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
fn the_address_follows_from_creator_and_id() {
    let mut world = World::without_org();
    let create = world.create_org(world.create_org_args());
    for (creator, id) in [(key(2), 2), (key(9), 1)] {
        let wrong = address::org(&creator.pubkey(), id);
        world
            .send(&[replace(&create, &world.org, &wrong)], &[&key(2)])
            .expect_err("another org's address")
            .assert_is(TesseraError::WrongAddress);
    }
}

#[test]
fn every_field_is_written() {
    let mut world = World::without_org();
    let args = world.create_org_args();
    let sent = world
        .send(&[world.create_org(args)], &[&key(2)])
        .expect("create_org");
    let creator = world.authority.pubkey();
    let (address, bump) =
        Address::find_program_address(&[b"org", creator.as_ref(), &1u64.to_le_bytes()], &ID);
    let org = world.org_account();
    let mut header = Header::new(bump, START_SLOT, world.payer.pubkey());
    (header.receipt_seq, header.receipt_head) = (1, org.header.receipt_head);
    let expected = Org {
        header,
        creator,
        authority: creator,
        pending_authority: NO_ADDRESS,
        settings: args.settings,
        id: 1,
        created_at: START,
        cluster_tag: CLUSTER_TAG,
        highest_plan_id: 0,
        highest_campaign_id: 0,
        highest_pool_id: 0,
        open_accounts: 0,
        plans_on_vaults: 0,
        admin_pause_flags: 0,
        spare: [0; 55],
    };
    assert_eq!(org, expected);

    let Event::OrgCreated(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.life, event.receipt.seq), (START_SLOT, 1));
    assert_eq!((event.authority, event.settings), (creator, args.settings));
    assert_eq!((event.id, event.cluster_tag), (1, CLUSTER_TAG));
    assert_eq!(world.assert_receipts::<Org>(&address), 1);
}

#[test]
fn the_limits_themselves_are_allowed() {
    let mut world = World::without_org();
    let mut args = world.create_org_args();
    args.settings = OrgSettings {
        tiers: [
            tier(1, MAX_BOOST_BPS),
            Tier {
                discount_bps: MAX_DISCOUNT_BPS,
                ..tier(2, 0)
            },
            tier(3, 0),
            tier(u64::MAX - 1, 0),
        ],
        hold_secs: MAX_HOLD_SECS,
        points_epoch_secs: MIN_POINTS_EPOCH_SECS,
        commission_bps: [5_000, 0, 0],
        pause_flags: Org::PAUSE_SUBSCRIBE | Org::PAUSE_CHARGE,
        points_expiry_epochs: MAX_EXPIRY_EPOCHS,
        ..args.settings
    };
    world
        .send(&[world.create_org(args)], &[&key(2)])
        .expect("create_org");
}

#[test]
fn the_authority_may_pay() {
    let mut world = World::without_org();
    let create = world.create_org(world.create_org_args());
    let payer = world.payer.pubkey();
    let own = address::org(&payer, 1);
    let create = replace(&create, &key(2).pubkey(), &payer);
    let create = replace(&create, &world.org, &own);
    world.send(&[create], &[]).expect("create_org");
    assert_eq!(world.account::<Org>(&own).authority, payer);
}
