//! Points issued = held + redeemed + expired + taken back, less what is still owed, for each member
//! and so for each org.

use super::Change;
use crate::failure::{Failure, law};
use solana_address::Address;
use std::collections::BTreeMap;
use tessera_client::{Account, Event};

/// What each member must hold, less the debt.
#[derive(Clone, Default)]
pub(super) struct Points(BTreeMap<Address, i128>);

impl Points {
    pub(super) fn counted(&mut self, event: &Event, changes: &[Change]) -> Result<(), Failure> {
        // All that an event says of points is about the one member that it changes.
        let (came, went) = match event {
            Event::PointsAwarded(it) => (it.points, [it.points_expired, 0]),
            Event::PointsRedeemed(it) => (0, [it.points_expired, it.points]),
            Event::Refunded(it, _) => (0, [it.points_expired, it.points]),
            _ => match event.settlement() {
                Some((it, _)) => (it.points, [it.points_expired, 0]),
                None => (0, [0, 0]),
            },
        };
        for change in changes {
            let Some(Account::Member(member)) = &change.after else {
                continue;
            };
            let sum = self.0.entry(change.address).or_default();
            *sum += i128::from(came) - went.map(i128::from).iter().sum::<i128>();
            let held = i128::from(member.points) - i128::from(member.points_debt);
            let expected = *sum;
            law!(
                "points issued are held, redeemed, expired or taken back",
                held == expected,
                "{} holds {held} and not {expected} after {event:?}",
                change.address
            );
            let buckets: u128 = member.expiring_points.map(u128::from).iter().sum();
            law!(
                "what expires is held",
                buckets <= u128::from(member.points),
                "{member:?}"
            );
        }
        Ok(())
    }
}
