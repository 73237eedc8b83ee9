//! Random lives of two subscriptions that one token account pays, against what must hold after each
//! step whatever happened.

use super::support::{DAY, LATEST, STEP, priced};
use proptest::prelude::*;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use tessera_client::{
    Event,
    types::{
        NO_ADDRESS,
        accounts::{Subscription, SubscriptionState},
    },
};
use world::{PRICE, Place, World, key, monthly, prorated, with_trial};

/// What somebody does next.
#[derive(Debug, Clone, Copy)]
enum Act {
    Subscribe,
    Charge,
    Cancel,
    CancelNow,
    Resume,
    /// For this many seconds from now.
    Pause(i64),
    /// To the plan with this index.
    ChangeNow(usize),
    ChangeLater(usize),
    Mark,
    /// Marks while the token account is frozen.
    Miss,
    Revoke,
}

/// When that is.
#[derive(Debug, Clone, Copy)]
enum When {
    /// So many seconds later.
    Later(i64),
    /// So many seconds after the next period is due.
    Due(i64),
}

/// Whose subscription, by the first plan's index, when, and what.
type Step = (usize, When, Act);

fn whens() -> impl Strategy<Value = When> {
    prop_oneof![
        6 => (0..DAY).prop_map(When::Later),
        1 => (0..STEP).prop_map(When::Later),
        5 => Just(When::Due(0)),
        3 => (0..=LATEST).prop_map(When::Due),
        1 => (LATEST + 1..STEP).prop_map(When::Due),
        1 => (STEP..4 * STEP).prop_map(When::Due),
    ]
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Subscribe),
        8 => Just(Act::Charge),
        1 => Just(Act::Cancel),
        1 => Just(Act::CancelNow),
        3 => Just(Act::Resume),
        3 => (0..4 * STEP).prop_map(Act::Pause),
        2 => Just(Act::Pause(0)),
        3 => (0..3usize).prop_map(Act::ChangeNow),
        3 => (0..3usize).prop_map(Act::ChangeLater),
        2 => Just(Act::Mark),
        2 => Just(Act::Miss),
        1 => Just(Act::Revoke),
    ]
}

struct Stage {
    world: World,
    wallet: Keypair,
    token: Address,
    plans: [Place; 3],
    /// When each subscription last paid a period under its agreement, and the least time to the next.
    last: [Option<(i64, i64)>; 2],
}

impl Stage {
    fn new() -> Self {
        let mut world = World::new();
        let args = world.create_plan_args();
        let seconds = world.add_plan(prorated(with_trial(args, 5 * 86_400)));
        let month = world.add_plan(prorated(monthly(priced(args, 2 * PRICE), 1)));
        let quarter = world.add_plan(monthly(priced(args, PRICE * 5), 3));
        let wallet = key(30);
        let token = world.join(&wallet, None);
        Self {
            world,
            wallet,
            token,
            plans: [seconds, month, quarter],
            last: [None; 2],
        }
    }

    fn find(&self, index: usize) -> Option<Subscription> {
        let plan = self.plans[index].plan;
        let wallet = solana_signer::Signer::pubkey(&self.wallet);
        let address = tessera_client::address::subscription(&plan, &wallet);
        self.world.find(&address)
    }

    fn instruction(&mut self, index: usize, act: Act) -> Option<Instruction> {
        let (wallet, token) = (&self.wallet, self.token);
        let place = self.plans[index];
        self.world.plan = place.plan;
        if let Act::Subscribe = act {
            let mut args = self.world.subscribe_args();
            if self.world.member(wallet).flags != 0 {
                args.trial_secs = 0;
            }
            return Some(self.world.subscribe(wallet, token, args));
        }
        self.world
            .find::<Subscription>(&self.world.subscription_address(wallet))?;
        let world = &mut self.world;
        Some(match act {
            Act::Charge => world.charge(wallet, None),
            Act::Cancel => world.cancel(wallet),
            Act::CancelNow => world.cancel_now(wallet),
            Act::Resume => world.resume(wallet),
            Act::Pause(secs) => world.pause(wallet, world.now() + secs),
            Act::ChangeNow(to) | Act::ChangeLater(to) => {
                let terms = world.change_terms(self.plans[to]);
                let later = matches!(act, Act::ChangeLater(_));
                world.change_plan(wallet, self.plans[to], terms, later)
            }
            _ => world.mark_past_due(wallet),
        })
    }

    fn wait(&mut self, index: usize, when: When) {
        let now = self.world.now();
        let due = self.find(index).map_or(now, |it| it.next_due);
        let secs = match when {
            When::Later(secs) => secs,
            When::Due(secs) => (due + secs - now).max(0),
        };
        self.world.advance(secs);
    }

    fn step(&mut self, (index, when, act): Step) {
        self.wait(index, when);
        if let Act::Revoke = act {
            return self.world.revoke(&self.token, &self.wallet);
        }
        let Some(instruction) = self.instruction(index, act) else {
            return;
        };
        let before = self.find(index);
        let now = self.world.now();
        let due_before = before.filter(|it| it.next_due <= now);
        let funds = self.world.balance(&self.token);
        if let Act::Miss = act {
            self.world.freeze(&self.token);
        }
        let result = self.world.send(&[instruction], &[&self.wallet, &key(2)]);
        self.world.thaw(&self.token);
        let Ok(sent) = result else {
            return;
        };
        let event = sent.event();
        let after = self.find(index).expect("it is there");
        let debit = event.settlement().map_or(0, |(money, _)| money.debit);
        assert_eq!(funds - self.world.balance(&self.token), debit);
        let least = |it: &Subscription| {
            let days = 28 * i64::from(it.terms.period_months);
            i64::from(it.terms.period_secs) + days * DAY
        };
        match event {
            Event::Charged(event, _) => {
                let before = before.expect("it was there");
                assert!(due_before.is_some(), "charged early");
                assert!(event.settlement.period_start >= before.paid_through);
                assert!(after.paid_through - event.settlement.period_start >= least(&after));
                if let Some((last, least)) = self.last[index] {
                    assert!(now - last >= least / 2, "two charges within half a period");
                }
                self.last[index] = Some((now, least(&after)));
            }
            Event::PaymentMissed(event) => {
                assert!(due_before.is_some(), "missed early");
                let before = before.expect("it was there");
                let whole = now >= before.next_due + least(&before);
                let known = before.state == SubscriptionState::PastDue as u8;
                let used_up = before.periods_left() == 0 && before.pending_plan == NO_ADDRESS;
                assert!(
                    event.state == SubscriptionState::PastDue as u8 || whole || known || used_up,
                    "lapsed early"
                );
            }
            Event::Subscribed(..) | Event::PlanChanged(..) => self.last[index] = None,
            _ => {}
        }
    }

    fn check(&self) {
        let Some(authority) = self
            .world
            .find::<tessera_client::types::accounts::Authority>(&self.world.delegate(&self.token))
        else {
            return;
        };
        let (mut live, mut outstanding) = (0, 0);
        for it in [0, 1].into_iter().filter_map(|index| self.find(index)) {
            assert!(it.next_due >= it.paid_through || !SubscriptionState::is_live(it.state));
            if !SubscriptionState::is_live(it.state)
                || it.authority_generation != authority.generation
            {
                continue;
            }
            live += 1;
            outstanding += match it.pending_plan {
                NO_ADDRESS => {
                    let left = it.terms.approved_periods + 1 - it.periods_paid;
                    it.terms.price * u64::from(left)
                }
                _ => it.pending_price * (u64::from(it.pending_periods) + 1),
            };
        }
        assert_eq!(
            (authority.live_subscriptions, authority.outstanding),
            (live, outstanding)
        );
        let token = self.world.token(&self.token);
        assert!(token.delegate.is_none() || token.delegated_amount >= outstanding);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_approvals_are_outstanding_and_no_two_charges_come_too_close(
        steps in prop::collection::vec((0..2usize, whens(), acts()), 20..60),
    ) {
        let mut stage = Stage::new();
        for step in steps {
            stage.step(step);
            stage.check();
        }
    }
}
