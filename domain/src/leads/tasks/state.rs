//! The states of a task and the moves between them. A closed task is final: what is to be done again is a
//! new task, with a promise of its own.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The state of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Waits to be done.
    Open,
    /// Is being worked on.
    Started,
    /// Was done.
    Done,
    /// Need not be done.
    Cancelled,
}

/// A move that a task cannot make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("state: a task cannot go from {from} to {to}")]
pub struct TaskMoveError {
    /// The task's present state.
    pub from: TaskState,
    /// The state that was asked for.
    pub to: TaskState,
}

/// A text that names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("state: must be one of open, started, done, cancelled")]
pub struct UnknownTaskState;

impl TaskState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Open, Self::Started, Self::Done, Self::Cancelled];

    /// The state's name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Started => "started",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing is left to do.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }

    /// The new state, if the move is allowed. Staying is not a move.
    ///
    /// # Errors
    /// When it is not.
    pub fn moved(self, to: Self) -> Result<Self, TaskMoveError> {
        let next: &[Self] = match self {
            Self::Open => &[Self::Started, Self::Done, Self::Cancelled],
            // Back to open when another member takes it over.
            Self::Started => &[Self::Open, Self::Done, Self::Cancelled],
            Self::Done | Self::Cancelled => &[],
        };
        if next.contains(&to) {
            Ok(to)
        } else {
            Err(TaskMoveError { from: self, to })
        }
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TaskState {
    type Err = UnknownTaskState;

    fn from_str(text: &str) -> Result<Self, UnknownTaskState> {
        let mut all = Self::ALL.into_iter();
        all.find(|it| it.as_str() == text).ok_or(UnknownTaskState)
    }
}
