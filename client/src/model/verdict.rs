//! The moment of a decision, and the rules that it breaks.

use tessera_types::TesseraError;

/// A moment of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Unix seconds.
    pub now: i64,
    /// The slot; lives and generations begin with it.
    pub slot: u64,
}

/// A rule that was broken or checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One of the program's own.
    #[error("{}", .0.message())]
    Rule(TesseraError),
    /// An account is missing; its kind.
    #[error("there is no {0}")]
    Missing(&'static str),
    /// A rule of the runtime or of another program.
    #[error("{0}")]
    Runtime(&'static str),
}

impl From<TesseraError> for Refusal {
    fn from(rule: TesseraError) -> Self {
        Self::Rule(rule)
    }
}

/// The rules that were checked, as far as they could be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict(Vec<(Refusal, bool)>);

impl Verdict {
    /// Notes whether a rule holds.
    pub(crate) fn require(&mut self, holds: bool, rule: impl Into<Refusal>) {
        self.0.push((rule.into(), holds));
    }

    /// Checks that an account has room for a number.
    pub(crate) fn fits(&mut self, number: u128) {
        let holds = number <= u128::from(u64::MAX);
        self.require(holds, TesseraError::ArithmeticOverflow);
    }

    /// Passes `found` on, and notes whether it is missing.
    pub(crate) fn found<T>(&mut self, found: Option<T>, what: &'static str) -> Option<T> {
        self.require(found.is_some(), Refusal::Missing(what));
        found
    }

    /// Every rule and whether it holds.
    pub fn rules(&self) -> impl Iterator<Item = (Refusal, bool)> {
        self.0.iter().copied()
    }

    /// The rules that are broken.
    pub fn refusals(&self) -> impl Iterator<Item = Refusal> {
        self.rules()
            .filter(|(_, holds)| !holds)
            .map(|(rule, _)| rule)
    }
}
