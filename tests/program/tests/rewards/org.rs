//! What an authority changes of its org, and what the admin pauses.

use solana_signer::Signer;
use tessera_client::{
    Event,
    types::{
        NO_ADDRESS, TesseraError,
        accounts::{Org, OrgSettings, Tier},
        args::ConfigArgs,
        events::OrgUpdated,
        limits::{MAX_COMMISSION_BPS, MAX_DISCOUNT_BPS, MAX_HOLD_SECS, MIN_POINTS_EPOCH_SECS},
    },
};
use world::{HOLD, PERIOD, POINTS, PRICE, SHARES, World, key, replace};

#[track_caller]
fn update(world: &mut World, settings: OrgSettings) {
    let update = world.update_org(settings);
    world.send(&[update], &[&key(2)]).expect("update_org");
}

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = World::new();
    let mut settings = world.org_settings();
    settings.hold_secs = 7;
    let update = world.update_org(settings);
    world.assert_withstands(&update, &[&key(2)]);
    let propose = world.propose_authority(&key(2), key(40).pubkey());
    world.assert_withstands(&propose, &[&key(2)]);
    world.send(&[propose], &[&key(2)]).expect("propose");
    let accept = world.accept_authority(&key(40));
    world.assert_withstands(&accept, &[&key(40)]);
    let pause = world.pause_org(1);
    world.assert_withstands(&pause, &[&key(6)]);
}

#[test]
fn only_the_authority_updates_and_proposes() {
    let mut world = World::new();
    let update = world.update_org(world.org_settings());
    let propose = world.propose_authority(&key(2), key(40).pubkey());
    for other in [key(3), key(4), key(6), key(40)] {
        for good in [&update, &propose] {
            let attack = replace(good, &key(2).pubkey(), &other.pubkey());
            world
                .send(&[attack], &[&other])
                .expect_err("another signer")
                .assert_is(TesseraError::WrongAuthority);
        }
    }
}

#[test]
fn only_the_admin_pauses_from_outside() {
    let mut world = World::new();
    let pause = world.pause_org(1);
    for other in [key(2), key(3)] {
        let attack = replace(&pause, &key(6).pubkey(), &other.pubkey());
        world
            .send(&[attack], &[&other])
            .expect_err("another signer")
            .assert_is(TesseraError::WrongAuthority);
    }
    for flags in [4, 128, 255] {
        let attack = world.pause_org(flags);
        world
            .send(&[attack], &[&key(6)])
            .expect_err("no such flag")
            .assert_is(TesseraError::SpareNotZero);
    }
    let mut spare = pause;
    *spare.data.last_mut().expect("bytes") = 1;
    world
        .send(&[spare], &[&key(6)])
        .expect_err("spare")
        .assert_is(TesseraError::SpareNotZero);
}

#[test]
fn kept_signatures_change_nothing_back() {
    let mut world = World::new();
    let kept = [
        world.update_org(world.org_settings()),
        world.propose_authority(&key(2), key(40).pubkey()),
        world.pause_org(1),
    ];
    let mut settings = world.org_settings();
    settings.hold_secs = 7;
    update(&mut world, settings);
    for kept in kept {
        world
            .send(&[kept], &[&key(2), &key(6)])
            .expect_err("stale")
            .assert_is(TesseraError::StaleSeq);
    }
    assert_eq!(world.org_account().settings, settings);
}

#[test]
fn settings_beyond_the_limits_are_refused() {
    let mut world = World::new();
    let good = world.org_settings();
    let tier = |points_threshold| Tier {
        points_threshold,
        ..Tier::UNUSED
    };
    let cases: [(OrgSettings, TesseraError); 13] = [
        (
            OrgSettings {
                treasury: NO_ADDRESS,
                ..good
            },
            TesseraError::ZeroAddress,
        ),
        (
            OrgSettings {
                quote_authority: NO_ADDRESS,
                ..good
            },
            TesseraError::ZeroAddress,
        ),
        (
            OrgSettings {
                commission_bps: [MAX_COMMISSION_BPS, 0, 1],
                ..good
            },
            TesseraError::CommissionTooHigh,
        ),
        (
            OrgSettings {
                commission_bps: [u16::MAX; 3],
                ..good
            },
            TesseraError::CommissionTooHigh,
        ),
        (
            OrgSettings {
                hold_secs: MAX_HOLD_SECS + 1,
                ..good
            },
            TesseraError::HoldTooLong,
        ),
        (
            OrgSettings {
                points_epoch_secs: MIN_POINTS_EPOCH_SECS - 1,
                ..good
            },
            TesseraError::ExpiryOutOfRange,
        ),
        (
            OrgSettings {
                points_epoch_secs: MIN_POINTS_EPOCH_SECS,
                points_expiry_epochs: 4,
                ..good
            },
            TesseraError::ExpiryOutOfRange,
        ),
        (
            OrgSettings {
                points_expiry_epochs: 1,
                ..good
            },
            TesseraError::ExpiryOutOfRange,
        ),
        (
            OrgSettings {
                pause_flags: 4,
                ..good
            },
            TesseraError::SpareNotZero,
        ),
        (
            OrgSettings {
                tiers: [tier(2), tier(2), Tier::UNUSED, Tier::UNUSED],
                ..good
            },
            TesseraError::TiersOutOfOrder,
        ),
        (
            OrgSettings {
                tiers: [Tier::UNUSED, tier(2), Tier::UNUSED, Tier::UNUSED],
                ..good
            },
            TesseraError::TiersOutOfOrder,
        ),
        (
            OrgSettings {
                tiers: [
                    Tier {
                        discount_bps: MAX_DISCOUNT_BPS + 1,
                        ..tier(2)
                    },
                    Tier::UNUSED,
                    Tier::UNUSED,
                    Tier::UNUSED,
                ],
                ..good
            },
            TesseraError::DiscountTooHigh,
        ),
        (
            OrgSettings {
                tiers: [
                    Tier {
                        points_boost_bps: 10_001,
                        ..tier(2)
                    },
                    Tier::UNUSED,
                    Tier::UNUSED,
                    Tier::UNUSED,
                ],
                ..good
            },
            TesseraError::BoostTooHigh,
        ),
    ];
    for (settings, expected) in cases {
        let update = world.update_org(settings);
        world
            .send(&[update], &[&key(2)])
            .expect_err("beyond a limit")
            .assert_is(expected);
    }
    assert_eq!(world.org_account().settings, good);
}

#[test]
fn a_limit_that_the_admin_lowers_binds_the_next_settings() {
    let mut world = World::new();
    let seq = world.config().header.receipt_seq;
    let lower = world.set_config(ConfigArgs {
        seq,
        max_commission_bps: 1_749,
        ..world.config_args()
    });
    world.send(&[lower], &[&key(6)]).expect("set_config");
    let update = world.update_org(world.org_settings());
    world
        .send(&[update], &[&key(2)])
        .expect_err("above it now")
        .assert_is(TesseraError::CommissionTooHigh);
}

#[test]
fn an_update_is_a_receipt_of_all_of_it() {
    let mut world = World::new();
    let mut settings = world.org_settings();
    settings.hold_secs = 7;
    settings.points_epoch_secs = MIN_POINTS_EPOCH_SECS;
    settings.points_expiry_epochs = 3;
    let before = world.org_account();
    let update = world.update_org(settings);
    let sent = world.send(&[update], &[&key(2)]).expect("update_org");
    let Event::OrgUpdated(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(
        event,
        OrgUpdated {
            receipt: event.receipt,
            settings,
        }
    );
    assert_eq!((event.receipt.account, event.receipt.seq), (world.org, 2));
    let after = world.org_account();
    assert_eq!(
        after,
        Org {
            header: after.header,
            settings,
            ..before
        }
    );
    let org = world.org;
    assert_eq!(world.assert_receipts::<Org>(&org), 2);
}

#[test]
fn nothing_of_it_reaches_who_signed_before() {
    let mut world = World::new();
    let [(top, _), (second, _), (third, _), (wallet, token)] = world.referral_chain();
    world.subscribed(&wallet, token);
    let terms = world.subscription(&wallet).terms;
    let mut settings = world.org_settings();
    settings.commission_bps = [5, 0, 0];
    settings.hold_secs = 0;
    settings.treasury = key(41).pubkey();
    for tier in &mut settings.tiers[..2] {
        (tier.points_boost_bps, tier.discount_bps) = (10_000, 5_000);
    }
    settings.tiers[0].points_threshold = 1;
    update(&mut world, settings);
    world.advance(i64::from(PERIOD));
    let before = world.balance(&world.destination);
    let charge = world.charge(&wallet, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    let event = sent.event();
    let (money, shares) = event.settlement().expect("payment");
    let amounts: Vec<u64> = shares.iter().map(|share| share.amount).collect();
    assert_eq!((money.debit, money.points, money.tier), (PRICE, POINTS, 0));
    assert_eq!(amounts, SHARES);
    assert_eq!(world.subscription(&wallet).terms, terms);
    let merchant = PRICE - SHARES.iter().sum::<u64>();
    assert_eq!(world.balance(&world.destination), before + merchant);
    for (wallet, share) in [&third, &second, &top].into_iter().zip(SHARES) {
        let ledger = world.ledger(wallet);
        assert_eq!(ledger.queued + ledger.held + ledger.claimable, 2 * share);
        assert_eq!(ledger.held, share);
        assert_eq!(ledger.release_at, world.now() + i64::from(HOLD));
    }
}

#[test]
fn what_the_admin_paused_the_org_cannot_lift() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let pause = world.pause_org(Org::PAUSE_CHARGE | Org::PAUSE_SUBSCRIBE);
    let sent = world.send(&[pause], &[&key(6)]).expect("pause_org");
    let Event::OrgPaused(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!((event.flags, event.receipt.account), (3, world.org));
    let settings = world.org_settings();
    update(&mut world, settings);
    world.advance(i64::from(PERIOD));
    world
        .send(&[world.charge(&wallet, None)], &[])
        .expect_err("paused")
        .assert_is(TesseraError::Paused);
    let other = key(31);
    let token = world.join(&other, None);
    let subscribe = world.subscribe(&other, token, world.subscribe_args());
    world
        .send(std::slice::from_ref(&subscribe), &[&other])
        .expect_err("paused")
        .assert_is(TesseraError::Paused);
    // And the reverse.
    let lift = world.pause_org(0);
    world.send(&[lift], &[&key(6)]).expect("pause_org");
    world
        .send(&[world.charge(&wallet, None)], &[])
        .expect("charge");
    let mut settings = world.org_settings();
    settings.pause_flags = Org::PAUSE_SUBSCRIBE;
    update(&mut world, settings);
    let lift = world.pause_org(0);
    world.send(&[lift], &[&key(6)]).expect("pause_org");
    world
        .send(&[subscribe], &[&other])
        .expect_err("paused by the org")
        .assert_is(TesseraError::Paused);
    let cancel = world.cancel(&wallet);
    world.send(&[cancel], &[&wallet]).expect("the way out");
    let org = world.org;
    world.assert_receipts::<Org>(&org);
}
