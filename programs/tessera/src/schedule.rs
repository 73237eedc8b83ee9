//! When a period is due, until when it can be collected, when it ends, and what that is worth to a
//! cranker.
//!
//! Law: a charge pays for one period, never for one that passed, and no two charges of an agreement
//! come closer than half a period; but usage of a period may be stated when it ends, and that of the
//! next one when that begins.

use crate::outcome::{Result, require};
use anchor_lang::address_eq;
use tessera_types::{
    NO_ADDRESS, TesseraError,
    accounts::{Plan, Subscription, SubscriptionState, Terms},
    calendar, math,
    seeded::{Bug, seeded},
};

/// Whether a period of the subscription can be collected at `now` (Unix seconds).
#[inline(never)]
pub fn require_due(subscription: &Subscription, plan: &Plan, now: i64) -> Result<()> {
    require!(
        SubscriptionState::is_live(subscription.state),
        TesseraError::NotLive
    );
    require!(now >= subscription.next_due, TesseraError::NotDue);
    // The first period is not among the approved ones.
    require!(
        subscription.periods_paid < subscription.terms.approved_periods.saturating_add(1)
            || !address_eq(&subscription.pending_plan, &NO_ADDRESS)
            || seeded(Bug::ExtraPeriod) && subscription.periods_left() > 0,
        TesseraError::PeriodsUsedUp
    );
    require!(now < plan.ends_at, TesseraError::PlanEnded);
    require!(now < subscription.lapses_at(), TesseraError::Lapsed);
    Ok(())
}

/// Start and end of the period that a charge at `now` pays for. Within the grace time it keeps the
/// billing day; later it starts a new one, so that nobody pays in full for the rest of a period.
#[inline(never)]
pub fn period(subscription: &mut Subscription, now: i64) -> Result<(i64, i64)> {
    let grace = subscription.terms.grace_secs as u64;
    let start = match late(subscription, now) <= grace {
        true => subscription.next_due,
        false => now,
    };
    // After a gap there is another billing day.
    if start != subscription.paid_through {
        anchor(&mut subscription.terms, start)?;
    }
    Ok((start, subscription.terms.end_of(start)?))
}

/// Puts the pending plan into force, with the period that is due.
#[inline(never)]
pub fn follow(subscription: &mut Subscription, plan: &Plan) -> Result<()> {
    let stays_monthly = subscription.terms.period_months > 0 && plan.period_months > 0;
    let terms = &mut subscription.terms;
    terms.price = subscription.pending_price;
    terms.approved_periods = subscription.pending_periods;
    terms.period_secs = plan.period_secs;
    terms.period_months = plan.period_months;
    terms.grace_secs = plan.grace_secs;
    if !stays_monthly {
        anchor(terms, subscription.next_due)?;
    }
    subscription.plan = subscription.pending_plan;
    subscription.drop_pending();
    subscription.periods_paid = 0;
    Ok(())
}

/// Lets periods of months begin on the day of `start` (Unix seconds).
#[inline(always)]
pub fn anchor(terms: &mut Terms, start: i64) -> Result<()> {
    terms.anchor_day = match terms.period_months {
        0 => 0,
        _ => calendar::day_of_month(start)?,
    };
    Ok(())
}

/// What a cranker is paid at `now`: nothing at the moment when the period is due, `cap` from the
/// end of the grace time on, and in between in proportion, so that the cranker who asks for least
/// comes first.
#[inline(always)]
pub fn keeper_fee(cap: u64, subscription: &Subscription, now: i64) -> u64 {
    let late = late(subscription, now);
    let grace = subscription.terms.grace_secs;
    if late >= grace as u64 {
        return cap;
    }
    math::share_of(cap, late as u32, grace)
}

/// For how long a period has been due at `now`, which is not before it: exact for any two times.
#[inline(always)]
fn late(subscription: &Subscription, now: i64) -> u64 {
    now.wrapping_sub(subscription.next_due) as u64
}
