//! The plan of the next charge, and its keeper's fee.

use tessera_types::{
    Address, NO_ADDRESS,
    accounts::{Plan, Subscription},
};

/// The plan that the next charge is made under: the pending one, if there is one.
pub fn plan(subscription: &Subscription) -> Address {
    match subscription.pending_plan {
        NO_ADDRESS => subscription.plan,
        pending => pending,
    }
}

/// What the keeper of a charge at `now` (Unix seconds) receives, in the mint's smallest unit:
/// nothing at the moment when the period is due, the plan's cap from the end of the grace time on,
/// and in between in proportion. Nothing, too, before it is due. `plan` is that of [`plan`].
pub fn fee(subscription: &Subscription, plan: &Plan, now: i64) -> u64 {
    let due = subscription.next_due;
    let late = u128::from(now.max(due).abs_diff(due));
    let grace = u128::from(match subscription.pending_plan {
        NO_ADDRESS => subscription.terms.grace_secs,
        _ => plan.grace_secs,
    });
    if now >= due && late >= grace {
        return plan.keeper_fee_cap;
    }
    let fee = (u128::from(plan.keeper_fee_cap) * late)
        .checked_div(grace)
        .unwrap_or(0);
    u64::try_from(fee).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    fn fee_at(now: i64, grace_secs: u32) -> u64 {
        let mut subscription = Subscription::zeroed();
        subscription.next_due = 1_000;
        subscription.terms.grace_secs = grace_secs;
        let plan = Plan {
            keeper_fee_cap: 50,
            ..Plan::zeroed()
        };
        fee(&subscription, &plan, now)
    }

    #[test]
    fn nothing_is_earned_before_a_period_is_due() {
        assert_eq!(
            [i64::MIN, 0, 999, 1_000].map(|now| fee_at(now, 100)),
            [0; 4]
        );
        assert_eq!(fee_at(999, 0), 0);
    }

    #[test]
    fn the_fee_rises_to_the_cap_within_the_grace_time() {
        let fees = [1_001, 1_050, 1_099, 1_100, i64::MAX].map(|now| fee_at(now, 100));
        assert_eq!(fees, [0, 25, 49, 50, 50]);
        assert_eq!(fee_at(1_000, 0), 50);
    }
}
