//! A member's points: how they come, expire and go.

use std::collections::BTreeMap;
use tessera_types::accounts::{EXPIRY_BUCKETS, OrgSettings};

const MOST: u128 = u64::MAX as u128;

/// What a member holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "checkpoint",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub(crate) struct Balance {
    pub(crate) points: u128,
    pub(crate) lifetime: u128,
    /// Points that were taken back after they had been spent: later points make up for them.
    pub(crate) debt: u128,
    pub(crate) tier: u8,
    /// Those of `points` that expire, by their time (Unix seconds).
    expiring: BTreeMap<i64, u128>,
}

/// The highest tier that `lifetime` points reach, from 1; 0 is none.
fn tier_for(settings: &OrgSettings, lifetime: u128) -> u8 {
    // Nobody reaches an unused tier, whose threshold is the highest number.
    let lifetime = lifetime.min(MOST - 1);
    let reached = settings
        .tiers
        .iter()
        .take_while(|tier| lifetime >= u128::from(tier.points_threshold));
    u8::try_from(reached.count()).unwrap_or(u8::MAX)
}

/// When points that come at `now` expire, Unix seconds; none when they never do.
fn expiry(settings: &OrgSettings, now: i64) -> Option<i64> {
    let (now, epoch) = (i128::from(now), i128::from(settings.points_epoch_secs));
    if epoch == 0 || now < 0 {
        return None;
    }
    let epochs = now / epoch + i128::from(settings.points_expiry_epochs) + 1;
    i64::try_from(epochs * epoch).ok()
}

impl Balance {
    /// The balance of a new member.
    pub(crate) fn new(settings: &OrgSettings) -> Self {
        Self {
            tier: tier_for(settings, 0),
            ..Self::default()
        }
    }

    /// How many points the balance has room for.
    pub(crate) fn room(&self) -> u128 {
        MOST.saturating_sub(self.points)
    }

    /// Drops what has expired at `now` (Unix seconds) and returns how much it was.
    pub(crate) fn expire(&mut self, now: i64) -> u128 {
        let mut expired = 0;
        self.expiring.retain(|expires_at, points| {
            let stays = *expires_at > now;
            expired = if stays {
                expired
            } else {
                points.saturating_add(expired)
            };
            stays
        });
        self.points = self.points.saturating_sub(expired);
        expired
    }

    /// Gives as many of these points as have room, and returns how many those are.
    pub(crate) fn credit(&mut self, settings: &OrgSettings, points: u64, now: i64) -> u128 {
        let granted = u128::from(points).min(self.room());
        self.lifetime = (self.lifetime + granted).min(MOST);
        self.tier = tier_for(settings, self.lifetime);
        let repaid = granted.min(self.debt);
        self.debt -= repaid;
        let added = granted - repaid;
        self.points += added;
        if let Some(expires_at) = expiry(settings, now).filter(|_| added > 0) {
            // Points that find no bucket of their own never expire.
            let full = self.expiring.len() == EXPIRY_BUCKETS;
            if !full || self.expiring.contains_key(&expires_at) {
                let place = self.expiring.entry(expires_at).or_default();
                *place = place.saturating_add(added);
            }
        }
        granted
    }

    /// Spends points, those that expire first before the rest.
    pub(crate) fn spend(&mut self, points: u64) {
        let mut missing = u128::from(points);
        self.points = self.points.saturating_sub(missing);
        for held in self.expiring.values_mut() {
            let taken = missing.min(*held);
            *held -= taken;
            missing -= taken;
        }
        self.expiring.retain(|_, held| *held > 0);
    }

    /// Takes points back, the latest before the rest; what is missing becomes debt.
    pub(crate) fn take_back(&mut self, settings: &OrgSettings, points: u128) {
        self.lifetime = self.lifetime.saturating_sub(points);
        self.tier = tier_for(settings, self.lifetime);
        let mut missing = points.min(self.points);
        self.points -= missing;
        self.debt = (self.debt + points - missing).min(MOST);
        for held in self.expiring.values_mut().rev() {
            let taken = missing.min(*held);
            *held -= taken;
            missing -= taken;
        }
        self.expiring.retain(|_, held| *held > 0);
    }

    /// The expiring points and their times, as an account keeps them.
    pub(crate) fn expiring(&self) -> ([u128; EXPIRY_BUCKETS], [i64; EXPIRY_BUCKETS]) {
        let mut places = ([0; EXPIRY_BUCKETS], [0; EXPIRY_BUCKETS]);
        for (place, (expires_at, held)) in self.expiring.iter().take(EXPIRY_BUCKETS).enumerate() {
            (places.0[place], places.1[place]) = (*held, *expires_at);
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use tessera_types::accounts::{Member, Org, Tier};

    /// An org whose points live one epoch of 100 seconds beyond their own.
    fn org() -> Org {
        let mut org = Org::zeroed();
        org.settings.tiers = [100, 500, u64::MAX, u64::MAX].map(|points_threshold| Tier {
            points_threshold,
            ..Tier::UNUSED
        });
        org.settings.points_epoch_secs = 100;
        org.settings.points_expiry_epochs = 1;
        org
    }

    #[test]
    fn points_expire_with_their_epoch_and_the_next() {
        let mut held = Balance::default();
        assert_eq!(held.credit(&org().settings, 30, 150), 30);
        assert_eq!(held.credit(&org().settings, 5, 199), 5);
        assert_eq!(held.expiring().1, [300, 0, 0, 0]);
        assert_eq!((held.expire(299), held.points), (0, 35));
        assert_eq!((held.expire(300), held.points), (35, 0));
    }

    #[test]
    fn what_is_taken_back_and_was_spent_is_owed() {
        let mut held = Balance::default();
        held.credit(&org().settings, 120, 0);
        held.spend(100);
        held.take_back(&org().settings, 50);
        assert_eq!((held.points, held.debt, held.tier), (0, 30, 0));
        held.credit(&org().settings, 40, 0);
        assert_eq!((held.points, held.debt, held.tier), (10, 0, 1));
    }

    /// Whatever happens in whatever order, the account holds what this holds.
    #[test]
    fn a_member_of_the_program_holds_the_same() {
        let mut org = org();
        let (mut held, mut member) = (Balance::default(), Member::zeroed());
        let mut state = 1u64;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        };
        let mut now = 0;
        for _ in 0..20_000 {
            now += i64::try_from(next(60)).expect("small");
            if next(40) == 0 {
                org.settings.points_epoch_secs = u32::try_from(next(4) * 100).expect("small");
                org.settings.points_expiry_epochs = u8::try_from(next(4)).expect("small");
            }
            let points = next(200);
            assert_eq!(u128::from(member.expire(now)), held.expire(now));
            match next(3) {
                0 => {
                    let granted = member.credit(&org, points, now);
                    assert_eq!(u128::from(granted), held.credit(&org.settings, points, now));
                }
                1 => {
                    let points = points.min(member.points);
                    member.spend(points);
                    held.spend(points);
                }
                _ => {
                    member.take_back(&org, points);
                    held.take_back(&org.settings, points.into());
                }
            }
            let expiring = (member.expiring_points.map(u128::from), member.expires_at);
            assert_eq!(held.expiring(), expiring);
            let found = [member.points, member.lifetime_points, member.points_debt];
            let expected = [held.points, held.lifetime, held.debt];
            assert_eq!(expected, found.map(u128::from));
            assert_eq!(held.tier, member.tier);
        }
    }
}
