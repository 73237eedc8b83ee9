//! How often callers may ask. Each key and each session has its own bucket; anonymous callers share
//! one for requests that write, and have one for each address for all they ask; all customers of an organisation share one for requests that name
//! an offer's code, since a new wallet costs nothing; and clicks on referral links, which anybody
//! can make, share one for each Org and one over all.

use crate::{error::Error, state::ApiConfig};
use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock,
};
use std::{
    net::Ipv6Addr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tessera_store::{Key, OrganisationId};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// Requests after which buckets that are full again are dropped.
const SWEEP_EVERY: u32 = 10_000;

/// How long a stranger waits for the answers to others.
const PATIENCE: Duration = Duration::from_millis(500);

/// Requests a second, and how many may come together.
#[derive(Debug, Clone, Copy)]
pub struct RateLimit {
    /// Requests a second in the long run.
    pub per_second: NonZeroU32,
    /// Requests that may come together after a pause.
    pub burst: NonZeroU32,
}

impl RateLimit {
    fn quota(self) -> Quota {
        Quota::per_second(self.per_second).allow_burst(self.burst)
    }
}

#[derive(Debug)]
pub(crate) struct Limiter {
    callers: DefaultKeyedRateLimiter<[u8; 32]>,
    strangers: DefaultDirectRateLimiter,
    addresses: DefaultKeyedRateLimiter<Ipv6Addr>,
    reads: Semaphore,
    offer_codes: DefaultKeyedRateLimiter<OrganisationId>,
    clicks: DefaultKeyedRateLimiter<Key>,
    all_clicks: DefaultDirectRateLimiter,
    requests: AtomicU32,
}

impl Limiter {
    /// With full buckets.
    pub(crate) fn new(config: &ApiConfig) -> Self {
        Self {
            callers: RateLimiter::keyed(config.caller_limit.quota()),
            strangers: RateLimiter::direct(config.stranger_limit.quota()),
            addresses: RateLimiter::keyed(config.address_limit.quota()),
            reads: Semaphore::new(config.stranger_reads),
            offer_codes: RateLimiter::keyed(config.offer_code_limit.quota()),
            clicks: RateLimiter::keyed(config.org_click_limit.quota()),
            all_clicks: RateLimiter::direct(config.click_limit.quota()),
            requests: AtomicU32::new(0),
        }
    }

    /// Takes a request from the bucket of the caller whose token has this hash.
    pub(crate) fn caller(&self, hash: &[u8; 32]) -> Result<(), Error> {
        self.sweep();
        self.callers
            .check_key(hash)
            .map_err(|refused| Self::refusal(refused.wait_time_from(self.callers.clock().now())))
    }

    /// Takes a request from the bucket of anonymous callers.
    pub(crate) fn stranger(&self) -> Result<(), Error> {
        self.strangers
            .check()
            .map_err(|refused| Self::refusal(refused.wait_time_from(self.strangers.clock().now())))
    }

    /// Takes a request from the bucket of anonymous callers from this address.
    pub(crate) fn address(&self, address: Ipv6Addr) -> Result<(), Error> {
        self.sweep();
        self.addresses
            .check_key(&address)
            .map_err(|refused| Self::refusal(refused.wait_time_from(self.addresses.clock().now())))
    }

    /// Waits for one of the places that strangers have together to read. They are fewer than the
    /// connections that read, so the others are left to those who act for an organisation.
    pub(crate) async fn place(&self) -> Result<SemaphorePermit<'_>, Error> {
        match timeout(PATIENCE, self.reads.acquire()).await {
            Ok(place) => place.map_err(|_| Error::internal("places of strangers")),
            Err(_) => Err(Self::refusal(PATIENCE)),
        }
    }

    /// Takes a request from the bucket of the customers of an organisation who name an offer's
    /// code, right or wrong.
    pub(crate) fn offer_code(&self, organisation: OrganisationId) -> Result<(), Error> {
        let clock = self.offer_codes.clock();
        self.offer_codes
            .check_key(&organisation)
            .map_err(|refused| Self::refusal(refused.wait_time_from(clock.now())))
    }

    /// Takes a click from the bucket of the Org that its link names, then from that over all: a
    /// flood of clicks on one Org's links does not stop clicks on the others'.
    pub(crate) fn click(&self, org: Key) -> Result<(), Error> {
        self.sweep();
        self.clicks
            .check_key(&org)
            .map_err(|refused| Self::refusal(refused.wait_time_from(self.clicks.clock().now())))?;
        self.all_clicks
            .check()
            .map_err(|refused| Self::refusal(refused.wait_time_from(self.all_clicks.clock().now())))
    }

    /// Anybody can make up an Org's address, and has many of their own, so buckets that are full again are dropped.
    fn sweep(&self) {
        let before = self.requests.fetch_add(1, Ordering::Relaxed);
        if before % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.callers.retain_recent();
            self.clicks.retain_recent();
            self.addresses.retain_recent();
        }
    }

    fn refusal(wait: Duration) -> Error {
        tessera_engine::Error::TooManyRequests {
            retry_after_secs: wait.as_secs() + 1,
        }
        .into()
    }
}
