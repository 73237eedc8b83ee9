//! Plans, and the keys that may award an org's points.

use super::{Command, configuration::require_creation};
use crate::{
    address,
    decode::Event,
    model::{Moment, State, Verdict, rules::offer},
};
use tessera_types::{
    Address, TesseraError,
    args::CreatePlanArgs,
    carrier::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM},
    events::{IssuerSet, PlanCreated, PlanSunset},
    limits::MIN_EPOCH_SECS,
};

/// An org announces a plan.
#[derive(Debug, Clone, Copy)]
pub struct CreatePlan {
    /// The org.
    pub org: Address,
    /// Token that it is paid in.
    pub mint: Address,
    /// Program that owns the mint.
    pub token_program: Address,
    /// Token account that receives the merchant's part.
    pub destination: Address,
    /// The plan's terms.
    pub terms: CreatePlanArgs,
}

impl Command for CreatePlan {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        require_creation(state, verdict);
        let supported = [TOKEN_PROGRAM, TOKEN_2022_PROGRAM].contains(&self.token_program);
        verdict.require(supported, TesseraError::UnsupportedTokenProgram);
        let org = verdict.found(state.orgs.get(&self.org), "org")?;
        let rising = self.terms.id > org.highest_plan_id;
        verdict.require(rising, TesseraError::IdNotRising);
        offer::require(&self.terms, &org.settings, moment.now, verdict);
        let plan = address::plan(&self.org, self.terms.id);
        verdict.require(!state.exists(&plan), TesseraError::AccountExists);
        Some(Event::PlanCreated(PlanCreated {
            receipt: state.receipt(plan, moment),
            org: self.org,
            mint: self.mint,
            token_program: self.token_program,
            destination: self.destination,
            vault: address::vault(&self.org, &self.mint),
            terms: self.terms,
        }))
    }
}

/// An org ends new subscriptions to a plan.
#[derive(Debug, Clone, Copy)]
pub struct SunsetPlan {
    /// The plan.
    pub plan: Address,
    /// When they end, Unix seconds.
    pub at: i64,
}

impl Command for SunsetPlan {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let plan = verdict.found(state.plans.get(&self.plan), "plan")?;
        let sooner = (moment.now..plan.sunset_at).contains(&self.at);
        verdict.require(sooner, TesseraError::PlanSunset);
        Some(Event::PlanSunset(PlanSunset {
            receipt: state.receipt(self.plan, moment),
            at: self.at,
        }))
    }
}

/// An org lets a key award points, or changes its budget.
#[derive(Debug, Clone, Copy)]
pub struct SetIssuer {
    /// The org.
    pub org: Address,
    /// The key.
    pub key: Address,
    /// Points for one epoch; 0 disables the issuer.
    pub epoch_budget: u64,
    /// Length of an epoch, seconds.
    pub epoch_secs: u32,
}

impl Command for SetIssuer {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        verdict.found(state.orgs.get(&self.org), "org")?;
        let long = self.epoch_secs >= MIN_EPOCH_SECS;
        verdict.require(long, TesseraError::EpochTooShort);
        let issuer = address::issuer(&self.org, &self.key);
        Some(Event::IssuerSet(IssuerSet {
            receipt: state.receipt(issuer, moment),
            org: self.org,
            key: self.key,
            epoch_budget: self.epoch_budget,
            epoch_secs: self.epoch_secs,
            spare: [0; 4],
        }))
    }
}
