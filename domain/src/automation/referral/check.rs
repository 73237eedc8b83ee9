//! Automated checks for abuse. Each is data with its parameters, and answers for each referral that it
//! is clear, or suspicious with a score from 1 to 100 and what shows it.
//!
//! Law: a check never decides. Which scores hold a reward back together is the campaign's to say, and a
//! human looks at the evidence.

mod cycles;
mod device;
mod evidence;
mod funding;
mod merged_persons;
mod shared;
mod velocity;
mod wash;

pub use cycles::Cycles;
pub use evidence::{Evidence, MAX_SHOWN, Received};
pub use merged_persons::MergedPersons;
pub use shared::Shared;
pub use velocity::Velocity;
pub use wash::{MAX_LEVELS, Wash};

use super::{
    campaign::{Campaign, Combination},
    facts::Facts,
    reward::{Grant, Rewards},
};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a campaign looks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checks {
    /// Persons who referred each other in a circle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycles: Option<Cycles>,
    /// Devices that wallets have in common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_device: Option<Shared>,
    /// Wallets that sent means to several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_funding: Option<Shared>,
    /// Subscriptions that bring those involved more than they cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wash: Option<Wash>,
    /// Registrations that come too fast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub velocity: Option<Velocity>,
    /// Wallets of one person that refer each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_persons: Option<MergedPersons>,
}

/// The name of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// [`Checks::cycles`].
    Cycles,
    /// [`Checks::shared_device`].
    SharedDevice,
    /// [`Checks::shared_funding`].
    SharedFunding,
    /// [`Checks::wash`].
    Wash,
    /// [`Checks::velocity`].
    Velocity,
    /// [`Checks::merged_persons`].
    MergedPersons,
}

/// What a check says of a referral.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The check.
    pub check: CheckName,
    /// Its answer.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The answer of a check.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It saw nothing.
    Clear,
    /// It saw something that a human should look at.
    Suspicious(Suspicion),
}

/// What a check saw.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspicion {
    /// How much it weighs, from 1 to 100.
    pub score: u8,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// What checks look at: the facts of a moment, and what campaigns cost.
#[derive(Debug, Clone)]
pub struct Scene<'a> {
    /// The facts.
    pub facts: &'a Facts,
    /// Address of the mint in which amounts are compared.
    pub mint: &'a str,
    /// What referrals earned or will, by the referred.
    pub rewards: BTreeMap<&'a str, Rewards<Grant>>,
}

/// What a check saw of which referrals, by the referred.
pub type Suspicions = BTreeMap<String, Suspicion>;

impl CheckName {
    /// All checks.
    pub const ALL: [Self; 6] = [
        Self::Cycles,
        Self::SharedDevice,
        Self::SharedFunding,
        Self::Wash,
        Self::Velocity,
        Self::MergedPersons,
    ];
}

impl Checks {
    /// Whether the campaign makes a check.
    pub fn has(&self, check: CheckName) -> bool {
        match check {
            CheckName::Cycles => self.cycles.is_some(),
            CheckName::SharedDevice => self.shared_device.is_some(),
            CheckName::SharedFunding => self.shared_funding.is_some(),
            CheckName::Wash => self.wash.is_some(),
            CheckName::Velocity => self.velocity.is_some(),
            CheckName::MergedPersons => self.merged_persons.is_some(),
        }
    }

    /// What one check sees; nothing when the campaign does not make it.
    pub fn suspicions(&self, check: CheckName, scene: &Scene) -> Suspicions {
        let found = match check {
            CheckName::Cycles => self.cycles.as_ref().map(|it| it.look(scene)),
            CheckName::SharedDevice => self
                .shared_device
                .as_ref()
                .map(|it| device::look(it, scene)),
            CheckName::SharedFunding => self
                .shared_funding
                .as_ref()
                .map(|it| funding::look(it, scene)),
            CheckName::Wash => self.wash.as_ref().map(|it| it.look(scene)),
            CheckName::Velocity => self.velocity.as_ref().map(|it| it.look(scene)),
            CheckName::MergedPersons => self.merged_persons.as_ref().map(|it| it.look(scene)),
        };
        found.unwrap_or_default()
    }

    /// What all checks of the campaign say of these referrals, in the order of [`CheckName::ALL`].
    pub(super) fn look(&self, scene: &Scene, referred: &[&str]) -> Vec<Vec<Finding>> {
        let mut findings = vec![Vec::new(); referred.len()];
        for check in CheckName::ALL.into_iter().filter(|it| self.has(*it)) {
            let mut found = self.suspicions(check, scene);
            for (wallet, findings) in referred.iter().zip(&mut findings) {
                let outcome = found
                    .remove(*wallet)
                    .map_or(Outcome::Clear, Outcome::Suspicious);
                findings.push(Finding { check, outcome });
            }
        }
        findings
    }

    pub(super) fn validate(&self) -> Result<(), Refusal> {
        let within = |name: &'static str| move |refusal: Refusal| refusal.within(name);
        let Self {
            cycles,
            shared_device,
            shared_funding,
            wash,
            velocity,
            merged_persons,
        } = self;
        let cycles = cycles.as_ref().map_or(Ok(()), Cycles::validate);
        cycles.map_err(within("cycles"))?;
        for (name, shared) in [
            ("shared_device", shared_device),
            ("shared_funding", shared_funding),
        ] {
            let shared = shared.as_ref().map_or(Ok(()), Shared::validate);
            shared.map_err(within(name))?;
        }
        let wash = wash.as_ref().map_or(Ok(()), Wash::validate);
        wash.map_err(within("wash"))?;
        let velocity = velocity.as_ref().map_or(Ok(()), Velocity::validate);
        velocity.map_err(within("velocity"))?;
        let merged = merged_persons
            .as_ref()
            .map_or(Ok(()), MergedPersons::validate);
        merged.map_err(within("merged_persons"))
    }
}

impl Campaign {
    /// The checks that hold a reward back with these findings: those of every combination that is
    /// there, in their order.
    pub(super) fn held_by(&self, findings: &[Finding]) -> Vec<CheckName> {
        let scores = findings.iter().map(|it| (it.check, it.outcome.score()));
        let scores: BTreeMap<CheckName, u8> = scores.collect();
        let is_there = |combination: &&Combination| {
            let mut signs = combination.all.iter();
            signs.all(|it| {
                scores
                    .get(&it.check)
                    .is_some_and(|score| *score >= it.score)
            })
        };
        let there = self.holds.iter().filter(is_there);
        let checks: BTreeSet<CheckName> = there
            .flat_map(|it| it.all.iter().map(|sign| sign.check))
            .collect();
        checks.into_iter().collect()
    }
}

impl Outcome {
    /// How much it weighs: 0 when it is clear.
    pub fn score(&self) -> u8 {
        match self {
            Self::Clear => 0,
            Self::Suspicious(suspicion) => suspicion.score,
        }
    }
}

/// Adds what a check saw; the largest score counts.
fn suspect(suspicions: &mut Suspicions, referred: &str, score: u8, evidence: Evidence) {
    let suspicion = suspicions
        .entry(referred.to_owned())
        .or_insert_with(|| Suspicion {
            score,
            evidence: Vec::new(),
        });
    suspicion.score = suspicion.score.max(score);
    suspicion.evidence.push(evidence);
}

fn unless_score(field: &str, score: u8) -> Result<(), Refusal> {
    Refusal::unless_number(field, score, 1..=100)
}
