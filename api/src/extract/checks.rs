//! What the fields of a body must be beyond their types. All breaches are told at once.

use super::field_error;
use crate::{error::Error, problem::FieldError};
use std::ops::RangeInclusive;

/// Breaches found so far.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<FieldError>);

impl Checks {
    /// Notes that `field` breaks `rule` unless it `holds`.
    pub(crate) fn that(&mut self, field: &str, rule: &str, holds: bool) {
        if !holds {
            self.0.push(field_error(field, rule));
        }
    }

    /// Text of so many characters, none of which is a control character.
    pub(crate) fn text(&mut self, field: &str, value: &str, length: RangeInclusive<usize>) {
        let rule = format!(
            "{} to {} characters, none a control character",
            length.start(),
            length.end()
        );
        let holds = length.contains(&value.chars().count()) && !value.chars().any(char::is_control);
        self.that(field, &rule, holds);
    }

    /// Refuses the request if anything was wrong.
    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }
}
