//! Plans, and the keys that may award an org's points.

use super::configuration::open_in;
use crate::{
    decode::Event,
    model::{Numbered, State, rules::References},
};
use bytemuck::Zeroable;
use tessera_types::{
    accounts::{Issuer, Plan},
    events::{IssuerSet, PlanCreated},
};

pub(super) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::PlanCreated(event) => plan_created(state, event),
        Event::PlanSunset(event) => {
            if let Some(plan) = state.plans.get_mut(&event.receipt.account) {
                plan.sunset_at = event.at;
            }
        }
        Event::IssuerSet(event) => issuer_set(state, event),
        _ => {}
    }
}

fn plan_created(state: &mut State, event: &PlanCreated) {
    let (address, terms) = (event.receipt.account, &event.terms);
    open_in(state, &event.org);
    // The program takes that consent only where there is a delegate.
    if terms.flags & Plan::PERMANENT_DELEGATE != 0 {
        state.consents.insert(event.mint);
    }
    // The first plan on a vault creates it.
    let created_by = *state.vaults.entry(event.vault).or_insert(address);
    if let Some(org) = state.orgs.get_mut(&event.org) {
        org.highest_plan_id = terms.id;
        if created_by != address {
            org.plans_on_vaults = org.plans_on_vaults.saturating_add(1);
        }
    }
    let plan = Plan {
        org: event.org,
        mint: event.mint,
        token_program: event.token_program,
        destination: event.destination,
        vault: event.vault,
        id: terms.id,
        price: terms.price,
        price_floor: terms.price_floor,
        price_ceiling: terms.price_ceiling,
        points_per_charge: terms.points_per_charge,
        keeper_fee_cap: terms.keeper_fee_cap,
        created_at: event.receipt.at,
        ends_at: terms.ends_at,
        sunset_at: i64::MAX,
        period_secs: terms.period_secs,
        trial_secs: terms.trial_secs,
        grace_secs: terms.grace_secs,
        period_months: terms.period_months,
        flags: terms.flags,
        ..Plan::zeroed()
    };
    state.plans.insert(address, plan);
}

/// The first event creates the issuer; later ones change its budget and leave the epoch alone.
fn issuer_set(state: &mut State, event: &IssuerSet) {
    let address = event.receipt.account;
    if !state.issuers.contains_key(&address) {
        open_in(state, &event.org);
    }
    let created = || Numbered {
        account: Issuer {
            org: event.org,
            key: event.key,
            epoch_started_at: event.receipt.at,
            ..Issuer::zeroed()
        },
        references: References::default(),
    };
    let issuer = state.issuers.entry(address).or_insert_with(created);
    issuer.account.epoch_budget = event.epoch_budget;
    issuer.account.epoch_secs = event.epoch_secs;
}
