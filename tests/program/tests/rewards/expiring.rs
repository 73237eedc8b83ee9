//! An org whose points expire, and a member.

use solana_address::Address;
use solana_keypair::Keypair;
use tessera_client::{
    Event,
    types::{
        TesseraError,
        accounts::Member,
        events::{PointsAwarded, PointsRedeemed},
    },
};
use world::{START, World, key};

pub(super) const HOUR: u32 = 3_600;
pub(super) const EPOCH: i64 = HOUR as i64;

/// An org whose points live for `epochs` whole hours beyond the one they come in, and an issuer,
/// key 50. The clock stands at the start of an hour.
pub(super) fn world(epochs: u8) -> World {
    assert_eq!(START % EPOCH, 0);
    let mut world = World::new();
    set_expiry(&mut world, HOUR, epochs);
    let issuer = world.set_issuer(&key(50), u64::MAX);
    world.send(&[issuer], &[&key(2)]).expect("set_issuer");
    world
}

pub(super) fn set_expiry(world: &mut World, epoch_secs: u32, epochs: u8) {
    let mut settings = world.org_settings();
    settings.points_epoch_secs = epoch_secs;
    settings.points_expiry_epochs = epochs;
    let update = world.update_org(settings);
    world.send(&[update], &[&key(2)]).expect("update_org");
}

/// The same with a member, key 30, and his token account.
pub(super) fn with_member(epochs: u8) -> (World, Keypair, Address) {
    let mut world = world(epochs);
    let wallet = key(30);
    let token = world.join(&wallet, None);
    (world, wallet, token)
}

#[track_caller]
pub(super) fn award(world: &mut World, points: u64) -> PointsAwarded {
    let award = world.award(&key(50), &key(30), points);
    let sent = world.send(&[award], &[&key(50)]).expect("award");
    let Event::PointsAwarded(event) = sent.event() else {
        panic!("another event");
    };
    event
}

#[track_caller]
pub(super) fn redeem(world: &mut World, points: u64) -> PointsRedeemed {
    let redeem = world.redeem(&key(30), points);
    let sent = world.send(&[redeem], &[&key(30)]).expect("redeem");
    let Event::PointsRedeemed(event) = sent.event() else {
        panic!("another event");
    };
    event
}

#[track_caller]
pub(super) fn assert_holds(world: &mut World, points: u64) {
    assert_eq!(world.member(&key(30)).points_at(world.now()), points);
    let more = world.redeem(&key(30), points + 1);
    world
        .send(&[more], &[&key(30)])
        .expect_err("more than is there")
        .assert_is(TesseraError::InsufficientPoints);
    if points > 0 {
        let all = world.redeem(&key(30), points);
        world.simulate(&[all], &[&key(30)]).expect("all of it");
    }
}

/// Points that expire, and when, counted from the start in hours.
pub(super) fn buckets(member: &Member) -> Vec<(u64, i64)> {
    let places = member.expiring_points.iter().zip(member.expires_at);
    places
        .filter(|(points, _)| **points > 0)
        .map(|(points, at)| (*points, (at - START) / EPOCH))
        .collect()
}
