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
        Refusal::unless_name("event", &self.event, MAX_NAME_CHARS)?;
        let conditions = self.conditions.len();
        Refusal::unless_count("where", conditions, 0..=MAX_CONDITIONS, "conditions")?;
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
        Refusal::unless_name("property", &self.property, MAX_NAME_CHARS)?;
        let value = &self.value;
        let is_ordered = value.is_number() || value.is_string();
        let (holds, rule) = match self.operator {
            Operator::Set | Operator::NotSet => {
                (value.is_null(), "must not be there for this operator")
            }
            Operator::Equal | Operator::NotEqual | Operator::Not => {
                (!value.is_null(), "must be there, and not null")
            }
            Operator::Less | Operator::Greater => (is_ordered, "must be a number or text"),
            Operator::Contains => (value.is_string(), "must be text"),
            Operator::In => (
                value
                    .as_array()
                    .is_some_and(|values| !values.is_empty() && !values.iter().any(Value::is_null)),
                "must be a list of at least one value, none of them null",
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
