//! Points against a list that is kept by hand.

use super::expiring::{EPOCH, HOUR, assert_holds, award, redeem, set_expiry, with_member};
use proptest::prelude::*;
use tessera_client::Event;
use world::key;

/// One thing that happens to a member.
#[derive(Debug, Clone, Copy)]
enum Step {
    Award(u64),
    Redeem(u64),
    /// Seconds.
    Wait(i64),
    /// Epoch in hours, and epochs.
    Expiry(u32, u8),
    /// An invoice of 100 tokens that gives so many points.
    Invoice(u64),
    /// Of that, how many tokens go back.
    Refund(u64),
}

/// The same by hand: lots of points, each with its own end, in a list.
#[derive(Debug, Default)]
struct Model {
    lots: Vec<(Option<i64>, u64)>,
    debt: u64,
    lifetime: u64,
    expired: u64,
}

impl Model {
    fn points(&self, now: i64) -> u64 {
        let live = self
            .lots
            .iter()
            .filter(|(end, _)| end.is_none_or(|end| now < end));
        live.map(|(_, points)| points).sum()
    }

    fn expire(&mut self, now: i64) {
        self.expired = 0;
        for (until, points) in &mut self.lots {
            if until.is_some_and(|until| until <= now) {
                self.expired += std::mem::take(points);
            }
        }
        self.lots.retain(|(_, points)| *points > 0);
    }

    fn credit(&mut self, points: u64, now: i64, (epoch, epochs): (u32, u8)) {
        self.lifetime += points;
        let repaid = points.min(self.debt);
        self.debt -= repaid;
        let epoch = i64::from(epoch);
        let until = (epoch > 0).then(|| (now / epoch + 1 + i64::from(epochs)) * epoch);
        let mut ends: Vec<i64> = self.lots.iter().filter_map(|(until, _)| *until).collect();
        ends.dedup();
        let fits = until.is_some_and(|until| ends.contains(&until)) || ends.len() < 4;
        let until = until.filter(|_| fits);
        self.add(until, points - repaid);
    }

    /// Keeps the list by rising end, what never expires last.
    fn add(&mut self, until: Option<i64>, points: u64) {
        if points == 0 {
            return;
        }
        match self.lots.iter_mut().find(|(end, _)| *end == until) {
            Some((_, held)) => *held += points,
            None => self.lots.push((until, points)),
        }
        self.lots.sort_by_key(|(end, _)| end.unwrap_or(i64::MAX));
    }

    fn spend(&mut self, mut points: u64) {
        for (_, held) in &mut self.lots {
            let taken = points.min(*held);
            *held -= taken;
            points -= taken;
        }
        self.lots.retain(|(_, points)| *points > 0);
    }

    fn take_back(&mut self, mut points: u64) {
        self.lifetime -= points;
        // The latest end first, and what has none last of all.
        self.lots
            .sort_by_key(|(end, _)| end.map_or(i64::MAX, |end| -end));
        for (_, held) in &mut self.lots {
            let taken = points.min(*held);
            *held -= taken;
            points -= taken;
        }
        self.debt += points;
        self.lots.retain(|(_, points)| *points > 0);
        self.lots.sort_by_key(|(end, _)| end.unwrap_or(i64::MAX));
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..500u64).prop_map(Step::Award),
        3 => (1..600u64).prop_map(Step::Redeem),
        4 => (1..3 * EPOCH).prop_map(Step::Wait),
        1 => (1..40i64).prop_map(|hours| Step::Wait(hours * EPOCH)),
        1 => (0..4u32, 0..4u8).prop_map(|(hours, epochs)| Step::Expiry(hours, epochs)),
        2 => (0..500u64).prop_map(Step::Invoice),
        2 => (1..60u64).prop_map(Step::Refund),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn points_are_those_of_a_list_kept_by_hand(steps in steps()) {
        let (mut world, wallet, token) = with_member(3);
        let mut model = Model::default();
        let mut expiry = (HOUR, 3);
        // What was paid last: points, tokens given back.
        let mut paid: Option<(u64, u64, u64)> = None;
        for (number, step) in (1..).zip(steps) {
            let now = world.now();
            let mut expired = None;
            match step {
                Step::Award(points) => {
                    expired = Some(award(&mut world, points).points_expired);
                    model.expire(now);
                    model.credit(points, now, expiry);
                }
                Step::Redeem(points) => {
                    if points > model.points(now) {
                        assert_holds(&mut world, model.points(now));
                        continue;
                    }
                    expired = Some(redeem(&mut world, points).points_expired);
                    model.expire(now);
                    model.spend(points);
                }
                Step::Wait(secs) => world.advance(secs),
                Step::Expiry(hours, epochs) => {
                    expiry = (hours * HOUR, if hours > 0 { epochs } else { 0 });
                    set_expiry(&mut world, expiry.0, expiry.1);
                }
                Step::Invoice(points) => {
                    let mut args = world.invoice_args(number, 100_000_000);
                    args.points = points;
                    let pay = world.pay_invoice(&wallet, token, args);
                    let sent = world.send(&pay, &[&wallet]).expect("pay_invoice");
                    expired = Some(sent.event().settlement().expect("payment").0.points_expired);
                    model.expire(now);
                    model.credit(points, now, expiry);
                    paid = Some((number, points, 0));
                }
                Step::Refund(tokens) => {
                    let Some((id, points, given)) = paid.filter(|(_, _, it)| it + tokens <= 100)
                    else {
                        continue;
                    };
                    let refund = world.refund_invoice(&wallet, id, token, tokens * 1_000_000);
                    let sent = world.send(&[refund], &[&key(2), &key(4)]).expect("refund");
                    let Event::Refunded(event, _) = sent.event() else {
                        panic!("another event");
                    };
                    expired = Some(event.points_expired);
                    model.expire(now);
                    let back = points * (given + tokens) / 100 - points * given / 100;
                    prop_assert_eq!(event.points, back);
                    model.take_back(back);
                    paid = Some((id, points, given + tokens));
                }
            }
            if let Some(expired) = expired {
                prop_assert_eq!(expired, model.expired);
            }
            let member = world.member(&wallet);
            prop_assert_eq!(member.points_at(world.now()), model.points(world.now()));
            prop_assert_eq!(member.points_debt, model.debt);
            prop_assert_eq!(member.lifetime_points, model.lifetime);
            let in_buckets: u64 = member.expiring_points.iter().sum();
            prop_assert!(in_buckets <= member.points);
        }
    }
}
