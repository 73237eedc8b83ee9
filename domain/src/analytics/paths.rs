//! Paths that people take through events, with loops collapsed, and how often each is taken.

mod collapse;
mod counts;
mod definition;
mod path;

pub use collapse::MAX_LOOP_EVENTS;
pub use counts::{PathCounts, PathShare, TopPaths};
pub use definition::{MAX_PATH_STEPS, PathDefinition, paths};
pub use path::{Path, Step};
