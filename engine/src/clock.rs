//! Which clock says when: the network's dates what lies on the chain, this machine's everything
//! else. A question takes its "now" from the clock of what it asks about.

use crate::Result;
use chrono::{DateTime, Utc};
use tessera_domain::time::Timestamp;
use tessera_store::{PgConnection, mirror::chain_feed};

/// The time by this machine's clock, for what no request gives it to.
pub(crate) fn now() -> Timestamp {
    let now: DateTime<Utc> = std::time::SystemTime::now().into();
    now.into()
}

/// The time by the network's clock, which dates subscriptions and payments and decides deadlines on
/// chain; `now`, by this machine's, where no network is mirrored yet.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn network_now(conn: &mut PgConnection, now: Timestamp) -> Result<Timestamp> {
    let clock = chain_feed::clock(conn).await?;
    Ok(clock.map_or(now, Timestamp::from_secs))
}

/// The end of the event log, which has events of the chain beside those of visitors: the later of
/// the two clocks.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn event_log_now(conn: &mut PgConnection, now: Timestamp) -> Result<Timestamp> {
    Ok(network_now(conn, now).await?.max(now))
}
