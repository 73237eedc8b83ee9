//! A campaign at a moment.

use super::{
    campaign::Campaign,
    check::{CheckName, Finding, Scene},
    decision::{Decided, Decisions, State},
    earn::{Earning, earn},
    facts::Facts,
    outcome::{Reason, Referral},
    qualify::{Judged, Progress, Ruling, judge},
};
use crate::{refusal::Refusal, time::Timestamp};
use std::collections::BTreeMap;

/// What the decimals that a campaign states must be.
pub const DECIMALS_RULE: &str = "must be those of the mint";

/// The referrals of a campaign at `now`, by the referred, with the decisions that were made under it. Facts
/// and decisions from after `now` change nothing.
///
/// # Errors
/// When the campaign cannot be kept, or the facts have another number of decimals for its token.
pub fn evaluate(
    campaign: &Campaign,
    facts: &Facts,
    decisions: &Decisions,
    now: Timestamp,
) -> Result<Vec<Referral>, Refusal> {
    campaign.validate()?;
    let known = facts.decimals.get(&campaign.mint);
    if known.is_some_and(|decimals| *decimals != campaign.decimals) {
        return Err(Refusal::new("decimals", DECIMALS_RULE));
    }
    let facts = facts.until(now);
    let entries = entries(judge(campaign, &facts, now), decisions, now);
    let earnings = earn(campaign, &entries);
    let costs = earnings.iter().map(|(referred, it)| (*referred, it.cost()));
    let scene = Scene {
        facts: &facts,
        mint: &campaign.mint,
        rewards: costs.collect(),
    };
    let referred: Vec<&str> = entries.iter().map(|it| it.judged.referred).collect();
    let findings = campaign.checks.look(&scene, &referred);
    let referrals = entries.iter().zip(findings).map(|(entry, findings)| {
        let earning = earnings.get(entry.judged.referred);
        entry.conclude(campaign, earning, findings)
    });
    Ok(referrals.collect())
}

/// A referral with what people decided about it.
pub(super) struct Entry<'a> {
    pub(super) judged: Judged<'a>,
    pub(super) decided: Decided<'a>,
    /// Whether the facts still know it.
    known: bool,
}

/// What the facts know, and what was released although they no longer know it, by the referred.
fn entries<'a>(
    judged: Vec<Judged<'a>>,
    decisions: &'a Decisions,
    now: Timestamp,
) -> Vec<Entry<'a>> {
    let mut entries: BTreeMap<&str, Entry> = judged
        .into_iter()
        .map(|judged| {
            let entry = Entry {
                decided: Decided::until(decisions.get(judged.referred), now),
                known: true,
                judged,
            };
            (entry.judged.referred, entry)
        })
        .collect();
    for (referred, made) in decisions {
        let decided = Decided::until(Some(made), now);
        if let Some(first) = decided.releases.first() {
            entries.entry(referred).or_insert_with(|| Entry {
                judged: Judged {
                    referrer: &first.referrer,
                    referred,
                    registered_at: first.qualified_at,
                    deadline: first.qualified_at,
                    ruling: Ruling::Expired,
                    progress: Progress::default(),
                    net: Vec::new(),
                },
                known: false,
                decided,
            });
        }
    }
    entries.into_values().collect()
}

impl Entry<'_> {
    /// When it qualified: by the facts of then, once something was released. None when it has not, or
    /// nothing will be released for it.
    pub(super) fn qualified_at(&self) -> Option<Timestamp> {
        match (self.decided.releases.first(), &self.judged.ruling) {
            (Some(first), _) => Some(first.qualified_at),
            (None, Ruling::Qualified(at)) if self.decided.rejection.is_none() => Some(*at),
            _ => None,
        }
    }

    /// Whether the facts of now say that it qualifies.
    pub(super) fn qualifies(&self) -> bool {
        matches!(self.judged.ruling, Ruling::Qualified(_))
    }

    fn conclude(
        &self,
        campaign: &Campaign,
        earning: Option<&Earning>,
        findings: Vec<Finding>,
    ) -> Referral {
        let held_by = campaign.held_by(&findings);
        let (state, reason) = self.state(&held_by);
        let judged = &self.judged;
        Referral {
            referrer: judged.referrer.to_owned(),
            referred: judged.referred.to_owned(),
            registered_at: self.known.then_some(judged.registered_at),
            state,
            reason,
            progress: judged.progress.clone(),
            qualified_at: self.qualified_at(),
            qualifies: self.qualifies(),
            tier: earning.map(|it| it.tier),
            due: earning.map(|it| it.allotted.due).unwrap_or_default(),
            released: self.decided.released(),
            clawback: earning.map(|it| it.clawback).unwrap_or_default(),
            capped_by: earning
                .map(|it| it.allotted.capped_by.clone())
                .unwrap_or_default(),
            findings,
            held_by,
        }
    }

    /// People come first: what they released stays released, also when one of them says no later.
    fn state(&self, held_by: &[CheckName]) -> (State, Reason) {
        if let Some(last) = self.decided.releases.last() {
            let (by, at) = (last.by.clone(), last.at);
            return (State::Released, Reason::Released { by, at });
        }
        if let Some(rejection) = self.decided.rejection {
            let reason = Reason::Rejected {
                by: rejection.by.clone(),
                at: rejection.at,
                why: rejection.reason.clone(),
            };
            return (State::Rejected, reason);
        }
        let deadline = self.judged.deadline;
        match &self.judged.ruling {
            Ruling::Refused(reason) => (State::Rejected, reason.clone()),
            Ruling::Open => (State::Pending, Reason::Unmet { until: deadline }),
            Ruling::Expired => (State::Expired, Reason::Late { since: deadline }),
            Ruling::Qualified(_) if held_by.is_empty() => (State::Qualified, Reason::Met),
            Ruling::Qualified(_) => {
                let checks = held_by.to_vec();
                (State::Held, Reason::Suspicious { checks })
            }
        }
    }
}
