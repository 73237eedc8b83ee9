//! Corrections of deals: what a deal is made of by mistake is put right without a word of its history
//! being lost.
//!
//! A deal that is won, lost or removed can be open again, in the stage in which it last was open. A deal
//! can be won or lost as of a moment of the past, whatever its stage. A deal that should not be there can
//! be removed. Each says why.

use super::stage::Stage;
use crate::{
    refusal::Refusal,
    time::{MICROS_PER_DAY, Timestamp},
};
use std::{fmt, str::FromStr};

/// Most characters of a reason.
pub const MAX_REASON_CHARS: usize = 500;
/// How long ago a deal may have been closed, days: ten years.
pub const MAX_CLOSED_DAYS: i64 = 3_653;

/// How an entry of a deal's history came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The deal was created, or moved from stage to stage.
    Moved,
    /// It was opened again.
    Reopened,
    /// It was won or lost as of a stated moment.
    Closed,
    /// It was removed.
    Removed,
}

/// A text that names no kind of entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("kind: must be one of moved, reopened, closed, removed")]
pub struct UnknownEntry;

impl Entry {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Moved, Self::Reopened, Self::Closed, Self::Removed];

    /// The kind's name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Reopened => "reopened",
            Self::Closed => "closed",
            Self::Removed => "removed",
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Entry {
    type Err = UnknownEntry;

    fn from_str(text: &str) -> Result<Self, UnknownEntry> {
        let mut all = Self::ALL.into_iter();
        all.find(|it| it.as_str() == text).ok_or(UnknownEntry)
    }
}

/// Whether a deal may be closed as this, at this moment of the past.
///
/// # Errors
/// The field that breaks a rule.
pub fn closing(to: Stage, closed_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if !to.is_closed() {
        return Err(Refusal::new("to", "must be won or lost"));
    }
    let oldest = now.0.saturating_sub(MAX_CLOSED_DAYS * MICROS_PER_DAY);
    if (oldest..=now.0).contains(&closed_at.0) {
        Ok(())
    } else {
        let rule = format!("must not be in the future, nor more than {MAX_CLOSED_DAYS} days ago");
        Err(Refusal::new("closed_at", rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deal_is_closed_in_the_past_and_as_won_or_lost() {
        let now = Timestamp::from_secs(2_000_000_000);
        for stage in Stage::ALL {
            let refused = closing(stage, now, now).is_err();
            assert_eq!(refused, !stage.is_closed(), "{stage}");
        }
        for (secs, refused) in [(0, false), (1, true), (-86_400 * 3_653, false)] {
            let closed = closing(Stage::Won, now.plus_secs(secs), now);
            assert_eq!(closed.is_err(), refused, "{secs}");
        }
        let long_ago = now.plus_secs(-86_400 * 3_653 - 1);
        assert!(closing(Stage::Lost, long_ago, now).is_err());
    }

    #[test]
    fn an_entry_has_one_name_everywhere() {
        for entry in Entry::ALL {
            assert_eq!(entry.to_string().parse(), Ok(entry));
        }
        assert_eq!("won".parse::<Entry>(), Err(UnknownEntry));
    }
}
