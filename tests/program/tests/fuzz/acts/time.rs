//! Time that passes: by any length, and to the very second on which something turns.

use super::{Dice, Scene};
use tessera_client::types::{
    accounts::{
        Campaign, Issuer, Ledger, Member, Plan, StakePool, Subscription, SubscriptionState,
    },
    calendar,
};

const DAY: i64 = 86_400;

impl Scene<'_> {
    /// Seconds to wait.
    pub(crate) fn wait(&self, dice: &mut Dice) -> i64 {
        if dice.once_in(3) {
            return self.to_the_end_of_the_month();
        }
        let long = dice.once_in(16);
        let wait = match long {
            false => dice.of_these([60, 1, 3_600, DAY, 2 * DAY, 6 * 3_600, 600, 8 * DAY]),
            true => dice.of_these([31 * DAY, 100 * DAY, 397 * DAY, 1_200 * DAY]),
        };
        wait + i64::from(dice.of_these([0, 0, 1, -1]))
    }

    /// Seconds to the moment at which something turns, or to the second before or behind it.
    pub(crate) fn until(&self, dice: &mut Dice) -> i64 {
        let mut moments = self.moments();
        moments.retain(|at| *at > self.now() && *at < self.now() + 500 * DAY);
        moments.sort_unstable();
        moments.dedup();
        // What comes next, so that not all agreements lapse together.
        let next = match dice.once_in(16) {
            true => moments.len(),
            false => moments.len().min(3),
        };
        let Some(at) = dice.pick(&moments[..next]) else {
            return self.wait(dice);
        };
        (at - self.now() + dice.of_these([0, 0, 1, -1])).max(0)
    }

    /// Seconds to a day that some months do not have.
    fn to_the_end_of_the_month(&self) -> i64 {
        let days = (1..).map(|day| day * DAY);
        let late = |wait: &i64| calendar::day_of_month(self.now() + wait).is_ok_and(|it| it > 28);
        days.take(40).find(late).unwrap_or(DAY)
    }

    fn moments(&self) -> Vec<i64> {
        let mut moments = vec![];
        for (_, it) in self.books.all::<Subscription>() {
            if SubscriptionState::is_live(it.state) {
                let grace = it.next_due.saturating_add(it.terms.grace_secs.into());
                moments.extend([
                    it.next_due,
                    it.next_due,
                    it.lapses_at(),
                    grace,
                    it.paused_until,
                ]);
            }
            moments.extend([it.paid_through, it.quote_deadline]);
        }
        for (_, it) in self.books.all::<Ledger>() {
            moments.extend([it.release_at, it.queued_release_at]);
        }
        for (_, it) in self.books.all::<Campaign>() {
            let starts = it.vesting_starts_at;
            let cliff = starts.saturating_add(it.cliff_secs.into());
            let vested = starts.saturating_add(it.vesting_secs.into());
            moments.extend([it.opens_at, it.closes_at, cliff, vested]);
        }
        for (_, it) in self.books.all::<StakePool>() {
            moments.push(it.streams_until);
        }
        for (_, it) in self.books.all::<Issuer>() {
            moments.push(it.epoch_started_at.saturating_add(it.epoch_secs.into()));
        }
        for (_, it) in self.books.all::<Member>() {
            moments.extend(it.expires_at);
        }
        for (_, it) in self.books.all::<Plan>() {
            moments.extend([it.ends_at, it.sunset_at]);
        }
        moments
    }
}
