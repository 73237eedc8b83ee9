//! What the fields of a body must be beyond their types. All breaches are reported together.

use crate::error::Error;
use std::ops::RangeInclusive;
use tessera_domain::refusal::Refusal;

/// Breaches found so far.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<Refusal>);

impl Checks {
    /// Notes that `field` breaks `rule` unless it `holds`.
    pub(crate) fn that(&mut self, field: &str, rule: &str, holds: bool) {
        if !holds {
            self.0.push(Refusal::new(field, rule));
        }
    }

    /// Notes what a rule of the domain refuses.
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        self.0.push(refusal);
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
            Err(Error::invalid(self.0))
        }
    }
}
