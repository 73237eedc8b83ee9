//! The limits of properties: bounded in every direction, storable as Postgres `jsonb` without
//! change, and free of personal data.

use super::personal;
use super::reason::{self, refuse, shown};
use crate::{event::Properties, refusal::Refusal};
use serde_json::{Number, Value};
use std::{fmt, io};

/// Most bytes of the properties, as compact JSON.
pub const MAX_PROPERTIES_BYTES: usize = 32 * 1024;
/// Most keys, those of nested objects included.
pub const MAX_KEYS: usize = 100;
/// Most levels of objects and lists; the properties themselves are the first.
pub const MAX_DEPTH: usize = 5;
/// Most characters of a key.
pub const MAX_KEY_CHARS: usize = 128;
/// Most characters of a text.
pub const MAX_TEXT_CHARS: usize = 2_000;
/// 2^63: numbers of this magnitude or more are refused unless they are 64-bit integers. An integer
/// of more than 64 bits would be read back as another one.
pub const NUMBER_LIMIT: f64 = 9_223_372_036_854_775_808.0;

/// The path of a value; `parent` is none at the top.
struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

enum Step<'a> {
    Root(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    fn root(name: &'a str) -> Self {
        Self {
            parent: None,
            step: Step::Root(name),
        }
    }

    /// The name at its top.
    fn name(&self) -> &'a str {
        match (self.parent, &self.step) {
            (Some(parent), _) => parent.name(),
            (None, Step::Root(name)) => name,
            (None, _) => "",
        }
    }

    fn then(&'a self, step: Step<'a>) -> Self {
        Self {
            parent: Some(self),
            step,
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root(name) => f.write_str(name),
            Step::Key(key) => write!(f, ".{}", shown(key)),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// Checks properties, which stand in `field`, against every bound.
///
/// # Errors
/// When they are too large, too many or too deep, cannot be stored, or are personal data.
pub fn check_properties(properties: &Properties, field: &str) -> Result<(), Refusal> {
    let root = Path::root(field);
    let mut keys = 0;
    check_object(properties, &root, 1, &mut keys)?;
    let mut size = Size(0);
    let written = serde_json::to_writer(&mut size, properties);
    if written.is_err() || size.0 > MAX_PROPERTIES_BYTES {
        let rule = "must have at most 32768 bytes";
        return Err(refuse(reason::TOO_LARGE, field, rule));
    }
    Ok(())
}

/// Checks a value as one of a property; it stands in `field`.
pub(crate) fn check_property(value: &Value, field: &str) -> Result<(), Refusal> {
    check_value(value, &Path::root(field), 1, &mut 0)
}

fn check_object(
    object: &Properties,
    path: &Path<'_>,
    depth: usize,
    keys: &mut usize,
) -> Result<(), Refusal> {
    for (key, value) in object {
        *keys += 1;
        if *keys > MAX_KEYS {
            let rule = "must have at most 100 keys, those of nested objects included";
            return Err(refuse(reason::TOO_MANY_KEYS, path.name(), rule));
        }
        check_key(key, path)?;
        check_value(value, &path.then(Step::Key(key)), depth, keys)?;
    }
    Ok(())
}

fn check_value(
    value: &Value,
    path: &Path<'_>,
    depth: usize,
    keys: &mut usize,
) -> Result<(), Refusal> {
    let nested = matches!(value, Value::Object(_) | Value::Array(_));
    if nested && depth >= MAX_DEPTH {
        let rule = "must not nest objects and lists more than 5 levels deep";
        return Err(refuse(reason::TOO_DEEP, path, rule));
    }
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(number) => check_number(number, path),
        Value::String(text) => {
            check_text(text, path)?;
            personal::check_text(text, path)
        }
        Value::Array(list) => list.iter().enumerate().try_for_each(|(index, value)| {
            check_value(value, &path.then(Step::Index(index)), depth + 1, keys)
        }),
        Value::Object(object) => check_object(object, path, depth + 1, keys),
    }
}

fn check_key(key: &str, path: &Path<'_>) -> Result<(), Refusal> {
    if key.contains('\0') {
        return Err(nul(path));
    }
    let length = key.chars().count();
    if length == 0 || length > MAX_KEY_CHARS || key.chars().any(char::is_control) {
        let rule = "must have keys of 1 to 128 characters without control characters";
        return Err(refuse(reason::INVALID_KEY, path, rule));
    }
    personal::check_key(key, path)
}

fn check_number(number: &Number, path: &Path<'_>) -> Result<(), Refusal> {
    let integer = number.is_i64() || number.is_u64();
    let small = |it: f64| it.abs() < NUMBER_LIMIT;
    if integer || number.as_f64().is_some_and(small) {
        return Ok(());
    }
    let rule = "must be a 64-bit integer or less than 2^63; send a longer one as text";
    Err(refuse(reason::NUMBER_OUT_OF_RANGE, path, rule))
}

/// Checks a text that is stored.
pub(super) fn check_text(text: &str, path: impl fmt::Display) -> Result<(), Refusal> {
    if text.contains('\0') {
        return Err(nul(path));
    }
    if text.len() > MAX_TEXT_CHARS && text.chars().count() > MAX_TEXT_CHARS {
        let rule = "must have at most 2000 characters";
        return Err(refuse(reason::TEXT_TOO_LONG, path, rule));
    }
    Ok(())
}

fn nul(path: impl fmt::Display) -> Refusal {
    refuse(
        reason::NUL_CHARACTER,
        path,
        "must not have the character U+0000",
    )
}

/// Counts the bytes written to it.
struct Size(usize);

impl io::Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
