use super::{ANN, CODE, OWNER, Scene, TOKEN, ledger, member, org, paid, plan, share, subscription};
use crate::{address, audit::Check, decode::Event};
use tessera_types::{
    Address,
    events::{Charged, Closed, CommissionClaimed, OrgCreated, PlanSunset, Settlement},
    limits::LEDGER_QUIET_SECS,
};

pub(super) fn closed(scene: &mut Scene, account: Address, at: i64) -> Vec<Check> {
    let chain = scene.replay.chains.get(&account);
    let head = chain.map_or([0; 32], |chain| chain.head);
    let receipt = scene.next(account, at);
    scene.found(Event::Closed(Closed {
        receipt,
        lamports: 1,
        head,
    }))
}

#[test]
fn what_is_in_use_does_not_close() {
    let authority = address::authority(&TOKEN);
    for (account, check) in [
        (org(), Check::Configuration),
        (plan(2), Check::Configuration),
        (subscription(), Check::Subscriptions),
        (ledger(), Check::Commission),
        (authority, Check::Approvals),
        (member(&ANN), Check::Referrals),
        (OWNER, Check::Receipts),
    ] {
        assert_eq!(closed(&mut Scene::subscribed(), account, 2_000), [check]);
    }
    let code = address::code(&org(), &CODE);
    assert_eq!(closed(&mut Scene::subscribed(), code, 2_000), []);
}

#[test]
fn a_ledger_closes_when_it_was_quiet_for_long() {
    let after = |secs: i64| {
        let mut scene = Scene::subscribed();
        let claimed = CommissionClaimed {
            receipt: scene.next(ledger(), 1_100),
            amount: 100,
            destination: ANN,
        };
        scene.apply(Event::CommissionClaimed(claimed));
        closed(&mut scene, ledger(), 1_000 + secs)
    };
    let quiet = i64::from(LEDGER_QUIET_SECS);
    assert_eq!(after(quiet - 1), [Check::Commission]);
    assert_eq!(after(quiet), []);
}

/// A charge after Ann has closed her ledger.
fn charged_after_close(flags: u8, amount: u64) -> Vec<Check> {
    let mut scene = Scene::subscribed();
    scene.replay.ledgers.remove(&ledger());
    let settlement = Settlement {
        flags,
        merchant: 900 - amount,
        ..paid(900, 110, 1, 4_600)
    };
    let event = Charged {
        receipt: scene.next(subscription(), 4_600),
        settlement,
    };
    scene.found(Event::Charged(event, share(amount)))
}

#[test]
fn who_closed_the_ledger_has_no_share_and_the_merchant_gets_it() {
    assert_eq!(charged_after_close(0, 0), [Check::Charges]);
    let flags = Settlement::LEDGER_CLOSED_1;
    let shared = charged_after_close(flags, 90);
    assert_eq!(shared, [Check::Charges, Check::Commission]);
    assert_eq!(charged_after_close(flags, 0), []);
}

fn sunset(scene: &mut Scene, id: u64, at: i64) -> Vec<Check> {
    let receipt = scene.next(plan(id), 10);
    scene.found(Event::PlanSunset(PlanSunset { receipt, at }))
}

#[test]
fn a_sunset_is_not_put_off() {
    let mut scene = Scene::new();
    assert_eq!(sunset(&mut scene, 1, 20), []);
    assert_eq!(sunset(&mut scene, 1, 20), [Check::Configuration]);
    assert_eq!(sunset(&mut scene, 1, 9), [Check::Configuration]);
}

/// Both plans are closed to new subscriptions.
fn over() -> Scene {
    let mut scene = Scene::new();
    for id in [1, 2] {
        assert_eq!(sunset(&mut scene, id, 20), []);
    }
    scene
}

#[test]
fn a_vault_closes_with_the_plan_that_created_it_and_after_the_others() {
    let first = closed(&mut over(), plan(1), 20);
    assert_eq!(first, [Check::Configuration]);
    let early = closed(&mut over(), plan(2), 19);
    assert_eq!(early, [Check::Configuration]);
    let mut scene = over();
    assert_eq!(closed(&mut scene, plan(2), 20), []);
    assert_eq!(closed(&mut scene, plan(1), 20), []);
    assert!(scene.replay.vaults.is_empty());
}

#[test]
fn an_org_that_closed_is_not_created_again() {
    let mut scene = over();
    for account in [plan(2), plan(1), org()] {
        assert_eq!(closed(&mut scene, account, 20), []);
    }
    scene.seqs.get_mut().remove(&org());
    let again = OrgCreated {
        receipt: scene.next(org(), 30),
        authority: OWNER,
        id: 1,
        cluster_tag: [0; 8],
        settings: super::settings(),
    };
    let found = scene.found(Event::OrgCreated(again));
    assert_eq!(found, [Check::Configuration]);
}
