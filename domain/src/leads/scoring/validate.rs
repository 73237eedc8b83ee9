//! Which models may be published. An error names the field and the rule that it breaks.

use super::{
    count::Count,
    model::{
        MAX_CAP, MAX_DECAY_DAYS, MAX_GROUPS, MAX_NAME_CHARS, MAX_OCCURRENCES, MAX_POINTS,
        MAX_RULES, Rule, ScoringModel,
    },
};
use crate::refusal::Refusal;
use std::collections::BTreeSet;

impl ScoringModel {
    /// Whether the model may be published.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_count("groups", self.groups.len(), 1..=MAX_GROUPS, "groups")?;
        Refusal::unless_count("rules", self.rules.len(), 1..=MAX_RULES, "rules")?;
        let mut groups = BTreeSet::new();
        for (index, group) in self.groups.iter().enumerate() {
            let field = format!("groups[{index}].name");
            Refusal::unless_name(&field, &group.name, MAX_NAME_CHARS)?;
            unique(&mut groups, &field, &group.name)?;
            if let Some(cap) = group.cap {
                Refusal::unless_number(format!("groups[{index}].cap"), cap, 0..=MAX_CAP)?;
            }
        }
        let mut ids = BTreeSet::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let field = format!("rules[{index}]");
            rule.validate(&field)?;
            unique(&mut ids, &format!("{field}.id"), &rule.id)?;
            if !groups.contains(rule.group.as_str()) {
                return broken(&format!("{field}.group"), "must be the name of a group");
            }
        }
        let occurrences = self.rules.iter().map(|rule| rule.count.most());
        if occurrences.fold(0, u32::saturating_add) > MAX_OCCURRENCES {
            let rule = format!("must together count at most {MAX_OCCURRENCES} occurrences");
            return broken("rules", rule);
        }
        Ok(())
    }
}

impl Rule {
    fn validate(&self, field: &str) -> Result<(), Refusal> {
        Refusal::unless_name(format!("{field}.id"), &self.id, MAX_NAME_CHARS)?;
        let points = -MAX_POINTS..=MAX_POINTS;
        Refusal::unless_number(format!("{field}.points"), self.points, points)?;
        if let Count::UpTo(most) = self.count {
            let field = format!("{field}.count.up_to");
            Refusal::unless_number(field, most, 1..=MAX_OCCURRENCES)?;
        }
        if let Some(days) = self.decay_days {
            let field = format!("{field}.decay_days");
            Refusal::unless_number(field, days, 1..=MAX_DECAY_DAYS)?;
        }
        self.when
            .validate()
            .map_err(|it| it.within(&format!("{field}.when")))
    }
}

fn unique<'a>(seen: &mut BTreeSet<&'a str>, field: &str, text: &'a str) -> Result<(), Refusal> {
    if seen.insert(text) {
        Ok(())
    } else {
        broken(field, "must be unique")
    }
}

fn broken(field: &str, rule: impl Into<String>) -> Result<(), Refusal> {
    Err(Refusal::new(field, rule))
}
