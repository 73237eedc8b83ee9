//! Finds out which endpoints keep up: every two seconds all are asked for their last slot. One that
//! stays at a slot, or is far behind, while another goes on is used last from then on.
//!
//! Such a node answers every request, so no failure reveals it. A single endpoint looks the same
//! whether it has stopped or the whole network has.

use super::{
    RpcNode,
    endpoint::Endpoint,
    failure::{Failure, Kind},
};
use crate::metrics;
use futures::future::join_all;
use serde_json::{json, value::RawValue};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout};

const METHOD: &str = "getSlot";
/// Time between two looks.
const LOOK: Duration = Duration::from_secs(2);
/// How long a look waits for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an endpoint may stay at a slot while another goes on.
const STILL: Duration = Duration::from_secs(6);
/// How many slots an endpoint may be behind another that goes on; about a minute.
const BEHIND: u64 = 150;

/// The highest slot that an endpoint has shown, and when.
#[derive(Debug, Clone, Copy)]
struct Seen {
    slot: u64,
    since: Instant,
    /// Whether it had shown a lower slot before.
    rose: bool,
}

/// What the looks showed, endpoint by endpoint.
pub(super) struct Pace(Mutex<(Instant, Vec<Option<Seen>>)>);

impl Pace {
    pub(super) fn new(endpoints: usize) -> Self {
        Self(Mutex::new((Instant::now() + LOOK, vec![None; endpoints])))
    }

    /// Whether it is time for a look, which the caller must then make.
    fn is_due(&self, now: Instant) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = state.1.len() > 1 && state.0 <= now;
        if due {
            state.0 = now + LOOK;
        }
        due
    }

    /// Notes the result of a look; returns which endpoints are late.
    fn note(&self, slots: &[Option<u64>], now: Instant) -> Vec<bool> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (seen, slot) in state.1.iter_mut().zip(slots) {
            let Some(slot) = *slot else { continue };
            if seen.is_none_or(|seen| slot > seen.slot) {
                let rose = seen.is_some();
                let since = now;
                *seen = Some(Seen { slot, since, rose });
            }
        }
        late(&state.1, now)
    }
}

fn late(endpoints: &[Option<Seen>], now: Instant) -> Vec<bool> {
    let stays = |seen: &Seen| now.saturating_duration_since(seen.since) > STILL;
    let going = endpoints.iter().flatten();
    let going = going.filter(|seen| seen.rose && !stays(seen));
    let furthest = going.map(|seen| seen.slot).max();
    let late = |seen: &Seen| {
        furthest.is_some_and(|slot| stays(seen) || seen.slot.saturating_add(BEHIND) < slot)
    };
    let endpoints = endpoints.iter();
    endpoints
        .map(|seen| seen.as_ref().is_some_and(late))
        .collect()
}

impl RpcNode {
    /// Starts a look in the background, when it is time.
    pub(super) async fn look(&self) {
        if !self.pace.is_due(Instant::now()) {
            return;
        }
        // If the network is not known yet, the next call reports it.
        let Ok(network) = self.network().await else {
            return;
        };
        // In a task of its own: the caller does not wait for the slowest endpoint.
        let (endpoints, pace) = (self.endpoints.clone(), self.pace.clone());
        tokio::spawn(async move {
            let asked = endpoints.iter().map(|it| it.last_slot(&network));
            let slots = join_all(asked).await;
            let late = pace.note(&slots, Instant::now());
            for (endpoint, late) in endpoints.iter().zip(late) {
                endpoint.note_pace(late);
            }
        });
    }
}

impl Endpoint {
    /// Its last slot; none when it must not be asked, or does not answer.
    async fn last_slot(&self, network: &[u8; 32]) -> Option<u64> {
        if self.is_out(METHOD) || !self.rest().is_zero() {
            return None;
        }
        let params = json!([{"commitment": "confirmed"}]);
        let asked = async {
            match self.prove_to(network).await? {
                true => self.ask(METHOD, &params, slot).await.map(Some),
                false => Ok(None),
            }
        };
        let silent = || self.failure(METHOD, Kind::Ill(None), "did not answer in time", "timeout");
        match timeout(PATIENCE, asked)
            .await
            .unwrap_or_else(|_| Err(silent()))
        {
            Ok(slot) => slot,
            Err(failure) => {
                metrics::rpc_failure(METHOD, failure.label.clone());
                self.note(METHOD, &failure);
                None
            }
        }
    }
}

fn slot(answer: &RawValue) -> std::result::Result<u64, Failure> {
    let malformed = |_| Failure::malformed(METHOD, "a slot");
    serde_json::from_str(answer.get()).map_err(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is late after looks a second apart, each at these slots.
    fn after(looks: impl IntoIterator<Item = [Option<u64>; 2]>) -> Vec<bool> {
        let pace = Pace::new(2);
        let mut now = Instant::now();
        let mut late = vec![];
        for slots in looks {
            late = pace.note(&slots, now);
            now += Duration::from_secs(1);
        }
        late
    }

    #[test]
    fn an_endpoint_that_stands_still_is_late_only_while_another_goes_on() {
        let still = |second: u64| (0..9).map(move |look| [Some(500), Some(100 + second * look)]);
        assert_eq!(after(still(2)), [true, false]);
        assert_eq!(after(still(0)), [false, false]);
        assert_eq!(after(still(2).take(6)), [false, false], "not yet");
        let back = [[Some(501), Some(120)]];
        assert_eq!(after(still(2).chain(back)), [false, true], "further again");
    }

    #[test]
    fn an_endpoint_far_behind_one_that_goes_on_is_late() {
        let going = |ahead: u64| (0..2).map(move |look| [Some(7 + look), Some(7 + look + ahead)]);
        assert_eq!(after(going(150)), [false, false]);
        assert_eq!(after(going(151)), [true, false]);
        assert_eq!(after(going(151).take(1)), [false, false], "none goes on");
    }

    #[test]
    fn an_endpoint_that_does_not_answer_is_judged_by_what_was_seen() {
        let silent = (0..9).map(|look| [(look < 2).then_some(7 + look), Some(7 + look)]);
        assert_eq!(after(silent), [true, false]);
        let never = (0..9).map(|look| [None, Some(7 + look)]);
        assert_eq!(after(never), [false, false]);
    }
}
