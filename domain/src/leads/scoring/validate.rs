//! Which models may be published. An error names the field and the rule that it breaks.

use super::model::{
    Count, MAX_CAP, MAX_DECAY_DAYS, MAX_GROUPS, MAX_NAME_CHARS, MAX_OCCURRENCES, MAX_POINTS,
    MAX_RULES, Rule, ScoringModel,
};
use crate::refusal::Refusal;
use std::{collections::BTreeSet, ops::RangeInclusive};

impl ScoringModel {
    /// Whether the model may be published.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        within("groups", self.groups.len(), 1..=MAX_GROUPS, "groups")?;
        within("rules", self.rules.len(), 1..=MAX_RULES, "rules")?;
        let mut groups = BTreeSet::new();
        for (index, group) in self.groups.iter().enumerate() {
            let field = format!("groups[{index}].name");
            name(&field, &group.name)?;
            unique(&mut groups, &field, &group.name)?;
            if let Some(cap) = group.cap {
                within(&format!("groups[{index}].cap"), cap, 0..=MAX_CAP, "points")?;
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
            let rule = format!("may together count at most {MAX_OCCURRENCES} occurrences");
            return broken("rules", rule);
        }
        Ok(())
    }
}

impl Rule {
    fn validate(&self, field: &str) -> Result<(), Refusal> {
        name(&format!("{field}.id"), &self.id)?;
        within(
            &format!("{field}.points"),
            self.points,
            -MAX_POINTS..=MAX_POINTS,
            "points",
        )?;
        if let Count::UpTo(most) = self.count {
            let field = format!("{field}.count.up_to");
            within(&field, most, 1..=MAX_OCCURRENCES, "occurrences")?;
        }
        if let Some(days) = self.decay_days {
            within(
                &format!("{field}.decay_days"),
                days,
                1..=MAX_DECAY_DAYS,
                "days",
            )?;
        }
        self.when
            .validate()
            .map_err(|it| it.within(&format!("{field}.when")))
    }
}

fn name(field: &str, text: &str) -> Result<(), Refusal> {
    within(
        field,
        text.chars().count(),
        1..=MAX_NAME_CHARS,
        "characters",
    )?;
    if text.chars().any(char::is_control) {
        return broken(field, "must not contain control characters");
    }
    Ok(())
}

fn unique<'a>(seen: &mut BTreeSet<&'a str>, field: &str, text: &'a str) -> Result<(), Refusal> {
    if seen.insert(text) {
        Ok(())
    } else {
        broken(
            field,
            format!("must be unique, but `{text}` is there twice"),
        )
    }
}

fn within<T: PartialOrd + std::fmt::Display>(
    field: &str,
    value: T,
    range: RangeInclusive<T>,
    unit: &str,
) -> Result<(), Refusal> {
    if range.contains(&value) {
        return Ok(());
    }
    let (least, most) = (range.start(), range.end());
    broken(
        field,
        format!("must be {least} to {most} {unit}, not {value}"),
    )
}

fn broken(field: &str, rule: impl Into<String>) -> Result<(), Refusal> {
    Err(Refusal::new(field, rule))
}
