//! Which models may be published. An error names the field and the rule that it breaks.

use super::model::{
    Count, MAX_CAP, MAX_DECAY_DAYS, MAX_GROUPS, MAX_NAME_CHARS, MAX_OCCURRENCES, MAX_POINTS,
    MAX_RULES, Rule, ScoringModel,
};
use crate::filter::{Condition, EventFilter, MAX_CONDITIONS, Operator};
use crate::refusal::Refusal;
use serde_json::Value;
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
        filter(&format!("{field}.when"), &self.when)
    }
}

fn filter(field: &str, filter: &EventFilter) -> Result<(), Refusal> {
    name(&format!("{field}.event"), &filter.event)?;
    let field = format!("{field}.where");
    within(
        &field,
        filter.conditions.len(),
        0..=MAX_CONDITIONS,
        "conditions",
    )?;
    for (index, condition) in filter.conditions.iter().enumerate() {
        let field = format!("{field}[{index}]");
        name(&format!("{field}.property"), &condition.property)?;
        value(&format!("{field}.value"), condition)?;
    }
    Ok(())
}

/// A value that the operator can never match would make a rule that silently gives nothing.
fn value(
    field: &str,
    Condition {
        operator, value, ..
    }: &Condition,
) -> Result<(), Refusal> {
    let is_ordered = value.is_number() || value.is_string();
    let (holds, rule) = match operator {
        Operator::Set | Operator::NotSet => (value.is_null(), "must be absent for this operator"),
        Operator::Equal | Operator::NotEqual | Operator::Not => {
            (!value.is_null(), "must be present")
        }
        Operator::Less | Operator::Greater => (is_ordered, "must be a number or a text"),
        Operator::Contains => (value.is_string(), "must be a text"),
        Operator::In => (
            value
                .as_array()
                .is_some_and(|values| !values.is_empty() && !values.iter().any(Value::is_null)),
            "must be a list of values that are not null",
        ),
    };
    if holds { Ok(()) } else { broken(field, rule) }
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
