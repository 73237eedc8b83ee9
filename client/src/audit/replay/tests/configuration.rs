use super::{ANN, BOB, OWNER, Scene, org, settings, share};
use crate::{address, audit::Check, decode::Event};
use bytemuck::Zeroable;
use tessera_types::{
    NO_ADDRESS,
    accounts::{Org, OrgSettings},
    events::{AuthorityAccepted, AuthorityProposed, ConfigSet, OrgPaused, OrgUpdated},
    limits::{
        MAX_BOOST_BPS, MAX_COMMISSION_BPS, MAX_DISCOUNT_BPS, MAX_HOLD_SECS, MIN_POINTS_EPOCH_SECS,
    },
};

fn updated(scene: &mut Scene, settings: OrgSettings) -> Vec<Check> {
    let receipt = scene.next(org(), 900);
    scene.found(Event::OrgUpdated(OrgUpdated { receipt, settings }))
}

#[test]
fn commission_stays_below_what_the_config_allows() {
    let mut high = settings();
    high.commission_bps = [1_000, 1_000, 1];
    let found = updated(&mut Scene::new(), high);
    assert_eq!(found, [Check::Configuration]);
}

#[test]
fn what_an_org_sets_is_within_the_limits() {
    let edits: [fn(&mut OrgSettings); 13] = [
        |it| it.treasury = NO_ADDRESS,
        |it| it.quote_authority = NO_ADDRESS,
        |it| it.tiers[0].points_boost_bps = MAX_BOOST_BPS + 1,
        |it| it.tiers[0].discount_bps = MAX_DISCOUNT_BPS + 1,
        |it| it.tiers[3].spare[3] = 1,
        |it| it.tiers[0].points_threshold = 0,
        |it| it.tiers[1].points_threshold = it.tiers[0].points_threshold,
        |it| it.tiers.swap(0, 3),
        |it| it.hold_secs = MAX_HOLD_SECS + 1,
        |it| it.points_epoch_secs = MIN_POINTS_EPOCH_SECS - 1,
        |it| it.points_expiry_epochs = 1,
        |it| (it.points_epoch_secs, it.points_expiry_epochs) = (3_600, 4),
        |it| it.pause_flags = 4,
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        let mut other = settings();
        edit(&mut other);
        let found = updated(&mut Scene::new(), other);
        assert_eq!(found, [Check::Configuration], "edit {number}");
    }
    let mut highest = settings();
    highest.commission_bps = [2_000, 0, 0];
    highest.tiers[1].points_threshold = 101;
    highest.tiers[1].discount_bps = MAX_DISCOUNT_BPS;
    (highest.points_epoch_secs, highest.points_expiry_epochs) = (MIN_POINTS_EPOCH_SECS, 3);
    assert_eq!(updated(&mut Scene::new(), highest), []);
}

#[test]
fn the_config_is_its_admins_and_within_the_limits() {
    let set = |edit: fn(&mut ConfigSet)| {
        let mut scene = Scene::new();
        let mut event = ConfigSet {
            receipt: scene.next(address::config(), 9),
            admin: OWNER,
            max_commission_bps: MAX_COMMISSION_BPS,
            ..ConfigSet::zeroed()
        };
        edit(&mut event);
        scene.found(Event::ConfigSet(event))
    };
    assert_eq!(set(|it| it.admin = ANN), [Check::Configuration]);
    assert_eq!(set(|it| it.pause_flags = 2), [Check::Configuration]);
    let higher = set(|it| it.max_commission_bps = MAX_COMMISSION_BPS + 1);
    assert_eq!(higher, [Check::Configuration]);
    assert_eq!(set(|it| it.receipt.account = ANN), [Check::Addresses]);
    assert_eq!(set(|_| {}), []);
}

#[test]
fn new_terms_are_those_of_the_org_at_the_moment() {
    let mut scene = Scene::new();
    let mut other = settings();
    other.commission_bps = [500, 0, 0];
    assert_eq!(updated(&mut scene, other), []);
    let event = scene.signed();
    let found = scene.found(Event::Subscribed(event, share(100)));
    // The rate, and with it the merchant's part and the share.
    let laws = [Check::Commission, Check::Charges, Check::Commission];
    assert_eq!(found, laws);
}

#[test]
fn nobody_subscribes_while_org_or_admin_has_paused_it() {
    let mut paused = settings();
    paused.pause_flags = Org::PAUSE_SUBSCRIBE;
    let mut scene = Scene::new();
    updated(&mut scene, paused);
    let event = scene.signed();
    let found = scene.found(Event::Subscribed(event, share(100)));
    assert_eq!(found, [Check::Configuration]);

    let mut scene = Scene::new();
    let receipt = scene.next(org(), 900);
    scene.apply(Event::OrgPaused(OrgPaused {
        receipt,
        flags: Org::PAUSE_SUBSCRIBE,
        spare: [0; 7],
    }));
    let event = scene.signed();
    let found = scene.found(Event::Subscribed(event, share(100)));
    assert_eq!(found, [Check::Configuration]);
}

#[test]
fn an_authority_is_who_was_proposed() {
    for account in [org(), address::config()] {
        let mut scene = Scene::new();
        let proposed = AuthorityProposed {
            receipt: scene.next(account, 10),
            pending: ANN,
        };
        assert_eq!(scene.found(Event::AuthorityProposed(proposed)), []);
        for (authority, found) in [(ANN, vec![]), (BOB, vec![Check::Configuration])] {
            let receipt = scene.next(account, 11);
            let accepted = AuthorityAccepted { receipt, authority };
            assert_eq!(scene.found(Event::AuthorityAccepted(accepted)), found);
        }
    }
}
