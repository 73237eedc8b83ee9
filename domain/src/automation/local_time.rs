//! Local time: what the clock on a wall shows.
//!
//! Law: the laws of time zones are those of the database that is compiled in, never of the machine, so that
//! every process of an installation agrees. An hour that a night skips comes when the clock has passed it, and
//! one that a night has twice begins with its first occurrence and ends with its second.

mod calendar;
mod quiet;
mod zone;

pub use calendar::{Weekday, WorkingDays};
pub use quiet::Quiet;
pub use zone::{LocalTime, TZDB_VERSION, Zone, tzdb_is_current};

/// The trait with the name of the person's time zone.
pub const TIMEZONE: &str = "timezone";
