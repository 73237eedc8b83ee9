//! What the fields of a body must be beyond their types. All breaches are reported together.

use crate::error::Error;
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

    /// Notes what a rule of the domain refuses, if it does.
    pub(crate) fn keep(&mut self, checked: Result<(), Refusal>) {
        self.0.extend(checked.err());
    }

    /// Text of at most so many characters, none of which is a control character.
    pub(crate) fn text(&mut self, field: &str, value: &str, most: usize) {
        self.keep(Refusal::unless_name(field, value, most));
        let is_blank = !value.is_empty() && value.trim().is_empty();
        self.that(field, "must not be blank", !is_blank);
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
