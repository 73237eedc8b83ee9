//! When a period is due, until when it can be collected, when it ends, and what that is worth to a
//! cranker.
//!
//! Law: a charge pays for one period, never for one that passed, and no two charges of an agreement
//! come closer than half a period.

use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Plan, Subscription, SubscriptionState},
    math,
};

/// Whether a period of the subscription can be collected at `now` (Unix seconds).
#[inline(always)]
pub fn require_due(subscription: &Subscription, plan: &Plan, now: i64) -> Result<()> {
    require!(
        SubscriptionState::is_live(subscription.state),
        TesseraError::NotLive
    );
    require!(now >= subscription.next_due, TesseraError::NotDue);
    // The first period was paid at the signature and is not among the approved ones.
    require!(
        subscription.periods_paid < subscription.terms.approved_periods.saturating_add(1),
        TesseraError::PeriodsUsedUp
    );
    require!(now < plan.ends_at, TesseraError::PlanEnded);
    require!(
        late(subscription, now) < subscription.terms.period_secs as u64,
        TesseraError::Lapsed
    );
    Ok(())
}

/// Start and end of the period that a charge at `now` pays for. Within the grace time it keeps the
/// billing day; later it starts a new one, so that nobody pays in full for the rest of a period.
#[inline(always)]
pub fn period(subscription: &Subscription, now: i64) -> Result<(i64, i64)> {
    let terms = &subscription.terms;
    let start = match late(subscription, now) <= terms.grace_secs as u64 {
        true => subscription.next_due,
        false => now,
    };
    Ok((start, math::later(start, terms.period_secs)?))
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
