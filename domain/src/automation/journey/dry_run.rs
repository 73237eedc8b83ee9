//! What a journey would have done, had it been published before.
//!
//! Law: a rehearsal goes the same steps as a run, with the events that have happened since, and chance falls
//! the same way.

use super::{
    definition::{Journey, run_id},
    entry::Entry,
    membership::Membership,
    walk::{Effect, Heard, Place, Reason, Rest, Walk, World},
};
use crate::{
    automation::local_time::{TIMEZONE, Zone},
    capture::Acts,
    event::{Event, IDENTIFIED_EVENT},
    people::segment::{ScoreModel, SegmentDefinition},
    time::Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Most messages and other acts that are listed one by one.
const MAX_LISTED: usize = 200;

/// What a rehearsal is about.
#[derive(Debug, Clone, Copy)]
pub struct DryRun<'a> {
    /// The journey's name.
    pub name: &'a str,
    /// The journey.
    pub journey: &'a Journey,
    /// Who enters, where that is a question of membership.
    pub members: Option<&'a SegmentDefinition>,
    /// Which events are people's own acts.
    pub acts: &'a Acts,
    /// The scoring model in force; none without one.
    pub model: Option<&'a ScoreModel>,
    /// Entries from this moment on.
    pub from: Timestamp,
    /// The end of what is looked at.
    pub until: Timestamp,
}

/// How many came by a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// Those who arrived.
    pub arrived: u64,
    /// Those who are there at the end.
    pub waiting: u64,
}

/// What would have been done to a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Would {
    /// The person.
    pub person: Uuid,
    /// At which node.
    pub node: String,
    /// What.
    pub effect: Effect,
    /// When.
    pub at: Timestamp,
}

/// What came of a rehearsal; those of other people add.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rehearsed {
    /// Runs.
    pub entered: u64,
    /// How many came by each node.
    pub nodes: BTreeMap<String, Flow>,
    /// How many have ended, and why.
    pub ended: BTreeMap<Reason, u64>,
    /// The first acts of those who were looked at first.
    pub acts: Vec<Would>,
    /// How many acts there were.
    pub acts_in_all: u64,
}

impl DryRun<'_> {
    /// Rehearses the journey of a person with these events, in their order.
    pub fn rehearse(&self, person: Uuid, history: &[Event], all: &mut Rehearsed) {
        let zone = zone(history);
        let mut entered = BTreeSet::new();
        for (at, key) in self.entries(history) {
            if at >= self.from && at <= self.until && entered.insert(key.clone()) {
                let run = Run {
                    id: run_id(self.name, person, &key),
                    person,
                    history,
                    zone: &zone,
                };
                self.play(&run, at, all);
            }
        }
    }

    /// The moments at which the person would enter, and what each run would be about.
    fn entries(&self, history: &[Event]) -> Vec<(Timestamp, String)> {
        match (&self.journey.entry, self.members) {
            (Entry::Schedule(schedule), Some(members)) => {
                let mut state = Membership::new(members, history);
                let hours = schedule.hours(self.from, self.until);
                hours
                    .filter(|at| state.is_member_at(*at))
                    .map(|at| (at, at.to_string()))
                    .collect()
            }
            (Entry::Segment(_) | Entry::Score(_), Some(members)) => {
                let entered = Membership::new(members, history).entries(self.until);
                entered.into_iter().map(|at| (at, String::new())).collect()
            }
            (entry, _) => {
                let by_event = history.iter().filter(|it| entry.is_by(it));
                by_event
                    .filter_map(|it| Some((it.at, self.journey.key_of(it)?)))
                    .collect()
            }
        }
    }

    fn play(&self, run: &Run<'_>, at: Timestamp, all: &mut Rehearsed) {
        let world = |now: Timestamp| World {
            run: run.id,
            history: until(run.history, now),
            zone: run.zone,
            acts: self.acts,
            model: self.model,
        };
        all.entered += 1;
        if self.journey.holds_out(self.name, run.person) {
            *all.ended.entry(Reason::HeldOut).or_default() += 1;
            return;
        }
        let mut walk = self.journey.enter(world(at), at);
        let mut now = at;
        loop {
            all.note(&walk, run.person, now);
            let Rest::Waiting(end) = walk.rest else {
                return;
            };
            let (next, heard) = self.journey.next_heard(&walk.place, run.history, now, end);
            if next > self.until {
                all.nodes.entry(walk.place.node).or_default().waiting += 1;
                return;
            }
            now = next;
            walk = self.journey.advance(walk.place, heard, world(now), now);
        }
    }
}

/// A run that is rehearsed.
struct Run<'a> {
    id: Uuid,
    person: Uuid,
    history: &'a [Event],
    zone: &'a Zone,
}

/// Where a person said last that they live.
fn zone(history: &[Event]) -> Zone {
    let stated = |event: &Event| {
        let zone = event.properties.get(TIMEZONE)?.as_str()?;
        zone.parse().ok().filter(|_| event.name == IDENTIFIED_EVENT)
    };
    let mut stated = history.iter().rev().filter_map(stated);
    stated.next().unwrap_or(Zone::UTC)
}

/// The events up to a moment.
fn until(history: &[Event], now: Timestamp) -> &[Event] {
    let end = history.partition_point(|event| event.at <= now);
    history.get(..end).unwrap_or_default()
}

impl Journey {
    /// What wakes a run that waits at a place since `now`, and when: the first event that it waits for, or the
    /// end of the wait.
    fn next_heard(
        &self,
        place: &Place,
        history: &[Event],
        now: Timestamp,
        end: Timestamp,
    ) -> (Timestamp, Heard) {
        let begin = history.partition_point(|event| event.at <= now);
        let coming = history.get(begin..).unwrap_or_default();
        let coming = coming.iter().take_while(|event| event.at < end);
        let mut heard = coming.filter_map(|event| Some((event.at, self.hears(place, event)?)));
        heard.next().unwrap_or((end, Heard::Nothing))
    }
}

impl Rehearsed {
    fn note(&mut self, walk: &Walk, person: Uuid, at: Timestamp) {
        for node in &walk.arrived {
            self.nodes.entry(node.clone()).or_default().arrived += 1;
        }
        for (node, effect) in &walk.effects {
            self.acts_in_all += 1;
            if self.acts.len() < MAX_LISTED {
                self.acts.push(Would {
                    person,
                    node: node.clone(),
                    effect: effect.clone(),
                    at,
                });
            }
        }
        if let Rest::Ended(reason) = walk.rest {
            *self.ended.entry(reason).or_default() += 1;
        }
    }
}
