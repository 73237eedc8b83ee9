//! An org and its plans as the program would take them.

use super::{Business, Offer, made_up};
use crate::simulation::{Scenario, ScenarioError, print::cost, scenario};
use chrono::NaiveTime;
use tessera_client::{
    address,
    model::{
        Command, State,
        command::{CreateOrg, CreatePlan, SetConfig},
    },
    types::{
        accounts::{OrgSettings, Tier},
        args::CreatePlanArgs,
        carrier::TOKEN_PROGRAM,
        limits::MAX_COMMISSION_BPS,
    },
};

const DAY_SECS: u32 = 86_400;

/// Days in seconds; more than the program counts become a number that it refuses.
fn days(days: u32) -> u32 {
    days.saturating_mul(DAY_SECS)
}

impl<'a> Business<'a> {
    /// Opens the org and its plans on the first day.
    pub(in crate::simulation) fn open(scenario: &'a Scenario) -> Result<Self, ScenarioError> {
        let owner = made_up(3, 0);
        let cost = cost(scenario, scenario.keeper.lamports_per_charge.into());
        let mut business = Self {
            scenario,
            state: State::default(),
            slot: 1,
            org: address::org(&owner, 1),
            mint: made_up(4, 0),
            destination: made_up(5, 0),
            plans: vec![],
            customers: vec![],
            claims_from: scenario
                .amount(scenario.customers.claims_from, "customers.claims_from")?,
            cost: u64::try_from(cost).unwrap_or(u64::MAX),
        };
        let config = SetConfig {
            admin: owner,
            max_commission_bps: MAX_COMMISSION_BPS,
            pause_flags: 0,
        };
        business.must(&config, "the config")?;
        let org = CreateOrg {
            authority: owner,
            id: 1,
            cluster_tag: [0; 8],
            settings: settings(scenario),
        };
        business.must(&org, "org")?;
        for number in 0..scenario.plans.len() {
            business.offer_plan(number)?;
        }
        Ok(business)
    }

    fn must(&mut self, command: &dyn Command, field: &str) -> Result<(), ScenarioError> {
        let midnight = self.scenario.starts_on.and_time(NaiveTime::MIN);
        let done = self.run(command, midnight.and_utc().timestamp());
        done.map(drop).map_err(|refusal| ScenarioError::Refused {
            field: field.to_owned(),
            refusal,
        })
    }

    fn offer_plan(&mut self, number: usize) -> Result<(), ScenarioError> {
        let plan = &self.scenario.plans[number];
        let price = self.scenario.amount(plan.price, "plans.price")?;
        let id = number as u64 + 1;
        let cap = self
            .scenario
            .amount(plan.keeper_fee_cap, "plans.keeper_fee_cap")?;
        let terms = CreatePlanArgs {
            id,
            price,
            price_floor: price,
            price_ceiling: price,
            points_per_charge: plan.points,
            keeper_fee_cap: cap,
            ends_at: i64::MAX,
            period_secs: 0,
            trial_secs: days(plan.trial_days),
            grace_secs: days(plan.grace_days),
            period_months: plan.period_months,
            flags: 0,
            spare: [0; 2],
        };
        let create = CreatePlan {
            org: self.org,
            mint: self.mint,
            token_program: TOKEN_PROGRAM,
            destination: self.destination,
            terms,
        };
        self.must(&create, &format!("plan {}", plan.name))?;
        let grace_secs = i64::from(terms.grace_secs);
        self.plans.push(Offer {
            address: address::plan(&self.org, id),
            price,
            trial: terms.trial_secs > 0,
            grace_secs,
            patience: patience(cap, self.cost, grace_secs),
        });
        Ok(())
    }
}

/// Seconds until a fee that rises to `cap` within the grace time covers `cost`; none if it never
/// does.
fn patience(cap: u64, cost: u64, grace_secs: i64) -> Option<i64> {
    if cap == 0 || cost > cap {
        return None;
    }
    let waits = (u128::from(cost) * u128::from(grace_secs.unsigned_abs())).div_ceil(cap.into());
    i64::try_from(waits).ok()
}

fn settings(scenario: &Scenario) -> OrgSettings {
    let org = &scenario.org;
    let mut tiers = [Tier::UNUSED; 4];
    for (place, tier) in tiers.iter_mut().zip(&org.tiers) {
        *place = tier_of(tier);
    }
    OrgSettings {
        quote_authority: made_up(6, 0),
        meter_authority: made_up(6, 1),
        treasury: made_up(6, 2),
        tiers,
        hold_secs: days(org.hold_days),
        points_epoch_secs: days(org.points_epoch_days),
        commission_bps: org.commission_bps,
        points_expiry_epochs: org.points_expiry_epochs,
        ..bytemuck::Zeroable::zeroed()
    }
}

fn tier_of(tier: &scenario::Tier) -> Tier {
    Tier {
        points_threshold: tier.points,
        points_boost_bps: tier.boost_bps,
        discount_bps: tier.discount_bps,
        spare: [0; 4],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keepers_wait_until_the_fee_covers_the_cost() {
        assert_eq!(patience(100, 0, 1_000), Some(0));
        assert_eq!(patience(100, 33, 1_000), Some(330));
        assert_eq!(patience(100, 100, 1_000), Some(1_000));
        assert_eq!(patience(100, 101, 1_000), None);
        assert_eq!(patience(0, 0, 1_000), None);
        assert_eq!(patience(7, 3, 0), Some(0));
    }
}
