//! How much an organisation, and each key of its pages, may capture on a UTC day.
//!
//! A process is handed a share of a day's quota at a time and uses it up in memory, so that writers
//! do not all wait for one row. What a process has left when it ends is lost for that day.

use crate::{Caller, Engine, Error, Result};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use tessera_domain::{access::Scope, time::Timestamp};
use tessera_store::{
    OrganisationId, PgPool, StoreError,
    capture::quota_use::{self, Amount},
    tenant,
};

/// Seconds of a UTC day.
const DAY_SECS: i64 = 86_400;
/// A share is this part of the quota.
const SHARES: i64 = 500;

/// What may be captured on a UTC day.
#[derive(Debug, Clone, Copy)]
pub struct QuotaLimits {
    /// For an organisation.
    pub organisation: Amount,
    /// For an API key that can do nothing but capture, as one in a public page: a stranger who uses
    /// it up does not use up that of the organisation's servers.
    pub page_key: Amount,
}

impl Default for QuotaLimits {
    fn default() -> Self {
        Self {
            organisation: Amount {
                events: 50_000_000,
                bytes: 50_000_000_000,
            },
            page_key: Amount {
                events: 10_000_000,
                bytes: 10_000_000_000,
            },
        }
    }
}

/// The shares that this process has been handed.
#[derive(Debug, Default)]
pub struct Quotas {
    limits: QuotaLimits,
    shares: Mutex<HashMap<(OrganisationId, String), Share>>,
}

#[derive(Debug)]
struct Share {
    day: i32,
    left: Amount,
    /// Whether nothing of the day's quota is left to be handed out.
    last: bool,
}

enum Spent {
    Yes,
    /// Another share may do.
    NotYet,
    /// Not on this day.
    No,
}

impl Quotas {
    /// With these limits.
    pub fn new(limits: QuotaLimits) -> Self {
        Self {
            limits,
            shares: Mutex::default(),
        }
    }

    /// What a caller's events count against. The key's quota comes first: what exceeds it is not counted
    /// against the organisation.
    fn holders(&self, caller: &Caller) -> impl Iterator<Item = (&'static str, String, Amount)> {
        let page = (caller.scopes == [Scope::Capture])
            .then(|| ("key", caller.actor.to_string(), self.limits.page_key));
        let all = (
            "organisation",
            "organisation".to_owned(),
            self.limits.organisation,
        );
        page.into_iter().chain([all])
    }

    async fn take(
        &self,
        pool: &PgPool,
        organisation: OrganisationId,
        holder: String,
        limit: Amount,
        used: Amount,
        day: i32,
    ) -> Result<bool> {
        let key = (organisation, holder);
        match self.spend(&key, used, day) {
            Spent::Yes => return Ok(true),
            Spent::No => return Ok(false),
            Spent::NotYet => {}
        }
        let share = Amount {
            events: (limit.events / SHARES).max(used.events),
            bytes: (limit.bytes / SHARES).max(used.bytes),
        };
        // A transaction of its own, which ends here: nobody waits for it longer than it takes.
        let mut transaction = tenant::begin(pool, organisation).await?;
        let granted =
            quota_use::hand_out(&mut transaction, organisation, &key.1, day, share, limit).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(self.add(&key, granted, used, granted != share, day))
    }

    fn spend(&self, key: &(OrganisationId, String), used: Amount, day: i32) -> Spent {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        match shares.get_mut(key) {
            Some(share) if share.day == day => {
                if share.spend(used) {
                    Spent::Yes
                } else if share.last {
                    Spent::No
                } else {
                    Spent::NotYet
                }
            }
            _ => Spent::NotYet,
        }
    }

    /// Takes as much of what was handed out as was used beyond what was counted, or gives back what was
    /// not: what a share lacks then, the next one makes up for.
    fn correct(&self, key: &(OrganisationId, String), counted: Amount, used: Amount, day: i32) {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get_mut(key).filter(|share| share.day == day) {
            share.left.events += counted.events - used.events;
            share.left.bytes += counted.bytes - used.bytes;
        }
    }

    /// Adds what was handed out, and takes `used` from it; whether that was there.
    fn add(
        &self,
        key: &(OrganisationId, String),
        granted: Amount,
        used: Amount,
        last: bool,
        day: i32,
    ) -> bool {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        // What was left of a day before is of no use.
        shares.retain(|_, share| share.day >= day);
        let kept = shares.entry(key.clone()).or_insert(Share::of(day));
        // A request that came before midnight is of its own day, though the next one has begun.
        let mut late = Share::of(day);
        let share = if kept.day == day { kept } else { &mut late };
        share.left.events += granted.events;
        share.left.bytes += granted.bytes;
        share.last |= last;
        share.spend(used)
    }
}

impl Share {
    /// Nothing yet, of a day.
    fn of(day: i32) -> Self {
        Self {
            day,
            left: Amount::default(),
            last: false,
        }
    }

    /// Takes `used` from what is left, if it is there.
    fn spend(&mut self, used: Amount) -> bool {
        let enough = used.events <= self.left.events && used.bytes <= self.left.bytes;
        if enough {
            self.left.events -= used.events;
            self.left.bytes -= used.bytes;
        }
        enough
    }
}

/// Counts what is about to be captured against the quotas of the day: before the transaction that
/// captures it, and even if that fails.
///
/// # Errors
/// [`Error::QuotaUsedUp`] when a quota is used up, [`Error::Store`].
pub async fn count_against_quotas(
    engine: &Engine,
    caller: &Caller,
    used: Amount,
    now: Timestamp,
) -> Result<()> {
    let (pool, organisation) = (&engine.pool, caller.organisation);
    let quotas = &engine.quotas;
    for (quota, holder, limit) in quotas.holders(caller) {
        if !quotas
            .take(pool, organisation, holder, limit, used, now.day())
            .await?
        {
            let into_the_day = now.secs().rem_euclid(DAY_SECS);
            return Err(Error::QuotaUsedUp {
                quota,
                retry_after_secs: (DAY_SECS - into_the_day).unsigned_abs(),
            });
        }
    }
    Ok(())
}

/// Corrects what was counted before it was known, once it is known what was captured.
pub fn correct_quotas(
    engine: &Engine,
    caller: &Caller,
    counted: Amount,
    used: Amount,
    now: Timestamp,
) {
    for (_, holder, _) in engine.quotas.holders(caller) {
        let key = (caller.organisation, holder);
        engine.quotas.correct(&key, counted, used, now.day());
    }
}
