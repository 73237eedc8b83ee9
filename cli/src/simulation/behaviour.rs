//! Customers who come, pay, miss, cancel, ask back, redeem and claim, in the order of time.

use super::{Figures, Scenario, business::Business, figures::Month};
use chrono::{Months, NaiveDate, NaiveTime};
use rand::{Rng, SeedableRng, distr::weighted::WeightedIndex, prelude::Distribution};
use rand_chacha::ChaCha8Rng;
use std::{cmp::Reverse, collections::BinaryHeap};

const DAY_SECS: i64 = 86_400;

/// For how many days a refund may be asked for.
const REFUND_DAYS: i64 = 14;

/// A future act; customers by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Arrive,
    Due(usize),
    Collect(usize),
    Lapse(usize),
    AskBack(usize),
    MonthEnds,
}

/// A scenario being played.
pub(super) struct Behaviour<'a> {
    scenario: &'a Scenario,
    business: Business<'a>,
    chance: ChaCha8Rng,
    plans: Option<WeightedIndex<u32>>,
    /// The future acts: time (Unix seconds), order within that second, act.
    queue: BinaryHeap<Reverse<(i64, u64, Act)>>,
    queued: u64,
    month: Month,
    figures: Figures,
}

impl<'a> Behaviour<'a> {
    pub(super) fn new(scenario: &'a Scenario, business: Business<'a>) -> Self {
        let weights = scenario.plans.iter().map(|plan| plan.weight);
        Self {
            scenario,
            business,
            chance: ChaCha8Rng::seed_from_u64(scenario.seed),
            plans: WeightedIndex::new(weights).ok(),
            queue: BinaryHeap::new(),
            queued: 0,
            month: Month::default(),
            figures: Figures::default(),
        }
    }

    pub(super) fn play(mut self) -> Figures {
        for _ in 0..self.scenario.customers.at_start {
            self.later(start_of(self.scenario, 0), Act::Arrive);
        }
        for month in 0..self.scenario.months {
            let starts = start_of(self.scenario, month);
            let ends = start_of(self.scenario, month + 1);
            for _ in 0..self.scenario.newcomers(month) {
                let when = self.chance.random_range(starts..ends);
                self.later(when, Act::Arrive);
            }
            self.later(ends - 1, Act::MonthEnds);
        }
        let ends = start_of(self.scenario, self.scenario.months);
        while let Some(Reverse((now, _, act))) = self.queue.pop() {
            if now >= ends {
                break;
            }
            self.act(act, now);
        }
        self.figures
    }

    fn later(&mut self, when: i64, act: Act) {
        self.queued += 1;
        self.queue.push(Reverse((when, self.queued, act)));
    }

    fn happens(&mut self, bps: u16) -> bool {
        self.chance.random_range(0..10_000) < bps
    }

    fn act(&mut self, act: Act, now: i64) {
        match act {
            Act::Arrive => self.arrive(now),
            Act::Due(customer) => self.due(customer, now),
            Act::Collect(customer) => self.collect(customer, now),
            Act::Lapse(customer) => {
                let lapsed = self.business.mark(customer, now);
                self.month.lapsed += u64::from(lapsed);
            }
            Act::AskBack(customer) => self.business.refund(customer, now, &mut self.month),
            Act::MonthEnds => self.month_ends(now),
        }
    }

    fn arrive(&mut self, now: i64) {
        let Some(plan) = self.plans.as_ref().map(|it| it.sample(&mut self.chance)) else {
            return;
        };
        let known = self.business.customers();
        let referred = known > 0 && self.happens(self.scenario.customers.referred_bps);
        let referrer = referred.then(|| self.chance.random_range(0..known));
        let customer = self.business.join(plan, referrer, now, &mut self.month);
        self.month.joined += 1;
        self.month.referred += u64::from(referred);
        self.await_due(customer);
        self.may_ask_back(customer, now);
    }

    /// A customer who has just paid may ask for a refund.
    fn may_ask_back(&mut self, customer: usize, now: i64) {
        let rate = self.scenario.customers.refunded_bps;
        if self.business.has_paid(customer) && self.happens(rate) {
            let when = now + self.chance.random_range(1..=REFUND_DAYS * DAY_SECS);
            self.later(when, Act::AskBack(customer));
        }
    }

    fn await_due(&mut self, customer: usize) {
        if let Some(due) = self.business.next_due(customer) {
            self.later(due, Act::Due(customer));
        }
    }

    /// A period has ended: the customer leaves, pays, or cannot.
    fn due(&mut self, customer: usize, now: i64) {
        let rates = &self.scenario.customers;
        let (churn, missed, recovered) = (rates.churn_bps, rates.missed_bps, rates.recovered_bps);
        if self.happens(churn) {
            self.business.cancel(customer, now, &mut self.month);
        } else if self.business.is_used_up(customer) {
            self.business.subscribe(customer, now, &mut self.month);
            self.await_due(customer);
            self.may_ask_back(customer, now);
        } else if !self.happens(missed) {
            let patience = self.business.patience(customer);
            self.later(now + patience, Act::Collect(customer));
        } else {
            self.business.mark(customer, now);
            let grace = self.business.grace_secs(customer);
            if grace > 0 && self.happens(recovered) {
                let recovers = self.chance.random_range(0..=grace);
                let when = now + recovers.max(self.business.patience(customer));
                self.later(when, Act::Collect(customer));
            } else {
                self.later(now + grace + 1, Act::Lapse(customer));
            }
        }
    }

    fn collect(&mut self, customer: usize, now: i64) {
        self.business.charge(customer, now, &mut self.month);
        self.await_due(customer);
        self.may_ask_back(customer, now);
    }

    fn month_ends(&mut self, now: i64) {
        for customer in 0..self.business.customers() {
            if self.happens(self.scenario.customers.redeeming_bps) {
                self.business.redeem(customer, now, &mut self.month);
            }
            self.business.claim(customer, now, &mut self.month);
        }
        let mut month = std::mem::take(&mut self.month);
        let played = u32::try_from(self.figures.months.len()).unwrap_or(u32::MAX);
        month.name = day(self.scenario, played).format("%Y-%m").to_string();
        month.end(&self.business.standing(now), self.figures.months.last());
        self.figures.months.push(month);
    }
}

fn day(scenario: &Scenario, month: u32) -> NaiveDate {
    let day = scenario.starts_on.checked_add_months(Months::new(month));
    day.unwrap_or(NaiveDate::MAX)
}

/// When a month begins, Unix seconds.
fn start_of(scenario: &Scenario, month: u32) -> i64 {
    let midnight = day(scenario, month).and_time(NaiveTime::MIN);
    midnight.and_utc().timestamp()
}
