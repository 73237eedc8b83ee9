use super::{ANN, MINT, OWNER, Scene, org};
use crate::{address, audit::Check, decode::Event};
use bytemuck::Zeroable;
use tessera_types::{
    accounts::{Config, Plan},
    args::CreatePlanArgs,
    carrier::TOKEN_PROGRAM,
    events::{ConfigSet, IssuerSet, PlanCreated},
    limits::{MAX_PERIOD_SECS, MAX_TRIAL_SECS, MIN_EPOCH_SECS},
};

/// What is found about plan 3, which would be in order but for this.
fn created(scene: &mut Scene, edit: impl FnOnce(&mut PlanCreated)) -> Vec<Check> {
    let terms = CreatePlanArgs {
        id: 3,
        price: 1_000,
        price_floor: 1_000,
        price_ceiling: 1_000,
        keeper_fee_cap: 809,
        ends_at: 11,
        period_secs: 3_600,
        grace_secs: 1_800,
        ..CreatePlanArgs::zeroed()
    };
    let mut event = PlanCreated {
        receipt: scene.next(super::plan(3), 10),
        org: org(),
        mint: MINT,
        token_program: TOKEN_PROGRAM,
        destination: OWNER,
        vault: address::vault(&org(), &MINT),
        terms,
    };
    edit(&mut event);
    event.receipt.account = super::plan(event.terms.id);
    scene.found(Event::PlanCreated(event))
}

#[test]
fn ids_rise_and_nothing_is_created_while_that_is_paused() {
    let found = created(&mut Scene::new(), |plan| plan.terms.id = 0);
    assert_eq!(found, [Check::Configuration]);
    assert_eq!(created(&mut Scene::new(), |_| {}), []);
    let mut scene = Scene::new();
    scene.apply(Event::ConfigSet(ConfigSet {
        receipt: scene.next(address::config(), 9),
        admin: OWNER,
        max_commission_bps: 2_000,
        pause_flags: Config::PAUSE_CREATION,
        spare: [0; 5],
    }));
    assert_eq!(created(&mut scene, |_| {}), [Check::Configuration]);
}

#[test]
fn what_a_plan_announces_is_within_the_limits() {
    let edits: [fn(&mut CreatePlanArgs); 15] = [
        |it| it.flags = 8,
        |it| it.trial_secs = MAX_TRIAL_SECS + 1,
        |it| (it.flags, it.keeper_fee_cap, it.trial_secs) = (Plan::METERED, 0, 1),
        |it| it.flags = Plan::METERED,
        |it| it.price_ceiling = 999,
        |it| it.price_floor = 1_001,
        |it| (it.price_floor, it.keeper_fee_cap) = (0, 0),
        |it| (it.period_secs, it.grace_secs) = (3_599, 0),
        |it| it.period_secs = MAX_PERIOD_SECS + 1,
        |it| it.period_months = 1,
        |it| (it.period_secs, it.period_months) = (0, 13),
        |it| it.grace_secs = 1_801,
        |it| it.ends_at = 10,
        |it| it.keeper_fee_cap = 810,
        |it| it.spare = [1, 0],
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        let found = created(&mut Scene::new(), |plan| edit(&mut plan.terms));
        assert!(!found.is_empty(), "edit {number}");
        let others = found.iter().any(|it| *it != Check::Configuration);
        assert!(!others, "edit {number}: {found:?}");
    }
    let months = |it: &mut PlanCreated| {
        (it.terms.period_secs, it.terms.period_months) = (0, 12);
        it.terms.grace_secs = 12 * 14 * 86_400;
    };
    assert_eq!(created(&mut Scene::new(), months), []);
}

#[test]
fn a_plan_is_paid_in_a_token_and_commission_goes_to_its_own_vault() {
    let found = created(&mut Scene::new(), |plan| plan.token_program = MINT);
    assert_eq!(found, [Check::Configuration]);
    let found = created(&mut Scene::new(), |plan| plan.vault = OWNER);
    assert_eq!(found, [Check::Addresses]);
}

#[test]
fn an_issuers_epoch_has_a_shortest_length() {
    let mut scene = Scene::new();
    let mut set = |epoch_secs: u32| {
        let receipt = scene.next(address::issuer(&org(), &ANN), 10);
        scene.found(Event::IssuerSet(IssuerSet {
            receipt,
            org: org(),
            key: ANN,
            epoch_budget: 1,
            epoch_secs,
            spare: [0; 4],
        }))
    };
    assert_eq!(set(MIN_EPOCH_SECS - 1), [Check::Points]);
    assert_eq!(set(MIN_EPOCH_SECS), []);
}
