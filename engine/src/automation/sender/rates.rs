//! How many mails go to one recipient's domain, while a page of messages is decided.

use crate::Result;
use std::collections::{HashMap, hash_map::Entry};
use tessera_domain::{
    automation::delivery::DomainRates,
    time::{MICROS_PER_HOUR, Timestamp},
};
use tessera_store::{PgConnection, automation::outbox};

/// What is known of the domains that a page sends to.
#[derive(Debug, Default)]
pub(super) struct Rates(HashMap<[u8; 32], Domain>);

/// A domain with a rate.
#[derive(Debug)]
struct Domain {
    /// Mails that may still go now.
    left: u32,
    /// Mails of this page that go.
    here: u32,
    /// When the mail went that makes room next; none before anything has to wait.
    making_room: Option<Timestamp>,
    /// The last turn that was given to a mail of this page, and its priority.
    last: Option<(i16, Timestamp)>,
}

impl Rates {
    /// When a mail may go to the domain of a digest, to which at most `most` go within an hour; none is now.
    pub(super) async fn wait(
        &mut self,
        conn: &mut PgConnection,
        domain: &[u8; 32],
        (most, priority): (u32, i16),
        now: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let since = Timestamp(now.0.saturating_sub(MICROS_PER_HOUR));
        let known = match self.0.entry(*domain) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let claimed = outbox::claimed_to(conn, domain, since.into(), most).await?;
                let claimed = u32::try_from(claimed).unwrap_or(most);
                unknown.insert(Domain {
                    left: most.saturating_sub(claimed),
                    here: 0,
                    making_room: None,
                    last: None,
                })
            }
        };
        if known.left > 0 {
            return Ok(None);
        }
        let making_room = match known.making_room {
            Some(at) => at,
            None if known.here >= most => now,
            None => {
                let later = most - known.here - 1;
                let found = outbox::claim_before(conn, domain, since.into(), later).await?;
                found.map_or(now, Into::into)
            }
        };
        known.making_room = Some(making_room);
        // Higher priorities come first in a page, and wait only for their like.
        let last = match known.last {
            Some((before, at)) if before == priority => Some(at),
            higher => {
                let waiting = outbox::last_waiting(conn, domain, priority).await?;
                waiting.map(Into::into).max(higher.map(|(_, at)| at))
            }
        };
        let turn = DomainRates::turn(most, making_room, last);
        known.last = Some((priority, turn));
        Ok(Some(turn))
    }

    /// Counts a mail that goes.
    pub(super) fn count(&mut self, domain: &[u8; 32]) {
        if let Some(known) = self.0.get_mut(domain) {
            known.left = known.left.saturating_sub(1);
            known.here += 1;
        }
    }
}
