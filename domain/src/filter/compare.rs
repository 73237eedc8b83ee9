//! How the values of properties compare.
//!
//! Law: with a number, or a text that is one, only numbers and such texts compare, as numbers; with
//! any other text all texts compare, as texts. What does not compare is neither less nor greater.

use rust_decimal::Decimal;
use serde_json::Value;
use std::cmp::Ordering;

/// Whether two values are the same. JSON has one kind of number: 1 and 1.0 are the same.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    left == right
        || (left.is_number() && right.is_number() && compare(left, right) == Some(Ordering::Equal))
}

/// The order of a property's value and the value of a condition; none when they do not compare.
pub(super) fn compare(found: &Value, value: &Value) -> Option<Ordering> {
    if let (Some(found), Some(value)) = (found.as_i64(), value.as_i64()) {
        return Some(found.cmp(&value));
    }
    match (number(value), value) {
        (Some(value), _) => number(found)?.partial_cmp(&value),
        (None, Value::String(value)) => found.as_str().map(|found| found.cmp(value)),
        _ => None,
    }
}

/// Whether a value is a number, or a text that is one.
pub(super) fn is_number(value: &Value) -> bool {
    number(value).is_some()
}

/// A number: exact where 28 digits are enough.
enum Number {
    Exact(Decimal),
    Rounded(f64),
}

impl Number {
    fn rounded(&self) -> Option<f64> {
        match self {
            // The nearest of all texts of the number.
            Self::Exact(exact) => exact.to_string().parse().ok(),
            Self::Rounded(rounded) => Some(*rounded),
        }
    }

    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Exact(left), Self::Exact(right)) => Some(left.cmp(right)),
            _ => self.rounded()?.partial_cmp(&other.rounded()?),
        }
    }
}

/// The number that a value is, or that its text is: digits with a sign, a point or an exponent, and
/// blanks around them.
fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => parse(&number.to_string()),
        Value::String(text) => parse(text.trim()),
        _ => None,
    }
}

fn parse(text: &str) -> Option<Number> {
    // Else `inf` and `nan` would be numbers.
    let is_number = text
        .bytes()
        .all(|it| it.is_ascii_digit() || b"+-.eE".contains(&it));
    if !is_number {
        return None;
    }
    let exact = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    match exact {
        // A number too small for its digits is rounded to 0.
        Ok(exact) if !exact.is_zero() => Some(Number::Exact(exact)),
        _ => text.parse().ok().map(Number::Rounded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn order(found: Value, value: Value) -> Option<Ordering> {
        compare(&found, &value)
    }

    #[test]
    fn a_text_that_is_a_number_compares_as_one() {
        assert_eq!(order(json!("9"), json!(10)), Some(Ordering::Less));
        assert_eq!(order(json!(9), json!("10")), Some(Ordering::Less));
        assert_eq!(order(json!("9"), json!("10")), Some(Ordering::Less));
        assert_eq!(order(json!(" 10.50 "), json!(10.5)), Some(Ordering::Equal));
        assert_eq!(order(json!("1e3"), json!(999)), Some(Ordering::Greater));
        assert_eq!(order(json!("-0.5"), json!(0)), Some(Ordering::Less));
    }

    #[test]
    fn large_amounts_compare_exactly() {
        let found = json!("18446744073709551615");
        assert_eq!(order(found.clone(), json!(u64::MAX)), Some(Ordering::Equal));
        let one_less = json!("18446744073709551614");
        assert_eq!(order(found, one_less), Some(Ordering::Greater));
        assert_eq!(order(json!(1e300), json!("2")), Some(Ordering::Greater));
        assert_eq!(order(json!("1e-300"), json!(0)), Some(Ordering::Greater));
    }

    #[test]
    fn what_is_no_number_does_not_compare_with_one() {
        for found in [
            json!("many"),
            json!(""),
            json!("nan"),
            json!("inf"),
            json!("."),
            json!("1,5"),
            json!(true),
            json!([1]),
            json!({}),
        ] {
            assert_eq!(order(found.clone(), json!(1)), None, "{found}");
            assert_eq!(order(found.clone(), json!("1")), None, "{found}");
        }
    }

    #[test]
    fn other_texts_compare_as_texts() {
        assert_eq!(
            order(json!("2026-01-02"), json!("2026-01-10")),
            Some(Ordering::Less)
        );
        assert_eq!(order(json!("9"), json!("a")), Some(Ordering::Less));
        assert_eq!(order(json!(9), json!("a")), None);
    }

    #[test]
    fn a_text_is_not_the_number_that_it_spells() {
        assert!(!same(&json!("1"), &json!(1)));
        assert!(same(&json!(1), &json!(1.0)));
        assert!(same(&json!(u64::MAX), &json!(u64::MAX)));
    }
}
