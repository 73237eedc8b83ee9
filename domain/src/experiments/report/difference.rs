//! Where two reports differ.

use serde::Serialize;
use serde_json::Value;

/// Numbers this near, as a part of the larger one, are the same.
pub const TOLERANCE: f64 = 1e-12;
/// Most differences that are listed.
pub const MOST_DIFFERENCES: usize = 100;

/// A place where two reports differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Where, as an RFC 6901 pointer.
    pub at: String,
    /// What was signed; null where there was nothing.
    pub signed: Value,
    /// What is counted now; null where there is nothing.
    pub counted: Value,
}

/// The places where reports differ, numbers by more than [`TOLERANCE`]; the first
/// [`MOST_DIFFERENCES`] of them.
pub fn differences(signed: &Value, counted: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), signed, counted, &mut found);
    found
}

fn compare(at: String, signed: &Value, counted: &Value, found: &mut Vec<Difference>) {
    if found.len() >= MOST_DIFFERENCES || is_same(signed, counted) {
        return;
    }
    match (signed, counted) {
        (Value::Object(one), Value::Object(other)) => {
            let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let of = |all: &serde_json::Map<String, Value>| {
                    all.get(name).cloned().unwrap_or_default()
                };
                let escaped = name.replace('~', "~0").replace('/', "~1");
                compare(format!("{at}/{escaped}"), &of(one), &of(other), found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (place, (one, other)) in one.iter().zip(other).enumerate() {
                compare(format!("{at}/{place}"), one, other, found);
            }
        }
        _ => found.push(Difference {
            at,
            signed: signed.clone(),
            counted: counted.clone(),
        }),
    }
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => {
            (one - other).abs() <= TOLERANCE * f64::max(one.abs(), other.abs())
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_place_that_differs_is_named() {
        let signed = json!({ "a": { "b/c": [1, 2.0, null] }, "d": "x", "e": [1], "gone": 1 });
        let counted = json!({ "a": { "b/c": [1, 2.1, 3] }, "d": "y", "e": [1, 2], "come": 1 });
        let found = differences(&signed, &counted);
        let at: Vec<&str> = found.iter().map(|it| it.at.as_str()).collect();
        let expected = ["/a/b~1c/1", "/a/b~1c/2", "/come", "/d", "/e", "/gone"];
        assert_eq!(at, expected);
        assert_eq!(found[2].signed, Value::Null);
    }

    #[test]
    fn numbers_differ_by_more_than_rounding() {
        let of = |number: f64| json!({ "p": number });
        assert_eq!(differences(&of(0.1), &of(0.1 + 1e-15)), []);
        assert_eq!(differences(&of(0.1), &of(0.1 + 1e-12)).len(), 1);
        assert_eq!(differences(&of(0.0), &of(1e-300)).len(), 1);
    }
}
