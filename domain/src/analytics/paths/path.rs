//! A path through events.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Steps in the order in which they were taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Path(pub Vec<Step>);

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// An event, once or several times in a row.
    Event(String),
    /// Several events in a row that occurred at least twice in this order.
    Loop(Vec<String>),
    /// Steps left out of a path that is too long.
    Omitted,
}

/// As in `visited > (searched viewed)+ > … > paid`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" > ")?;
            }
            match step {
                Step::Event(name) => f.write_str(name)?,
                Step::Loop(names) => write!(f, "({})+", names.join(" "))?,
                Step::Omitted => f.write_str("…")?,
            }
        }
        Ok(())
    }
}
