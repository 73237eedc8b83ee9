//! How a subscription stands: missed payments, its end, a pause.

use super::{Command, Met};
use crate::{
    decode::Event,
    model::{
        Moment, State, Verdict,
        rules::{approval, metering, schedule, settings},
    },
};
use tessera_types::{
    Address, TesseraError,
    accounts::{Authority, Org, Subscription, SubscriptionState},
    events::{Cancelled, Paused, PaymentMissed, Resumed},
    limits::MAX_PAUSE_SECS,
};

const PAST_DUE: u8 = SubscriptionState::PastDue as u8;
const CANCELLED: u8 = SubscriptionState::Cancelled as u8;

/// A due payment could not be collected, or nothing can be collected any more.
#[derive(Debug, Clone, Copy)]
pub struct MarkPastDue {
    /// The subscription.
    pub subscription: Address,
    /// Whether its token account could pay now.
    pub can_pay: bool,
}

impl Command for MarkPastDue {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let it = subscription(state, &self.subscription, verdict)?;
        verdict.require(schedule::is_live(it.state), TesseraError::NotLive);
        let plan = match schedule::has_pending(&it) {
            true => it.pending_plan,
            false => it.plan,
        };
        // Nothing can be collected for a closed plan.
        let ends_at = state.plans.get(&plan).map_or(i64::MIN, |plan| plan.ends_at);
        let due = moment.now >= it.next_due;
        let lapses = due && !schedule::is_collectable(&it, ends_at, moment.now);
        let missed = due && it.state != PAST_DUE && !self.can_pay;
        verdict.require(lapses || missed, TesseraError::NotMissed);
        let new_state = match lapses {
            true => SubscriptionState::Lapsed as u8,
            false => PAST_DUE,
        };
        Some(Event::PaymentMissed(PaymentMissed {
            receipt: state.receipt(self.subscription, moment),
            agreement_seq: it.agreement_seq,
            outstanding: outstanding(state, &it, lapses),
            state: new_state,
            spare: [0; 7],
        }))
    }
}

/// A wallet ends its subscription.
#[derive(Debug, Clone, Copy)]
pub struct Cancel {
    /// The subscription.
    pub subscription: Address,
    /// Whether the org agrees to end the paid time, too; also possible after a cancellation.
    pub cut_short: bool,
}

impl Command for Cancel {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let it = subscription(state, &self.subscription, verdict)?;
        // Unstated usage of a metered plan is unpaid, and can no longer be stated.
        let cuts = self.cut_short || metering::is_unstated(&it);
        let shortens = cuts && moment.now < it.paid_through;
        let live = schedule::is_live(it.state);
        let ends = live || it.state == CANCELLED && shortens && self.cut_short;
        verdict.require(ends, TesseraError::NotLive);
        let paid_through = match shortens {
            true => moment.now,
            false => it.paid_through,
        };
        Some(Event::Cancelled(Cancelled {
            receipt: state.receipt(self.subscription, moment),
            agreement_seq: it.agreement_seq,
            paid_through,
            outstanding: outstanding(state, &it, true),
        }))
    }
}

/// A wallet takes its cancellation back.
#[derive(Debug, Clone, Copy)]
pub struct Resume {
    /// The subscription.
    pub subscription: Address,
    /// The state of its token account.
    pub met: Met,
}

impl Command for Resume {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let mut it = subscription(state, &self.subscription, verdict)?;
        let plan = verdict.found(state.plans.get(&it.plan), "plan")?;
        let org = verdict.found(state.orgs.get(&plan.org), "org")?;
        let paused = settings::is_paused(org, Org::PAUSE_SUBSCRIBE);
        verdict.require(!paused, TesseraError::Paused);
        let resumable = it.state == CANCELLED && moment.now < it.paid_through;
        verdict.require(resumable, TesseraError::NotCancelled);
        verdict.require(it.next_due < plan.ends_at, TesseraError::PlanEnded);
        let left = schedule::periods_left(&it) > 0;
        verdict.require(left, TesseraError::PeriodsUsedUp);

        let known = state.authority(&it.payer_token);
        let mut authority: Authority = *verdict.found(known, "authority")?;
        let theirs = (authority.wallet, authority.mint) == (it.wallet, plan.mint);
        verdict.require(theirs, TesseraError::WrongTokenAuthority);
        approval::meet(&mut authority, self.met, theirs);
        verdict.fits(approval::add(&mut authority, &mut it));
        Some(Event::Resumed(Resumed {
            receipt: state.receipt(self.subscription, moment),
            agreement_seq: it.agreement_seq,
            authority_generation: authority.generation,
            outstanding: authority.outstanding,
        }))
    }
}

/// A wallet postpones its next payment.
#[derive(Debug, Clone, Copy)]
pub struct Pause {
    /// The subscription.
    pub subscription: Address,
    /// No charge before this time, Unix seconds; one that has passed ends the pause.
    pub until: i64,
}

impl Command for Pause {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let it = subscription(state, &self.subscription, verdict)?;
        verdict.require(schedule::is_live(it.state), TesseraError::NotLive);
        // A due payment cannot be postponed.
        let now = moment.now;
        let owing = it.state == PAST_DUE || it.paused_until <= now && it.next_due <= now;
        verdict.require(!owing, TesseraError::PauseTooLong);
        let until = self.until.max(now);
        let ahead = i128::from(until) - i128::from(now);
        let short = ahead <= i128::from(MAX_PAUSE_SECS);
        verdict.require(short, TesseraError::PauseTooLong);
        Some(Event::Paused(Paused {
            receipt: state.receipt(self.subscription, moment),
            paused_until: until,
            next_due: it.paid_through.max(until),
        }))
    }
}

fn subscription(state: &State, address: &Address, verdict: &mut Verdict) -> Option<Subscription> {
    let known = state.subscriptions.get(address);
    verdict.found(known, "subscription").map(|it| it.account)
}

/// What the authority may still move, without the subscription when it `ends`; a closed authority
/// may move nothing.
fn outstanding(state: &State, it: &Subscription, ends: bool) -> u64 {
    let Some(mut authority) = state.authority(&it.payer_token).copied() else {
        return 0;
    };
    if ends {
        approval::remove(&mut authority, it);
    }
    authority.outstanding
}
