//! Nobody is charged early or twice for the same time, and nothing lapses early.

use super::Change;
use crate::failure::{Failure, law};
use solana_address::Address;
use std::collections::BTreeMap;
use tessera_client::{
    Account, Event,
    types::{
        accounts::{Subscription, SubscriptionState},
        events::{Charged, PaymentMissed},
    },
};

/// When each agreement was charged last, and half of the least that its period then was.
#[derive(Clone, Default)]
pub(super) struct Charges(BTreeMap<Address, (i64, i64)>);

impl Charges {
    pub(super) fn in_time(
        &mut self,
        event: &Event,
        changes: &[Change],
        now: i64,
    ) -> Result<(), Failure> {
        for change in changes {
            let (Some(Account::Subscription(before)), Some(Account::Subscription(after))) =
                (&change.before, &change.after)
            else {
                continue;
            };
            match event {
                Event::Charged(it, _) => self.charged(it, change.address, before, after, now)?,
                Event::PaymentMissed(it) => missed(it, before, now)?,
                Event::Subscribed(..) | Event::PlanChanged(..) => {
                    self.0.remove(&change.address);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn charged(
        &mut self,
        event: &Charged,
        address: Address,
        before: &Subscription,
        after: &Subscription,
        now: i64,
    ) -> Result<(), Failure> {
        // Usage is stated within the period that it is of.
        if before.is_metered() {
            return Ok(());
        }
        let (start, least) = (event.settlement.period_start, least(after));
        law!(
            "no charge is early",
            now >= before.next_due,
            "{event:?} at {now}, {before:?}"
        );
        law!(
            "time is paid once",
            start >= before.paid_through,
            "{event:?}, {before:?}"
        );
        law!(
            "a period is whole",
            after.paid_through - start >= least,
            "{event:?}, {after:?}"
        );
        let last = self.0.insert(address, (now, least / 2));
        let apart = last.is_none_or(|(last, half)| now - last >= half);
        law!(
            "charges are half a period apart",
            apart,
            "{event:?} at {now} after {last:?}"
        );
        Ok(())
    }
}

fn missed(event: &PaymentMissed, before: &Subscription, now: i64) -> Result<(), Failure> {
    law!(
        "nothing is missed early",
        now >= before.next_due,
        "{event:?} at {now}, {before:?}"
    );
    let known = before.state == SubscriptionState::PastDue as u8;
    law!(
        "a miss is noted once",
        !known || event.state != before.state,
        "{event:?}"
    );
    Ok(())
}

/// The least that a period of these terms is, seconds.
fn least(it: &Subscription) -> i64 {
    i64::from(it.terms.period_secs) + i64::from(it.terms.period_months) * 28 * 86_400
}
