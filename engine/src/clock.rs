//! The time, for what no request gives it to.

use chrono::{DateTime, Utc};
use tessera_domain::time::Timestamp;

/// The time by this machine's clock.
pub(crate) fn now() -> Timestamp {
    let now: DateTime<Utc> = std::time::SystemTime::now().into();
    now.into()
}
