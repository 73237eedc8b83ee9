//! How often callers may ask. Each key and each session has a bucket of its own; everybody who does
//! not say who they are shares one for requests that write.

use crate::error::Error;
use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock,
};
use std::{num::NonZeroU32, time::Duration};

/// Requests a second, and how many may come at once.
#[derive(Debug, Clone, Copy)]
pub struct RateLimit {
    /// Requests a second in the long run.
    pub per_second: NonZeroU32,
    /// Requests at once after a pause.
    pub burst: NonZeroU32,
}

impl RateLimit {
    fn quota(self) -> Quota {
        Quota::per_second(self.per_second).allow_burst(self.burst)
    }
}

/// The buckets.
#[derive(Debug)]
pub(crate) struct Limiter {
    callers: DefaultKeyedRateLimiter<[u8; 32]>,
    strangers: DefaultDirectRateLimiter,
}

impl Limiter {
    /// With full buckets.
    pub(crate) fn new(callers: RateLimit, strangers: RateLimit) -> Self {
        Self {
            callers: RateLimiter::keyed(callers.quota()),
            strangers: RateLimiter::direct(strangers.quota()),
        }
    }

    /// Takes a request from the bucket of the caller whose token has this hash.
    pub(crate) fn caller(&self, hash: &[u8; 32]) -> Result<(), Error> {
        self.callers
            .check_key(hash)
            .map_err(|refused| Self::refusal(refused.wait_time_from(self.callers.clock().now())))
    }

    /// Takes a request from the bucket of those who do not say who they are.
    pub(crate) fn stranger(&self) -> Result<(), Error> {
        self.strangers
            .check()
            .map_err(|refused| Self::refusal(refused.wait_time_from(self.strangers.clock().now())))
    }

    fn refusal(wait: Duration) -> Error {
        Error::TooManyRequests {
            retry_after_secs: wait.as_secs() + 1,
        }
    }
}
