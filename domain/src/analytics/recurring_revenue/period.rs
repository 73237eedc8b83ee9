//! The period of a report.

use crate::time::Timestamp;
use serde::Serialize;

/// Moments from `from` on and before `to`. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    from: Timestamp,
    to: Timestamp,
}

/// Why a period is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// It does not end after its beginning.
    #[error("to: {to} must be after from, which is {from}")]
    Empty {
        /// The given beginning.
        from: Timestamp,
        /// The given end.
        to: Timestamp,
    },
}

impl Period {
    /// From `from` on and before `to`, which must be later.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, PeriodError> {
        if from < to {
            Ok(Self { from, to })
        } else {
            Err(PeriodError::Empty { from, to })
        }
    }

    /// The first moment in it.
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// The first moment after it.
    pub fn to(&self) -> Timestamp {
        self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_without_a_moment_is_refused_by_name() {
        let refusal = Period::new(Timestamp(0), Timestamp(0)).expect_err("empty");
        assert_eq!(
            refusal.to_string(),
            "to: 1970-01-01T00:00:00Z must be after from, which is 1970-01-01T00:00:00Z"
        );
        assert!(Period::new(Timestamp(1), Timestamp(0)).is_err());
    }
}
