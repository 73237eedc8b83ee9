//! A run's way through its journey.

use super::{
    definition::Journey,
    node::{Delay, Node},
};
use crate::{
    automation::local_time::Zone,
    capture::Acts,
    event::{Event, Properties},
    experiments::measurement::{ARM_PROPERTY, EXPERIMENT_PROPERTY, EXPOSED_EVENT},
    people::segment::{Condition, ScoreModel, SegmentDefinition, SegmentState},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// For how long after an hour it still counts as that hour.
const STILL_THE_HOUR_SECS: i64 = 2 * 3_600;

/// What a run can know of its person and of the rules in force.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The run's id, from which chance follows.
    pub run: Uuid,
    /// The person's events up to now, in their order.
    pub history: &'a [Event],
    /// Where the person lives.
    pub zone: &'a Zone,
    /// Which events are people's own acts.
    pub acts: &'a Acts,
    /// The scoring model in force; none without one.
    pub model: Option<&'a ScoreModel>,
}

/// What has arrived since a run began to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// Nothing that it waits for.
    Nothing,
    /// What its node waits for.
    Awaited,
    /// The journey's goal.
    Goal,
}

impl Heard {
    /// Its name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Awaited => "awaited",
            Self::Goal => "goal",
        }
    }

    /// What is heard by its name in tables.
    pub fn parse(name: &str) -> Self {
        match name {
            "awaited" => Self::Awaited,
            "goal" => Self::Goal,
            _ => Self::Nothing,
        }
    }
}

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The node.
    pub node: String,
    /// Since when.
    pub since: Timestamp,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Sends a message of this template.
    Message(String),
    /// Records that the person came by, under this name.
    Announce(String),
    /// States traits.
    Update(Properties),
    /// Creates a task.
    Task {
        /// Its kind.
        kind: String,
        /// What is to be done.
        title: String,
    },
}

/// Why a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It has come to an end of the journey.
    Finished,
    /// What the journey is for has happened.
    Goal,
    /// The person was erased.
    Erased,
    /// The person wants no such messages.
    Unsubscribed,
    /// The person had got as many messages as may be sent.
    Capped,
    /// The person has become another one, who walks the journey already.
    Merged,
    /// The journey was removed, or has no such node any longer.
    Removed,
    /// The person is held out: nothing was done, so that the others can be compared with them.
    HeldOut,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Finished,
        Self::Goal,
        Self::Erased,
        Self::Unsubscribed,
        Self::Capped,
        Self::Merged,
        Self::Removed,
        Self::HeldOut,
    ];

    /// Its name in tables and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Goal => "goal",
            Self::Erased => "erased",
            Self::Unsubscribed => "unsubscribed",
            Self::Capped => "capped",
            Self::Merged => "merged",
            Self::Removed => "removed",
            Self::HeldOut => "held_out",
        }
    }
}

/// What becomes of a run for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// It waits, until this moment at the latest.
    Waiting(Timestamp),
    /// It has ended.
    Ended(Reason),
}

/// The part of its way that a run has gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// The nodes that it arrived at, in their order.
    pub arrived: Vec<String>,
    /// What was done, and at which node.
    pub effects: Vec<(String, Effect)>,
    /// Where it is now.
    pub place: Place,
    /// Whether it goes on.
    pub rest: Rest,
}

/// What a node makes of a run.
enum Step<'a> {
    Wait(Timestamp),
    Go(&'a str),
    Act(Effect, &'a str),
    End,
}

impl Journey {
    /// Lets a run enter.
    pub fn enter(&self, world: World<'_>, now: Timestamp) -> Walk {
        let place = Place {
            node: self.start.clone(),
            since: now,
        };
        let walk = Walk {
            arrived: vec![place.node.clone()],
            effects: Vec::new(),
            place,
            rest: Rest::Ended(Reason::Removed),
        };
        self.walk(walk, Heard::Nothing, world, now)
    }

    /// Lets a run go on from where it waits, as far as it comes.
    pub fn advance(&self, place: Place, heard: Heard, world: World<'_>, now: Timestamp) -> Walk {
        let walk = Walk {
            arrived: Vec::new(),
            effects: Vec::new(),
            place,
            rest: Rest::Ended(Reason::Goal),
        };
        if heard == Heard::Goal {
            return walk;
        }
        self.walk(walk, heard, world, now)
    }

    fn walk(&self, mut walk: Walk, mut heard: Heard, world: World<'_>, now: Timestamp) -> Walk {
        loop {
            let Some(node) = self.nodes.get(&walk.place.node) else {
                walk.rest = Rest::Ended(Reason::Removed);
                return walk;
            };
            let next = match node.step(&walk.place, heard, world, now) {
                Step::Wait(until) => {
                    walk.rest = Rest::Waiting(until);
                    return walk;
                }
                Step::End => {
                    walk.rest = Rest::Ended(Reason::Finished);
                    return walk;
                }
                Step::Act(effect, next) => {
                    walk.effects.push((walk.place.node.clone(), effect));
                    next
                }
                Step::Go(next) => next,
            };
            heard = Heard::Nothing;
            walk.place = Place {
                node: next.to_owned(),
                since: now,
            };
            walk.arrived.push(next.to_owned());
        }
    }
}

impl Node {
    fn step(&self, place: &Place, heard: Heard, world: World<'_>, now: Timestamp) -> Step<'_> {
        match self {
            Self::Delay { until, next } => match until.end(place.since, world.zone, now) {
                end if end > now => Step::Wait(end),
                _ => Step::Go(next),
            },
            Self::WaitFor {
                timeout_secs,
                then,
                otherwise,
                ..
            } => {
                let end = place.since.plus_secs((*timeout_secs).into());
                match heard {
                    Heard::Awaited => Step::Go(then),
                    _ if end > now => Step::Wait(end),
                    _ => Step::Go(otherwise),
                }
            }
            Self::Branch { cases, otherwise } => {
                let case = cases.iter().find(|case| world.holds(&case.when, now));
                Step::Go(case.map_or(otherwise, |case| &case.next))
            }
            Self::Split { parts } => {
                let mut left = draw_bps(world.run, &place.node);
                for part in parts {
                    match left.checked_sub(part.weight_bps) {
                        Some(rest) => left = rest,
                        None => return Step::Go(&part.next),
                    }
                }
                parts.last().map_or(Step::End, |part| Step::Go(&part.next))
            }
            Self::Experiment {
                experiment,
                arms,
                otherwise,
            } => {
                let next = world.arm(experiment).and_then(|arm| arms.get(arm));
                Step::Go(next.unwrap_or(otherwise))
            }
            Self::Message { template, next } => Step::Act(Effect::Message(template.clone()), next),
            Self::Announce { name, next } => Step::Act(Effect::Announce(name.clone()), next),
            Self::Update { traits, next } => Step::Act(Effect::Update(traits.clone()), next),
            Self::Task { kind, title, next } => {
                let (kind, title) = (kind.clone(), title.clone());
                Step::Act(Effect::Task { kind, title }, next)
            }
            Self::Exit {} => Step::End,
        }
    }
}

impl Delay {
    /// When a wait ends that began at `since`, for who lives in `zone` now. An hour that has passed in the
    /// meantime, because the person moved or nobody looked, is waited for once more.
    fn end(&self, since: Timestamp, zone: &Zone, now: Timestamp) -> Timestamp {
        match self {
            Self::Secs(secs) => since.plus_secs((*secs).into()),
            Self::LocalTime(time) => {
                let just_before =
                    Timestamp(now.plus_secs(-STILL_THE_HOUR_SECS).0.saturating_sub(1));
                time.next(zone, since.max(just_before))
            }
            Self::QuietHours(quiet) => quiet.until(zone, now).unwrap_or(now),
            Self::WorkingDays { count, calendar } => calendar.after(zone, since, *count),
        }
    }
}

impl<'a> World<'a> {
    fn holds(&self, condition: &Condition, now: Timestamp) -> bool {
        let definition = SegmentDefinition {
            condition: condition.clone(),
            model: self.model.filter(|_| condition.tests_score()).cloned(),
            acts: condition.tests_activity().then(|| self.acts.clone()),
        };
        let mut state = SegmentState::default();
        for event in self.history {
            state.apply(&definition, event, now);
        }
        definition.settle(&mut state, now);
        state.is_member()
    }

    /// The arm of an experiment that the person has seen first.
    fn arm(&self, experiment: &str) -> Option<&'a str> {
        let is_of = |event: &&Event| {
            let named = event.properties.get(EXPERIMENT_PROPERTY);
            event.name == EXPOSED_EVENT && named.and_then(Value::as_str) == Some(experiment)
        };
        let first = self.history.iter().find(is_of)?;
        first.properties.get(ARM_PROPERTY)?.as_str()
    }
}

/// A number below 10,000, each as likely as the others, and always the same of a run at a node.
pub(super) fn draw_bps(run: Uuid, node: &str) -> u16 {
    let mut hash = Sha256::new();
    hash.update(run.as_bytes());
    hash.update(node.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    // 64 bits are 10,000 times enough that no number is noticeably likelier.
    u16::try_from(u64::from_be_bytes(first) % 10_000).unwrap_or_default()
}
