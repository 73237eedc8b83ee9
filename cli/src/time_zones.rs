//! The time zones that are compiled in, by which journeys wait for hours.

use anyhow::{Result, ensure};
use std::time::{SystemTime, UNIX_EPOCH};
use tessera_domain::{
    automation::local_time::{TZDB_VERSION, tzdb_is_current},
    time::Timestamp,
};

/// Refuses to start by laws of time that have changed since: messages would come in the night.
///
/// # Errors
/// When they are older than a year.
pub(crate) fn unless_old(now: SystemTime) -> Result<()> {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp::from_secs(i64::try_from(since.as_secs())?);
    ensure!(
        tzdb_is_current(now),
        "the time zones of this version are {TZDB_VERSION}, more than a year old: install a newer version"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_version_with_old_time_zones_does_not_start() {
        let at = |secs: u64| UNIX_EPOCH + Duration::from_secs(secs);
        // The ends of November 2026 and 2027.
        assert!(unless_old(at(1_796_000_000)).is_ok());
        let refused = unless_old(at(1_827_500_000)).expect_err("refused");
        assert!(refused.to_string().contains(TZDB_VERSION), "{refused}");
    }
}
