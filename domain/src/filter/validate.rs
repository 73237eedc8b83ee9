//! Which filters may be kept. A value that the operator can never match would make a rule that
//! silently matches nothing.

use super::{Condition, EventFilter, MAX_CONDITIONS, MAX_NAME_CHARS, Operator};
use crate::refusal::Refusal;
use serde_json::Value;

impl EventFilter {
    /// Whether the filter may be kept.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        name("event", &self.event)?;
        let conditions = self.conditions.len();
        if conditions > MAX_CONDITIONS {
            let rule = format!("must be 0 to {MAX_CONDITIONS} conditions, not {conditions}");
            return Err(Refusal::new("where", rule));
        }
        for (index, condition) in self.conditions.iter().enumerate() {
            condition
                .validate()
                .map_err(|it| it.within(&format!("where[{index}]")))?;
        }
        Ok(())
    }
}

impl Condition {
    /// Whether the condition may be kept.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        name("property", &self.property)?;
        let value = &self.value;
        let is_ordered = value.is_number() || value.is_string();
        let (holds, rule) = match self.operator {
            Operator::Set | Operator::NotSet => {
                (value.is_null(), "must be absent for this operator")
            }
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
        if !holds {
            return Err(Refusal::new("value", rule));
        }
        if has_nul(value) {
            let rule = "must have no NUL character, which no property has";
            return Err(Refusal::new("value", rule));
        }
        Ok(())
    }
}

fn name(field: &str, text: &str) -> Result<(), Refusal> {
    let chars = text.chars().count();
    if !(1..=MAX_NAME_CHARS).contains(&chars) {
        let rule = format!("must be 1 to {MAX_NAME_CHARS} characters, not {chars}");
        return Err(Refusal::new(field, rule));
    }
    if text.chars().any(char::is_control) {
        return Err(Refusal::new(field, "must not contain control characters"));
    }
    Ok(())
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}
