//! Which filters may be kept. A value that the operator can never match would make a rule that
//! silently matches nothing.

use super::{
    Condition, EventFilter, MAX_CONDITIONS, MAX_NAME_CHARS, Operator, Range, contradiction,
};
use crate::{
    capture::{check_property, trait_range},
    event::IDENTIFIED_EVENT,
    refusal::Refusal,
};
use serde_json::Value;

/// The rule of conditions that must all hold.
pub(crate) const CONTRADICTION: &str = "must be able to hold beside the conditions before it";

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
            let within = |it: Refusal| it.within(&format!("where[{index}]"));
            condition.validate().map_err(within)?;
            if let Some(range) = self.range(&condition.property) {
                range.check(condition).map_err(within)?;
            }
        }
        let conditions: Vec<&Condition> = self.conditions.iter().collect();
        match contradiction(&conditions, |property| self.range(property)) {
            Some(index) => Err(Refusal::new(format!("where[{index}]"), CONTRADICTION)),
            None => Ok(()),
        }
    }

    /// What a property of the event can be, whatever the registry says.
    fn range(&self, property: &str) -> Option<Range> {
        let of_trait = || {
            (self.event == IDENTIFIED_EVENT)
                .then(|| trait_range(property))
                .flatten()
        };
        Range::of_cause(property).or_else(of_trait)
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
            Operator::Less if value.as_str() == Some("") => {
                (false, "must not be empty: no text is before it")
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
        for (index, value) in self.values().iter().enumerate() {
            let field = match self.operator {
                Operator::In => format!("value[{index}]"),
                _ => "value".to_owned(),
            };
            check_property(value, &field).map_err(|it| {
                let rule = format!("{}, as every property", it.rule);
                Refusal::new(it.field, rule)
            })?;
        }
        Ok(())
    }

    /// The values that the property is compared with.
    pub(crate) fn values(&self) -> &[Value] {
        match self.operator {
            Operator::Set | Operator::NotSet => &[],
            Operator::In => self.value.as_array().map_or(&[], Vec::as_slice),
            _ => std::slice::from_ref(&self.value),
        }
    }
}
