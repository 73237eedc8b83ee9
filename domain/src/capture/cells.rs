//! Rows of cells, as a table is written, as the JSON that says the same.
//!
//! What a cell is follows from its field, and never from how it looks: text stays text, whatever digits and
//! brackets stand in it. Only of a property that nobody knows a cell is a number, `true` or `false`, and
//! only where JSON writes that value in the same characters, so that nothing of the cell is lost.

use super::{
    item::MAX_ITEM_BYTES,
    limits::MAX_KEY_CHARS,
    reason::{self, refuse, shown},
    registry::{PropertyType, Registry},
    traits::{AD_CONSENT, COMPANY_SIZE, PERSONAL_TRAITS, PUBLIC_TRAITS},
};
use crate::{filter::whole, refusal::Refusal};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const EVENT: &str = "event";
/// What the names of columns of properties begin with.
const PROPERTIES: &str = "properties.";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text that never has a line break, such as an id or a moment.
    Word,
    /// A value of this type.
    A(PropertyType),
    /// A property: what the registry says, or what its cells say themselves.
    Property,
}

/// The columns that rows of a kind may have.
#[derive(Debug, Clone)]
pub struct Fields {
    known: BTreeMap<String, Holds>,
    /// Whether columns of any properties may be there, too.
    properties: bool,
}

impl Fields {
    /// Of these names.
    pub fn of<const N: usize>(known: [(&str, Holds); N]) -> Self {
        let known = known.map(|(name, holds)| (name.to_owned(), holds));
        Self {
            known: known.into(),
            properties: false,
        }
    }

    /// Those of events.
    pub fn of_events() -> Self {
        let object = Holds::A(PropertyType::Object);
        let words = [
            "message_id",
            EVENT,
            "timestamp",
            "sent_at",
            "anonymous_id",
            "user_id",
        ];
        let mut fields = Self::of(words.map(|name| (name, Holds::Word)));
        fields.known.extend([
            ("properties".to_owned(), object),
            ("context".to_owned(), object),
            (
                "context.consent".to_owned(),
                Holds::A(PropertyType::Boolean),
            ),
        ]);
        fields.properties = true;
        fields
    }

    /// With the traits of a person.
    #[must_use]
    pub fn with_traits(mut self) -> Self {
        let object = Holds::A(PropertyType::Object);
        self.known.insert("traits".to_owned(), object);
        for name in PUBLIC_TRAITS.iter().chain(&PERSONAL_TRAITS) {
            let kind = match *name {
                COMPANY_SIZE => PropertyType::Integer,
                AD_CONSENT => PropertyType::Boolean,
                _ => PropertyType::Text,
            };
            self.known.insert(format!("traits.{name}"), Holds::A(kind));
        }
        self
    }

    fn holds(&self, name: &str) -> Option<Holds> {
        let is_key = |key: &str| {
            (1..=MAX_KEY_CHARS).contains(&key.chars().count()) && !key.contains(char::is_control)
        };
        let is_property = self.properties && name.strip_prefix(PROPERTIES).is_some_and(is_key);
        let known = self.known.get(name).copied();
        known.or(is_property.then_some(Holds::Property))
    }

    fn shown(&self) -> String {
        let known: Vec<&str> = self.known.keys().map(String::as_str).collect();
        let more = if self.properties {
            ", and properties.NAME of any property"
        } else {
            ""
        };
        format!("{}{more}", known.join(", "))
    }
}

/// The columns of a table.
#[derive(Debug)]
pub struct Columns(Vec<(String, Holds)>);

impl Columns {
    /// The columns of these names.
    ///
    /// # Errors
    /// When rows have no such field, or two columns would be one.
    pub fn of(names: &[String], fields: &Fields) -> Result<Self, Refusal> {
        let mut met = BTreeSet::new();
        let mut columns = Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            let Some(holds) = fields.holds(name) else {
                let field = if name.is_empty() {
                    format!("column {}", index + 1)
                } else {
                    shown(name)
                };
                let rule = format!("must not be there; known are {}", fields.shown());
                return Err(refuse(reason::UNKNOWN_FIELD, field, rule));
            };
            if !met.insert(name.as_str()) {
                return Err(Refusal::new(shown(name), "must not be there twice"));
            }
            columns.push((name.clone(), holds));
        }
        for name in names {
            let parent = name.split_once('.').map(|(parent, _)| parent);
            if let Some(parent) = parent.filter(|it| met.contains(it)) {
                let rule = format!("must not be there beside {}", shown(name));
                return Err(Refusal::new(parent, rule));
            }
        }
        Ok(Self(columns))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The name of a column; of one that is not there, that of the whole row.
    pub fn name(&self, index: usize) -> &str {
        self.0.get(index).map_or("row", |(name, _)| name)
    }

    /// Whether a cell of the column may have a line break.
    pub fn may_break(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(|it| it.1 != Holds::Word)
    }
}

/// A row. Its cells stand in one text, since a row may have a great many.
#[derive(Debug, Clone)]
pub struct Cells {
    columns: Arc<Columns>,
    text: String,
    ends: Vec<usize>,
}

impl Cells {
    /// A row of these cells, each of which ends in `text` where `ends` says; those that lack are empty.
    pub fn new(columns: Arc<Columns>, text: String, ends: Vec<usize>) -> Self {
        Self {
            columns,
            text,
            ends,
        }
    }

    /// The cells that are not empty, by their columns.
    fn all(&self) -> impl Iterator<Item = (&str, Holds, &str)> {
        let mut begin = 0;
        let cells = self.ends.iter().map(move |end| {
            let cell = self.text.get(begin..*end).unwrap_or_default();
            begin = *end;
            cell
        });
        let columns = self.columns.0.iter();
        columns
            .zip(cells)
            .map(|((name, holds), cell)| (name.as_str(), *holds, cell))
            .filter(|(_, _, cell)| !cell.trim().is_empty())
    }

    /// The row as the JSON of an object. A dot in a name leads into an object, an empty cell is no field;
    /// properties are what the registry says of the event that the row is.
    ///
    /// # Errors
    /// When a number cannot be kept as it is written, or the object is too large.
    pub fn json(&self, registry: &Registry) -> Result<String, Refusal> {
        let event = self.all().find(|(name, _, _)| *name == EVENT);
        let event = event.map_or("", |(_, _, cell)| cell);
        let mut object = Map::new();
        for (name, holds, cell) in self.all() {
            let kind = match holds {
                Holds::Word => Some(PropertyType::Text),
                Holds::A(kind) => Some(kind),
                Holds::Property => {
                    let property = name.strip_prefix(PROPERTIES).unwrap_or(name);
                    registry.property_type(event, property)
                }
            };
            let value = value(kind, cell, name)?;
            match name.split_once('.') {
                None => {
                    object.insert(name.to_owned(), value);
                }
                Some((parent, name)) => {
                    let parent = object.entry(parent).or_insert_with(|| Map::new().into());
                    if let Value::Object(members) = parent {
                        members.insert(name.to_owned(), value);
                    }
                }
            }
        }
        let text = Value::Object(object).to_string();
        if text.len() > MAX_ITEM_BYTES {
            let rule = "must have at most 65536 bytes";
            return Err(refuse(reason::TOO_LARGE, "row", rule));
        }
        Ok(text)
    }
}

/// What a cell of a field is. One that is not of its type stays text, which the field's own rule refuses.
fn value(kind: Option<PropertyType>, cell: &str, field: &str) -> Result<Value, Refusal> {
    let json = || serde_json::from_str::<Value>(cell).ok();
    let found = match kind {
        None => json().filter(|it| is_written(it, cell)),
        Some(PropertyType::Text) => None,
        Some(PropertyType::Number) => json().filter(Value::is_number),
        // Tables with gaps write 50.0.
        Some(PropertyType::Integer) => json().and_then(|it| integer(whole(&it)?)),
        Some(PropertyType::Boolean) => [true, false].into_iter().find_map(|it| {
            let is_it = cell.trim().eq_ignore_ascii_case(&it.to_string());
            is_it.then(|| it.into())
        }),
        Some(PropertyType::List) => json().filter(Value::is_array),
        Some(PropertyType::Object) => json().filter(Value::is_object),
    };
    let Some(found) = found else {
        return Ok(cell.into());
    };
    let kept = match found.as_f64().filter(|_| found.is_f64()) {
        Some(float) => format!("{float:e}"),
        None => found.to_string(),
    };
    if found.is_number() && digits(&kept) != digits(cell) {
        let rule = "must be a number that 64 bits hold as it is written; send a longer one as text";
        return Err(refuse(reason::NUMBER_OUT_OF_RANGE, field, rule));
    }
    Ok(found)
}

fn integer(whole: i128) -> Option<Value> {
    let unsigned = u64::try_from(whole).ok().map(Value::from);
    unsigned.or_else(|| i64::try_from(whole).ok().map(Value::from))
}

/// Whether `cell` is how the number, `true` or `false` is written, without an exponent.
fn is_written(value: &Value, cell: &str) -> bool {
    let is_scalar = value.is_boolean() || (value.is_number() && !cell.contains(['e', 'E']));
    let written = value.to_string();
    is_scalar && written == cell
}

/// The digits of a number that count, wherever its point is.
fn digits(number: &str) -> String {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}
