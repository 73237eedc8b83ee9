//! Whether a member can take a lead at a moment, and if not, why.

use super::team::Member;
use crate::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// Why a member was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Obstacle {
    /// Away until this moment.
    Away {
        /// The return.
        until: Timestamp,
    },
    /// Has as many open leads as they can have.
    AtCapacity {
        /// How many.
        open: u32,
    },
    /// Outside of their working hours.
    OutsideHours,
    /// Lacks what the lead needs.
    LacksSkills {
        /// What is lacking.
        skills: BTreeSet<String>,
    },
    /// Could have taken it; it was another one's turn.
    NotTheirTurn,
    /// Owns the account, and is not in the team.
    NotInTheTeam,
}

/// What keeps a member from any lead: an absence, or too many leads already.
pub(super) fn barred(member: &Member, open: u32, at: Timestamp) -> Option<Obstacle> {
    let absences = member.away.iter();
    let returns = absences.filter(|it| (it.from..it.until).contains(&at));
    if let Some(until) = returns.map(|it| it.until).max() {
        return Some(Obstacle::Away { until });
    }
    (open >= member.capacity).then_some(Obstacle::AtCapacity { open })
}

/// What keeps a member from this lead.
pub(super) fn obstacle(
    member: &Member,
    needs: &BTreeSet<String>,
    open: u32,
    at: Timestamp,
) -> Option<Obstacle> {
    barred(member, open, at).or_else(|| {
        if member.hours.as_ref().is_some_and(|it| !it.is_open(at)) {
            return Some(Obstacle::OutsideHours);
        }
        let lacking: BTreeSet<_> = needs.difference(&member.skills).cloned().collect();
        (!lacking.is_empty()).then_some(Obstacle::LacksSkills { skills: lacking })
    })
}
