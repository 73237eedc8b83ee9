//! A team of salespeople, as an organisation states it.

use crate::{
    capture::is_name, leads::working_hours::WorkingHours, refusal::Refusal, time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most members of a team.
pub const MAX_MEMBERS: usize = 500;
/// Most open leads that a member can be given.
pub const MAX_CAPACITY: u32 = 100_000;
/// Largest weight.
pub const MAX_WEIGHT: u32 = 1_000;
/// Most skills of a member or of a lead.
pub const MAX_SKILLS: usize = 50;
/// Most absences of a member.
pub const MAX_AWAY: usize = 100;
/// Most characters of a member's id.
pub const MAX_NAME_CHARS: usize = 128;

/// An absence: from a moment, inclusive, until a later one, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Away {
    /// Its first moment.
    pub from: Timestamp,
    /// The moment of the return.
    pub until: Timestamp,
}

/// A salesperson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Who it is, such as a wallet; unique in the team.
    pub id: String,
    /// How many open leads the member can have.
    pub capacity: u32,
    /// The member's share of the leads, compared with the weights of the others.
    pub weight: u32,
    /// What the member can do.
    #[serde(default)]
    pub skills: BTreeSet<String>,
    /// When the member works; at any time if they are not stated.
    #[serde(default)]
    pub hours: Option<WorkingHours>,
    /// When the member is away all the same.
    #[serde(default)]
    pub away: Vec<Away>,
}

/// Those who work on leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Its members, in any order.
    pub members: Vec<Member>,
    /// The queue of leads that no member can take.
    pub fallback: String,
}

impl Team {
    /// Whether the team may be used.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_count("members", self.members.len(), 0..=MAX_MEMBERS, "members")?;
        let mut ids = BTreeSet::new();
        for (index, member) in self.members.iter().enumerate() {
            let field = format!("members[{index}]");
            member.validate().map_err(|it| it.within(&field))?;
            if !ids.insert(&member.id) {
                return Err(Refusal::new(format!("{field}.id"), "must be unique"));
            }
        }
        check_name("fallback", &self.fallback)
    }
}

impl Member {
    /// Whether the member may be used.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_name("id", &self.id, MAX_NAME_CHARS)?;
        Refusal::unless_number("capacity", self.capacity, 0..=MAX_CAPACITY)?;
        Refusal::unless_number("weight", self.weight, 1..=MAX_WEIGHT)?;
        check_skills("skills", &self.skills)?;
        if let Some(hours) = &self.hours {
            hours.validate().map_err(|it| it.within("hours"))?;
        }
        Refusal::unless_count("away", self.away.len(), 0..=MAX_AWAY, "absences")?;
        let backwards = self.away.iter().position(|it| it.until <= it.from);
        backwards.map_or(Ok(()), |index| {
            let field = format!("away[{index}].until");
            Err(Refusal::new(field, "must be later than from"))
        })
    }
}

/// Refuses skills that are too many, or that are no names.
pub(super) fn check_skills(field: &str, skills: &BTreeSet<String>) -> Result<(), Refusal> {
    Refusal::unless_count(field, skills.len(), 0..=MAX_SKILLS, "skills")?;
    skills.iter().try_for_each(|it| check_name(field, it))
}

fn check_name(field: &str, name: &str) -> Result<(), Refusal> {
    if is_name(name) {
        return Ok(());
    }
    let rule = "must be 1 to 64 of a-z, 0-9 and _, a letter first";
    Err(Refusal::new(field, rule))
}
