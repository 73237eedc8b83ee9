//! Which filters may be kept. A value that the operator can never match would make a rule that
//! silently matches nothing.

use super::{Condition, EventFilter, MAX_CONDITIONS, MAX_NAME_CHARS, Operator, contradiction};
use crate::{
    capture::check_property,
    event::{AGENT_PROPERTY, Agent, MACHINE_PROPERTY},
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
            condition
                .validate()
                .map_err(|it| it.within(&format!("where[{index}]")))?;
        }
        let conditions: Vec<&Condition> = self.conditions.iter().collect();
        match contradiction(&conditions) {
            Some(index) => Err(Refusal::new(format!("where[{index}]"), CONTRADICTION)),
            None => Ok(()),
        }
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
        self.check_cause()
    }

    /// The values that the property is compared with.
    pub(crate) fn values(&self) -> &[Value] {
        match self.operator {
            Operator::Set | Operator::NotSet => &[],
            Operator::In => self.value.as_array().map_or(&[], Vec::as_slice),
            _ => std::slice::from_ref(&self.value),
        }
    }

    /// Refuses what the properties that say what caused an event never are.
    fn check_cause(&self) -> Result<(), Refusal> {
        let (known, rule): (Vec<Value>, _) = match self.property.as_str() {
            MACHINE_PROPERTY => (
                vec![true.into(), false.into()],
                "must be true or false, as machine is",
            ),
            AGENT_PROPERTY => (
                [Agent::Human, Agent::Machine, Agent::Unknown]
                    .map(|it| it.as_str().into())
                    .into(),
                "must be human, machine or unknown, as agent is",
            ),
            _ => return Ok(()),
        };
        let by_parts = [Operator::Less, Operator::Greater, Operator::Contains];
        if by_parts.contains(&self.operator) {
            let rule = "must be another one: machine and agent have neither order nor parts";
            return Err(Refusal::new("is", rule));
        }
        let holds = self.values().iter().all(|value| known.contains(value));
        holds
            .then_some(())
            .ok_or_else(|| Refusal::new("value", rule))
    }
}
