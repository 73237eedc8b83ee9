//! The steps of a journey.

use crate::{
    automation::local_time::{LocalTime, Quiet, WorkingDays},
    capture::Registry,
    event::Properties,
    filter::EventFilter,
    people::segment::Condition,
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A step. `next` and its likes are names of other nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Node {
    /// Waits.
    Delay {
        /// For how long, or until when.
        until: Delay,
        /// What comes then.
        next: String,
    },
    /// Waits for an event.
    WaitFor {
        /// The event.
        event: EventFilter,
        /// For how long, seconds.
        timeout_secs: u32,
        /// What comes when it arrives.
        then: String,
        /// What comes when it does not.
        otherwise: String,
    },
    /// Goes one way or another by what is known of the person.
    Branch {
        /// The ways; the first whose condition holds is gone.
        cases: Vec<Case>,
        /// The way when none holds.
        otherwise: String,
    },
    /// Goes one way or another by chance.
    Split {
        /// The ways.
        parts: Vec<Part>,
    },
    /// Goes by the arm of an experiment that the person sees.
    Experiment {
        /// The experiment's key.
        experiment: String,
        /// The way of each arm.
        arms: Arms,
        /// The way of those who see none of these.
        otherwise: String,
    },
    /// Sends a message, on the channel of its template: a mail, a message in the inbox, or an action that the
    /// wallet shows.
    Message {
        /// Name of the template, whose version in force is sent.
        template: String,
        /// What comes then.
        next: String,
    },
    /// Records the event `journey_reached`, which funnels heed and webhooks report.
    Announce {
        /// What the event says in its property `name`.
        name: String,
        /// What comes then.
        next: String,
    },
    /// States traits of the person.
    Update {
        /// The traits.
        traits: Properties,
        /// What comes then.
        next: String,
    },
    /// Creates a task: theirs who has the lead, or the team's whose queue it is in.
    Task {
        /// What kind of task it is, by which it is due.
        kind: String,
        /// What is to be done, for people.
        title: String,
        /// What comes then.
        next: String,
    },
    /// Ends the run.
    Exit {},
}

/// For how long a run waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Delay {
    /// So many seconds.
    Secs(u32),
    /// Until the person's clock next shows this.
    LocalTime(LocalTime),
    /// Until these hours are over, where the person's clock shows one of them.
    QuietHours(Quiet),
    /// So many working days.
    WorkingDays {
        /// How many.
        count: u32,
        /// Which days these are.
        #[serde(default)]
        calendar: WorkingDays,
    },
}

/// A way, and who goes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What must hold.
    pub when: Condition,
    /// What comes then.
    pub next: String,
}

/// A way, and how many go it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// How many, in ten-thousandths.
    pub weight_bps: u16,
    /// What comes then.
    pub next: String,
}

/// The way of each arm, by the arm's key.
pub type Arms = BTreeMap<String, String>;

impl Node {
    /// The nodes that may come next, with the field that names each.
    pub fn ways(&self) -> Vec<(String, &str)> {
        let one = |field: &str, name| (field.to_owned(), name);
        match self {
            Self::Delay { next, .. }
            | Self::Message { next, .. }
            | Self::Announce { next, .. }
            | Self::Update { next, .. }
            | Self::Task { next, .. } => vec![one("next", next.as_str())],
            Self::WaitFor {
                then, otherwise, ..
            } => vec![one("then", then.as_str()), one("otherwise", otherwise)],
            Self::Branch { cases, otherwise } => {
                let cases = cases.iter().enumerate();
                cases
                    .map(|(at, case)| (format!("cases[{at}].next"), case.next.as_str()))
                    .chain([one("otherwise", otherwise.as_str())])
                    .collect()
            }
            Self::Split { parts } => {
                let parts = parts.iter().enumerate();
                parts
                    .map(|(at, part)| (format!("parts[{at}].next"), part.next.as_str()))
                    .collect()
            }
            Self::Experiment {
                arms, otherwise, ..
            } => arms
                .iter()
                .map(|(arm, next)| (format!("arms.{arm}"), next.as_str()))
                .chain([one("otherwise", otherwise.as_str())])
                .collect(),
            Self::Exit {} => Vec::new(),
        }
    }

    /// The node's kind, as the definition spells it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Delay { .. } => "delay",
            Self::WaitFor { .. } => "wait_for",
            Self::Branch { .. } => "branch",
            Self::Split { .. } => "split",
            Self::Experiment { .. } => "experiment",
            Self::Message { .. } => "message",
            Self::Announce { .. } => "announce",
            Self::Update { .. } => "update",
            Self::Task { .. } => "task",
            Self::Exit {} => "exit",
        }
    }

    pub(super) fn awaited(&self) -> Option<&EventFilter> {
        match self {
            Self::WaitFor { event, .. } => Some(event),
            _ => None,
        }
    }

    pub(super) fn canonicalise(&mut self, registry: &Registry) -> Result<(), Refusal> {
        match self {
            Self::WaitFor { event, .. } => event
                .canonicalise(registry)
                .map_err(|it| it.within("wait_for.event")),
            Self::Branch { cases, .. } => {
                for (at, case) in cases.iter_mut().enumerate() {
                    let named = case.when.canonicalise(registry);
                    named.map_err(|it| it.within(&format!("branch.cases[{at}].when")))?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
