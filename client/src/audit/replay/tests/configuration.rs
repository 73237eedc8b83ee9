use super::{ANN, BOB, CODE, OWNER, Scene, org, settings, share};
use crate::{address, audit::Check, decode::Event};
use bytemuck::Zeroable;
use tessera_types::{
    accounts::{Config, Org, OrgSettings},
    args::CreatePlanArgs,
    events::{
        AuthorityAccepted, AuthorityProposed, CodeOffered, CodeTransferred, ConfigSet, OrgPaused,
        OrgUpdated, PlanCreated,
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
fn new_terms_are_those_of_the_org_at_the_moment() {
    let mut scene = Scene::new();
    let mut other = settings();
    other.commission_bps = [500, 0, 0];
    assert_eq!(updated(&mut scene, other), []);
    let event = scene.signed();
    let found = scene.found(Event::Subscribed(event, share(100)));
    assert_eq!(found, [Check::Commission]);
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

#[test]
fn a_code_goes_to_the_member_whom_it_was_offered_to() {
    let code = address::code(&org(), &CODE);
    for (owner, found) in [
        (BOB, vec![]),
        (ANN, vec![Check::Configuration]),
        (OWNER, vec![Check::Configuration; 2]),
    ] {
        let mut scene = Scene::new();
        let receipt = scene.next(code, 10);
        let pending_owner = BOB;
        scene.apply(Event::CodeOffered(CodeOffered {
            receipt,
            pending_owner,
        }));
        let receipt = scene.next(code, 11);
        let taken = CodeTransferred { receipt, owner };
        assert_eq!(scene.found(Event::CodeTransferred(taken)), found);
    }
}

fn created(scene: &mut Scene, id: u64) -> Vec<Check> {
    let mint = super::MINT;
    let receipt = scene.next(super::plan(id), 10);
    let terms = CreatePlanArgs {
        id,
        ..CreatePlanArgs::zeroed()
    };
    scene.found(Event::PlanCreated(PlanCreated {
        receipt,
        org: org(),
        mint,
        token_program: mint,
        destination: OWNER,
        vault: address::vault(&org(), &mint),
        terms,
    }))
}

#[test]
fn ids_rise_and_nothing_is_created_while_that_is_paused() {
    assert_eq!(created(&mut Scene::new(), 0), [Check::Configuration]);
    let mut scene = Scene::new();
    scene.apply(Event::ConfigSet(ConfigSet {
        receipt: scene.next(address::config(), 9),
        admin: OWNER,
        max_commission_bps: 2_000,
        pause_flags: Config::PAUSE_CREATION,
        spare: [0; 5],
    }));
    assert_eq!(created(&mut scene, 3), [Check::Configuration]);
}
