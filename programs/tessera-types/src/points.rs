//! Points that a member holds: how they come, expire and go.
//!
//! Law: `points` is what can be spent; of it, each bucket expires at its own time, fixed when the
//! points came, so no later setting of the org reaches them. Who spends, spends what expires first;
//! what a refund takes back is taken from what came last. Points that find no bucket never expire.

use crate::accounts::{EXPIRY_BUCKETS, Member, Org};

/// When points that come at `now` (Unix seconds) expire; `None` when they never do.
pub fn expiry(org: &Org, now: i64) -> Option<i64> {
    let epoch = u64::from(org.settings.points_epoch_secs);
    if epoch == 0 || now < 0 {
        return None;
    }
    let now = now as u64;
    // At most 256 times 32 bits.
    let lives = epoch.wrapping_mul(u64::from(org.settings.points_expiry_epochs) + 1);
    (now - now % epoch).checked_add(lives)?.try_into().ok()
}

impl Member {
    /// Drops what has expired at `now` (Unix seconds) and returns how much it was.
    #[inline(always)]
    pub fn expire(&mut self, now: i64) -> u64 {
        // The earliest stands first.
        if self.expiring_points[0] == 0 || now < self.expires_at[0] {
            return 0;
        }
        self.drop_expired(now)
    }

    #[inline(never)]
    fn drop_expired(&mut self, now: i64) -> u64 {
        let mut expired = 0u64;
        while self.expiring_points[0] > 0 && now >= self.expires_at[0] {
            expired += self.expiring_points[0];
            self.remove_bucket(0);
        }
        self.points -= expired;
        expired
    }

    /// Gives points, which expire at `expires_at` if at all, and the tier that they reach. Returns
    /// how many: a balance that would overflow takes what fits, so that points never stand in the
    /// way of money. What expired already is dropped before.
    #[inline(never)]
    pub fn credit(&mut self, org: &Org, points: u64, now: i64) -> u64 {
        let granted = points.min(u64::MAX - self.points);
        self.lifetime_points = self.lifetime_points.saturating_add(granted);
        self.tier = org.tier_for(self.lifetime_points);
        let repaid = granted.min(self.points_debt);
        self.points_debt -= repaid;
        let added = granted - repaid;
        self.points += added;
        if added > 0
            && let Some(expires_at) = expiry(org, now)
        {
            self.put(added, expires_at);
        }
        granted
    }

    /// Spends points, what expires first before the rest; the balance holds them.
    #[inline(never)]
    pub fn spend(&mut self, points: u64) {
        self.points -= points;
        let mut missing = points;
        while missing > 0 && self.expiring_points[0] > 0 {
            let taken = missing.min(self.expiring_points[0]);
            self.expiring_points[0] -= taken;
            missing -= taken;
            if self.expiring_points[0] == 0 {
                self.remove_bucket(0);
            }
        }
    }

    /// Takes back points of a payment that is refunded, what came last before the rest; what was
    /// spent already is owed from later ones.
    #[inline(never)]
    pub fn take_back(&mut self, org: &Org, points: u64) {
        self.lifetime_points = self.lifetime_points.saturating_sub(points);
        self.tier = org.tier_for(self.lifetime_points);
        let taken = points.min(self.points);
        self.points -= taken;
        self.points_debt = self.points_debt.saturating_add(points - taken);
        let mut missing = taken;
        for place in (0..EXPIRY_BUCKETS).rev() {
            let part = missing.min(self.expiring_points[place]);
            missing -= part;
            self.expiring_points[place] -= part;
            if self.expiring_points[place] == 0 {
                self.expires_at[place] = 0;
            }
        }
    }

    /// Adds points to the bucket of this time, in its place.
    fn put(&mut self, points: u64, expires_at: i64) {
        let mut place = 0;
        while place < EXPIRY_BUCKETS
            && self.expiring_points[place] > 0
            && self.expires_at[place] < expires_at
        {
            place += 1;
        }
        if place == EXPIRY_BUCKETS {
            return;
        }
        if self.expiring_points[place] > 0 && self.expires_at[place] != expires_at {
            if self.expiring_points[EXPIRY_BUCKETS - 1] > 0 {
                return;
            }
            for later in (place + 1..EXPIRY_BUCKETS).rev() {
                self.expiring_points[later] = self.expiring_points[later - 1];
                self.expires_at[later] = self.expires_at[later - 1];
            }
            self.expiring_points[place] = 0;
        }
        self.expiring_points[place] += points;
        self.expires_at[place] = expires_at;
    }

    #[inline(never)]
    fn remove_bucket(&mut self, place: usize) {
        for at in place + 1..EXPIRY_BUCKETS {
            self.expiring_points[at - 1] = self.expiring_points[at];
            self.expires_at[at - 1] = self.expires_at[at];
        }
        self.expiring_points[EXPIRY_BUCKETS - 1] = 0;
        self.expires_at[EXPIRY_BUCKETS - 1] = 0;
    }

    /// Points that can be spent at `now` (Unix seconds).
    pub fn points_at(&self, now: i64) -> u64 {
        let mut later = *self;
        later.expire(now);
        later.points
    }
}
