//! The network's time: read from its Clock sysvar, which is what programs read, and moved forward.
//!
//! Effects of a jump in Surfpool:
//! - Slots move with the time, by the jump over the slot time. The slots between exist as empty
//!   blocks at most, so a scan slot by slot must expect millions of them.
//! - Blockhashes age by blocks produced, not by slots, so one that was fetched before a jump is
//!   valid after it. It is also valid for 150 blocks only: 7.5 seconds of real time at 50 ms a
//!   block.
//! - Transactions of the last 31 slots become final immediately.
//! - The new slot is counted from a reading that is one block old. A jump shorter than a few blocks
//!   could set the slot back, so those are waited for instead.
//! - The call gives up after 2 seconds on a busy machine although the jump still happens. Its error
//!   is therefore kept until the clock has had its time, and counts only if the clock stands.

use std::time::{Duration, Instant};

use serde_json::json;
use solana_sdk_ids::sysvar::clock;

use super::{Network, refused};
use crate::Error;

/// How long a jump may take.
const LIMIT: Duration = Duration::from_secs(20);

/// Jumps shorter than this are waited for, in blocks.
const SHORT: u32 = 4;

impl Network {
    /// The network's time: Unix seconds, as its programs read them.
    ///
    /// # Errors
    /// [`Error::Rpc`], or [`Error::ClockUnreadable`].
    pub async fn now(&self) -> Result<i64, Error> {
        let data = self
            .rpc
            .get_account_data(&clock::ID)
            .await
            .map_err(refused("getAccountInfo"))?;
        // A Clock is five words of 8 bytes; the timestamp is the last.
        match data.last_chunk() {
            Some(word) if data.len() == 40 => Ok(i64::from_le_bytes(*word)),
            _ => Err(Error::ClockUnreadable),
        }
    }

    /// Moves the time forward by `seconds`, and returns what the clock then shows.
    ///
    /// # Errors
    /// As [`Network::advance_to`].
    pub async fn advance(&self, seconds: u32) -> Result<i64, Error> {
        self.advance_to(self.now().await? + i64::from(seconds))
            .await
    }

    /// Moves the time forward to `target`, or a little past it, and returns what the clock then
    /// shows. A target in the past is already reached: time never runs back.
    ///
    /// # Errors
    /// [`Error::ClockStuck`] when the clock does not get there in time.
    pub async fn advance_to(&self, target: i64) -> Result<i64, Error> {
        let start = Instant::now();
        let mut now = self.now().await?;
        let way = Duration::from_secs(target.saturating_sub(now).try_into().unwrap_or(0));
        let jump = match u64::try_from(target) {
            Ok(seconds) if way > self.slot_time * SHORT => {
                let to = json!([{ "absoluteTimestamp": seconds.saturating_mul(1_000) }]);
                self.cheat("surfnet_timeTravel", to).await
            }
            _ => Ok(()),
        };
        while now < target {
            if start.elapsed() > LIMIT {
                jump?;
                return Err(Error::ClockStuck {
                    now,
                    target,
                    seconds: LIMIT.as_secs(),
                });
            }
            tokio::time::sleep(self.slot_time).await;
            now = self.now().await?;
        }
        Ok(now)
    }
}
