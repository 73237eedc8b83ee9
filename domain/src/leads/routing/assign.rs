//! The assignment of one lead, with its reason.

use super::{
    fit::{Obstacle, barred, obstacle},
    team::{Member, Team, check_skills},
    turns::Turns,
};
use crate::{refusal::Refusal, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the assignment of a lead depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoutedLead {
    /// Whether it is an institution's.
    pub institutional: bool,
    /// Who owns the account of the lead's company: the member who has the company's other leads.
    pub account_owner: Option<String>,
    /// What is needed to work on it.
    pub needs: BTreeSet<String>,
}

impl RoutedLead {
    /// Whether a lead can be routed by this.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        check_skills("needs", &self.needs)
    }
}

/// Why a lead went where it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// To the owner of its account.
    AccountOwner,
    /// To the member whose turn it was.
    Turn,
    /// To the queue: nobody could take it.
    Fallback,
}

impl Reason {
    /// The reason's name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccountOwner => "account_owner",
            Self::Turn => "turn",
            Self::Fallback => "fallback",
        }
    }
}

/// A member who did not get the lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// The member's id.
    pub member: String,
    /// Why not.
    pub because: Obstacle,
}

/// Where a lead went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// The member's id; none if it went to the queue.
    pub member: Option<String>,
    /// The queue's name; none if it went to a member.
    pub queue: Option<String>,
    /// Why it went there.
    pub reason: Reason,
    /// Everybody who was considered and did not get it, by id.
    pub passed_over: Vec<PassedOver>,
}

/// Assigns a lead, and moves `turns` on if it was taken in turn. `open` is how many open leads each member
/// has; who is not in it has none.
///
/// The owner of an account takes an institution's lead at any hour and whatever it needs: the relation is
/// worth the wait. An absence or a full desk passes even an owner over. It is not counted as a turn.
pub fn assign(
    team: &Team,
    lead: &RoutedLead,
    open: &BTreeMap<String, u32>,
    turns: &mut Turns,
    at: Timestamp,
) -> Assignment {
    let members: BTreeMap<&str, &Member> =
        team.members.iter().map(|it| (it.id.as_str(), it)).collect();
    let opened = |member: &Member| open.get(&member.id).copied().unwrap_or_default();
    let mut passed_over = BTreeMap::new();

    let owner = lead.account_owner.as_deref().filter(|_| lead.institutional);
    if let Some(owner) = owner {
        let because = match members.get(owner) {
            Some(member) => barred(member, opened(member), at),
            None => Some(Obstacle::NotInTheTeam),
        };
        let Some(because) = because else {
            return to_member(owner, Reason::AccountOwner, passed_over);
        };
        passed_over.insert(owner, because);
    }

    let mut able = Vec::new();
    for (id, member) in &members {
        match obstacle(member, &lead.needs, opened(member), at) {
            Some(because) => {
                passed_over.insert(*id, because);
            }
            None => able.push((*id, member.weight)),
        }
    }
    turns.retain(|id| members.contains_key(id));
    let Some(chosen) = turns.choose(able.iter().copied()) else {
        return Assignment {
            member: None,
            queue: Some(team.fallback.clone()),
            reason: Reason::Fallback,
            passed_over: listed(passed_over),
        };
    };
    let others = able.iter().filter(|(id, _)| *id != chosen);
    passed_over.extend(others.map(|(id, _)| (*id, Obstacle::NotTheirTurn)));
    to_member(chosen, Reason::Turn, passed_over)
}

fn to_member(id: &str, reason: Reason, passed_over: BTreeMap<&str, Obstacle>) -> Assignment {
    Assignment {
        member: Some(id.to_owned()),
        queue: None,
        reason,
        passed_over: listed(passed_over),
    }
}

fn listed(passed_over: BTreeMap<&str, Obstacle>) -> Vec<PassedOver> {
    let pairs = passed_over.into_iter();
    pairs
        .map(|(member, because)| PassedOver {
            member: member.to_owned(),
            because,
        })
        .collect()
}
