//! What visitors may see in an experiment.

use super::allocation::BPS;
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most arms.
pub const MAX_ARMS: usize = 32;
/// Most bytes that an arm's value has as JSON: everybody downloads all arms.
pub const MAX_VALUE_BYTES: usize = 10_000;
/// Most bytes that the values of all arms have together.
const MAX_VALUES_BYTES: usize = 40_000;
const MAX_KEY_BYTES: usize = 64;

/// One of the things that visitors may see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// What it is remembered by: of `a-z`, `0-9`, `_` and `-`.
    pub key: String,
    /// What the page is handed; not `null`, which SDKs take for no value.
    pub value: Value,
    /// Its part of those who take part, in ten-thousandths. 0 is an arm that is closed: only visitors of whom
    /// it is remembered see it.
    pub weight_bps: u16,
}

/// Refuses arms of the same key, and arms that leave no choice.
pub(super) fn check_arms(arms: &[Arm]) -> Result<(), Refusal> {
    Refusal::unless_count("arms", arms.len(), 2..=MAX_ARMS, "arms")?;
    let mut keys = BTreeSet::new();
    for (at, arm) in arms.iter().enumerate() {
        arm.validate()
            .map_err(|it| it.within(&format!("arms[{at}]")))?;
        if !keys.insert(&arm.key) {
            let rule = "must be another than that of the other arms";
            return Err(Refusal::new(format!("arms[{at}].key"), rule));
        }
    }
    if arms.iter().map(Arm::bytes).sum::<usize>() > MAX_VALUES_BYTES {
        let rule = format!("must have values of at most {MAX_VALUES_BYTES} bytes as JSON together");
        return Err(Refusal::new("arms", rule));
    }
    let weights = arms.iter().map(|it| u32::from(it.weight_bps));
    if weights.clone().sum::<u32>() != u32::from(BPS) {
        let rule = format!("must have weights that add up to {BPS} ten-thousandths");
        return Err(Refusal::new("arms", rule));
    }
    if arms.first().is_some_and(|it| it.weight_bps == 0) {
        let rule = "must be above 0, as the first arm is the base";
        return Err(Refusal::new("arms[0].weight_bps", rule));
    }
    if weights.filter(|it| *it > 0).count() < 2 {
        let rule = "must have two arms or more with a weight above 0";
        return Err(Refusal::new("arms", rule));
    }
    Ok(())
}

impl Arm {
    fn validate(&self) -> Result<(), Refusal> {
        check_key("key", &self.key)?;
        Refusal::unless_number("weight_bps", self.weight_bps, 0..=BPS)?;
        if self.value.is_null() {
            return Err(Refusal::new("value", "must not be null"));
        }
        if has_nul(&self.value) {
            let rule = "must not have the character U+0000";
            return Err(Refusal::new("value", rule));
        }
        if self.bytes() > MAX_VALUE_BYTES {
            let rule = format!("must have at most {MAX_VALUE_BYTES} bytes as JSON");
            return Err(Refusal::new("value", rule));
        }
        Ok(())
    }

    /// Bytes of the value as JSON.
    fn bytes(&self) -> usize {
        self.value.to_string().len()
    }
}

/// Whether a text in a value, or a key, has the character that the store cannot keep.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(key, value)| key.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Refuses a key of an experiment, an arm or a namespace that is not made of `a-z`, `0-9`, `_` and `-`.
///
/// # Errors
/// When it is empty, too long, or has another character.
pub fn check_key(field: &str, key: &str) -> Result<(), Refusal> {
    let plain = |it: u8| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    if (1..=MAX_KEY_BYTES).contains(&key.len()) && key.bytes().all(plain) {
        return Ok(());
    }
    let rule = format!("must have 1 to {MAX_KEY_BYTES} of a-z, 0-9, _ and -");
    Err(Refusal::new(field, rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn arms(weights: &[u16]) -> Vec<Arm> {
        let arm = |(at, weight): (usize, &u16)| Arm {
            key: format!("arm-{at}"),
            value: at.into(),
            weight_bps: *weight,
        };
        weights.iter().enumerate().map(arm).collect()
    }

    fn refused(change: impl FnOnce(&mut [Arm])) -> String {
        let mut arms = arms(&[5_000, 5_000, 0]);
        assert_eq!(check_arms(&arms), Ok(()));
        change(&mut arms);
        check_arms(&arms).expect_err("refused").to_string()
    }

    #[test]
    fn weights_must_add_up_and_leave_a_choice() {
        for (weights, rule) in [
            (&[10_000_u16] as &[u16], "arms: must have 2 to 32 arms"),
            (&[0; 33], "arms: must have 2 to 32 arms"),
            (&[10_001, 0], "arms[0].weight_bps: must be from 0 to 10000"),
            (
                &[5_000, 4_999],
                "arms: must have weights that add up to 10000 ten-thousandths",
            ),
            (
                &[0, 5_000, 5_000],
                "arms[0].weight_bps: must be above 0, as the first arm is the base",
            ),
            (
                &[10_000, 0],
                "arms: must have two arms or more with a weight above 0",
            ),
        ] {
            let refusal = check_arms(&arms(weights)).expect_err("refused");
            assert_eq!(refusal.to_string(), rule);
        }
        assert_eq!(check_arms(&arms(&[1, 0, 9_999])), Ok(()));
    }

    #[test]
    fn arms_must_be_told_apart_and_have_a_value() {
        let rule = "arms[1].key: must be another than that of the other arms";
        assert_eq!(refused(|it| it[1].key = "arm-0".to_owned()), rule);
        let rule = "arms[0].key: must have 1 to 64 of a-z, 0-9, _ and -";
        for key in ["", "A", "a b", &"a".repeat(65)] {
            assert_eq!(refused(|it| it[0].key = key.to_owned()), rule);
        }
        let rule = "arms[2].value: must not be null";
        assert_eq!(refused(|it| it[2].value = Value::Null), rule);
        let rule = "arms[2].value: must have at most 10000 bytes as JSON";
        assert_eq!(refused(|it| it[2].value = "a".repeat(9_999).into()), rule);
        let rule = "arms[1].value: must not have the character U+0000";
        for value in [json!("a\0"), json!([{ "a\0": 1 }])] {
            assert_eq!(refused(|it| it[1].value = value), rule);
        }
    }

    #[test]
    fn values_are_bounded_together() {
        let mut arms = arms(&[2_000; 5]);
        for arm in &mut arms {
            arm.value = "a".repeat(7_998).into();
        }
        assert_eq!(check_arms(&arms), Ok(()));
        arms[0].value = "a".repeat(7_999).into();
        let refusal = check_arms(&arms).expect_err("refused").to_string();
        let rule = "arms: must have values of at most 40000 bytes as JSON together";
        assert_eq!(refusal, rule);
    }
}
