//! How often callers may ask. Each key and each session has its own bucket. Strangers have three for
//! each address: for what they ask, for what they write without a token, and for tokens that nobody
//! has used lately, which are looked up before they are known to be guesses. All that is written
//! without a token shares one more. All customers of an organisation share one for requests that name
//! an offer's code, since a new wallet costs nothing; and clicks on referral links, which anybody
//! can make, share one for each Org and one over all.

mod known;

use crate::{error::Error, state::ApiConfig};
use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock,
};
use known::Known;
use std::{
    hash::Hash,
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
    known: Known,
    strangers: DefaultDirectRateLimiter,
    addresses: DefaultKeyedRateLimiter<Ipv6Addr>,
    address_writes: DefaultKeyedRateLimiter<Ipv6Addr>,
    address_tokens: DefaultKeyedRateLimiter<Ipv6Addr>,
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
            known: Known::default(),
            strangers: RateLimiter::direct(config.stranger_limit.quota()),
            addresses: RateLimiter::keyed(config.address_limit.quota()),
            address_writes: RateLimiter::keyed(config.address_write_limit.quota()),
            address_tokens: RateLimiter::keyed(config.address_limit.quota()),
            reads: Semaphore::new(config.stranger_reads),
            offer_codes: RateLimiter::keyed(config.offer_code_limit.quota()),
            clicks: RateLimiter::keyed(config.org_click_limit.quota()),
            all_clicks: RateLimiter::direct(config.click_limit.quota()),
            requests: AtomicU32::new(0),
        }
    }

    /// Takes a request from the bucket of the token with this hash, before the token is looked up. One
    /// that was not in force lately may be a guess, so it counts for its address as well: otherwise
    /// guesses would cost a look-up each, however many come.
    pub(crate) fn token(&self, hash: &[u8; 32], address: Ipv6Addr) -> Result<(), Error> {
        if !self.known.holds(hash) {
            self.guess(address)?;
        }
        self.sweep();
        Self::take(&self.callers, hash)
    }

    /// Takes one from the tokens that this address may try. They are apart from what the address may
    /// ask, so that a flood of questions from an address refuses no key that is used there first.
    pub(crate) fn guess(&self, address: Ipv6Addr) -> Result<(), Error> {
        self.sweep();
        Self::take(&self.address_tokens, &address)
    }

    /// Keeps in mind whether the token with this hash was in force when it was looked up.
    pub(crate) fn looked_up(&self, hash: &[u8; 32], in_force: bool) {
        if in_force {
            self.known.add(*hash);
        } else {
            self.known.remove(hash);
        }
    }

    /// Takes a request that writes without a token: from the share of its address, then from the
    /// bucket of all, which the share of one address cannot empty.
    pub(crate) fn write(&self, address: Ipv6Addr) -> Result<(), Error> {
        self.sweep();
        Self::take(&self.address_writes, &address)?;
        self.strangers
            .check()
            .map_err(|refused| Self::refusal(refused.wait_time_from(self.strangers.clock().now())))
    }

    /// Takes a request from the bucket of strangers from this address.
    pub(crate) fn address(&self, address: Ipv6Addr) -> Result<(), Error> {
        self.sweep();
        Self::take(&self.addresses, &address)
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
        Self::take(&self.offer_codes, &organisation)
    }

    /// Takes a click from the bucket of the Org that its link names, then from that over all: a
    /// flood of clicks on one Org's links does not stop clicks on the others'.
    pub(crate) fn click(&self, org: Key) -> Result<(), Error> {
        self.sweep();
        Self::take(&self.clicks, &org)?;
        self.all_clicks
            .check()
            .map_err(|refused| Self::refusal(refused.wait_time_from(self.all_clicks.clock().now())))
    }

    fn take<K: Hash + Eq + Clone>(
        buckets: &DefaultKeyedRateLimiter<K>,
        key: &K,
    ) -> Result<(), Error> {
        buckets
            .check_key(key)
            .map_err(|refused| Self::refusal(refused.wait_time_from(buckets.clock().now())))
    }

    /// Anybody can make up an Org's address and tokens, and may have many addresses of their own, so
    /// buckets that are full again are dropped.
    fn sweep(&self) {
        let before = self.requests.fetch_add(1, Ordering::Relaxed);
        if before % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.callers.retain_recent();
            self.clicks.retain_recent();
            self.addresses.retain_recent();
            self.address_writes.retain_recent();
            self.address_tokens.retain_recent();
        }
    }

    fn refusal(wait: Duration) -> Error {
        tessera_engine::Error::TooManyRequests {
            retry_after_secs: wait.as_secs() + 1,
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, 0);
    const OTHER: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 2, 0, 0, 0, 0);

    fn let_through(take: impl Fn() -> Result<(), Error>) -> usize {
        (0..100_000).take_while(|_| take().is_ok()).count()
    }

    #[test]
    fn one_address_cannot_use_up_what_all_may_write() {
        let limiter = Limiter::new(&ApiConfig::default());
        let written = let_through(|| limiter.write(ONE));
        assert!((1..100_000).contains(&written), "{written}");
        assert!(let_through(|| limiter.write(OTHER)) >= 20);
    }

    #[test]
    fn a_token_that_was_in_force_is_no_guess_until_it_is_not() {
        let limiter = Limiter::new(&ApiConfig::default());
        let token = [1; 32];
        limiter.looked_up(&token, true);
        assert!((1..100_000).contains(&let_through(|| limiter.guess(ONE))));
        assert!(limiter.token(&token, ONE).is_ok());
        assert!(limiter.token(&[2; 32], OTHER).is_ok());
        assert!(let_through(|| limiter.token(&[3; 32], ONE)) < 400);
        limiter.looked_up(&token, false);
        assert!(let_through(|| limiter.token(&token, ONE)) < 400);
    }
}
