//! Whether what was answered is what a walk shows, but for what it leaves open.

use super::document::Language;
use serde_json::Value;

const ANYTHING: &str = "…";

/// Compares; the error has a line of `shown`, from 0, and what is otherwise in it.
pub(super) fn compare(language: Language, shown: &str, given: &str) -> Result<(), (usize, String)> {
    match language {
        Language::Text => lines(shown, given),
        Language::Json => {
            let parsed = |text: &str| serde_json::from_str(text).map_err(|error| error.to_string());
            let (shown, given) = (parsed(shown), parsed(given));
            let differs = |shown: &Value, given: &Value| match difference("", shown, given) {
                Some(what) => Err(what),
                None => Ok(()),
            };
            shown
                .and_then(|shown| differs(&shown, &given?))
                .map_err(|what| (0, what))
        }
    }
}

/// Where two values differ, and how.
fn difference(path: &str, shown: &Value, given: &Value) -> Option<String> {
    let other = || Some(format!("{path}: {given} instead of {shown}"));
    match (shown, given) {
        (Value::String(any), _) if any == ANYTHING => None,
        (Value::String(shown), Value::String(given)) if fits(shown, given) => None,
        (Value::Array(shown), Value::Array(given)) => {
            let open = shown.last().is_some_and(|last| last == ANYTHING);
            let known = shown.len() - usize::from(open);
            if given.len() < known || (given.len() > known && !open) {
                return other();
            }
            (shown.iter().take(known).zip(given).enumerate())
                .find_map(|(index, (a, b))| difference(&format!("{path}[{index}]"), a, b))
        }
        (Value::Object(shown), Value::Object(given)) => {
            let open = shown.contains_key(ANYTHING);
            let extra = given.keys().find(|name| !shown.contains_key(*name));
            if let (Some(name), false) = (extra, open) {
                return Some(format!("{path}.{name}: not shown"));
            }
            (shown.iter().filter(|(name, _)| *name != ANYTHING)).find_map(|(name, a)| {
                let path = format!("{path}.{name}");
                match given.get(name) {
                    Some(b) => difference(&path, a, b),
                    None => Some(format!("{path}: not answered")),
                }
            })
        }
        _ if shown == given => None,
        _ => other(),
    }
}

fn lines(shown: &str, given: &str) -> Result<(), (usize, String)> {
    let mut given = given.lines().map(str::trim_end).peekable();
    let mut shown = shown.lines().map(str::trim_end).enumerate().peekable();
    while let Some((number, line)) = shown.next() {
        if line == ANYTHING {
            let next = shown.peek().map(|(_, line)| *line);
            while given
                .next_if(|given| next.is_none_or(|next| !fits(next, given)))
                .is_some()
            {}
            continue;
        }
        match given.next() {
            Some(given) if fits(line, given) => {}
            Some(given) => return Err((number, format!("{given:?} instead of {line:?}"))),
            None => return Err((number, format!("nothing instead of {line:?}"))),
        }
    }
    match given.next() {
        Some(more) => Err((0, format!("{more:?} is not shown"))),
        None => Ok(()),
    }
}

/// Whether a text is the shown one, with anything where that has `…`.
fn fits(shown: &str, given: &str) -> bool {
    let Some((start, rest)) = shown.split_once(ANYTHING) else {
        return shown == given;
    };
    let Some(given) = given.strip_prefix(start) else {
        return false;
    };
    given
        .char_indices()
        .map(|(at, _)| at)
        .chain([given.len()])
        .any(|at| fits(rest, &given[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_shown_and_what_is_not_answered_differ() {
        let differs = |shown: Value, given: Value| difference("", &shown, &given).is_some();
        assert!(differs(json!({"a": 1}), json!({"a": 2})));
        assert!(differs(json!({"a": 1}), json!({"a": 1, "b": 2})));
        assert!(differs(json!({"a": 1, "…": "…"}), json!({"b": 2})));
        assert!(differs(json!([1]), json!([1, 2])));
        assert!(differs(json!([1, 2, "…"]), json!([1])));
        assert!(differs(json!("tsk_…"), json!("key")));
        assert!(!differs(
            json!({"a": "…", "…": "…"}),
            json!({"a": [], "b": 2})
        ));
        assert!(!differs(json!([1, "…"]), json!([1])));
        assert!(!differs(json!("tsk_…_1"), json!("tsk_a_1")));
    }

    #[test]
    fn a_line_that_is_otherwise_missing_or_too_many_is_named() {
        let at = |shown, given| lines(shown, given).err().map(|(line, _)| line);
        assert_eq!(at("a\nb", "a\nc"), Some(1));
        assert_eq!(at("a\nb", "a"), Some(1));
        assert_eq!(at("a", "a\nb"), Some(0));
        assert_eq!(at("…\nb", "a"), Some(1));
        assert_eq!(at("…\nb …\n…", "a\na\nb 7\nc"), None);
    }
}
