//! Which journeys may be kept. An error names the field and the rule that it breaks.

use super::REACHED_EVENT;
use super::{
    definition::{Journey, MAX_NODES, RunKey},
    entry::{Entry, Moment},
    node::{Case, Delay, Node, Part},
};
use crate::{
    capture::{is_name, split_traits},
    event::IDENTIFIED_EVENT,
    experiments::assignment::check_key,
    leads::tasks::MAX_TITLE_CHARS,
    people::segment::{ENTERED, EXITED},
    refusal::Refusal,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Longest delay, seconds: a year.
pub const MAX_DELAY_SECS: u32 = 366 * 86_400;
/// Most working days of a delay.
pub const MAX_WORKING_DAYS: u32 = 260;
/// Events that a journey can cause, by itself or through a segment.
const OURS: [&str; 4] = [REACHED_EVENT, IDENTIFIED_EVENT, ENTERED, EXITED];
/// Most ways of a node.
pub const MAX_WAYS: usize = 16;

impl Journey {
    /// Whether the journey may be kept.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        self.entry.validate().map_err(|it| it.within("entry"))?;
        self.validate_key()?;
        self.check_holdout()?;
        if let Some(goal) = &self.goal {
            goal.validate().map_err(|it| it.within("goal"))?;
        }
        Refusal::unless_count("nodes", self.nodes.len(), 1..=MAX_NODES, "nodes")?;
        for (name, node) in &self.nodes {
            if !is_name(name) {
                let rule = "must have names of 1 to 64 of a-z, 0-9 and _, a letter first";
                return Err(Refusal::new("nodes", rule));
            }
            let within = format!("nodes.{name}.{}", node.kind());
            node.validate().map_err(|it| it.within(&within))?;
            for (field, next) in node.ways() {
                self.check_node(&format!("{within}.{field}"), next)?;
            }
        }
        self.check_node("start", &self.start)?;
        self.check_order()
    }

    /// Refuses keys by which one journey could set another off, and that one the first, for ever: what engine
    /// events begin, people enter once.
    fn validate_key(&self) -> Result<(), Refusal> {
        let event = match &self.entry {
            Entry::Event(filter) => Some(filter.event.as_str()),
            Entry::Subscription(Moment::PastDue) => Some("past_due"),
            _ => None,
        };
        let is_ours = event.is_none_or(|name| OURS.contains(&name));
        match &self.key {
            RunKey::Person => Ok(()),
            RunKey::Event | RunKey::Property(_) if is_ours => {
                let rule = "must be person, since no event from outside begins the journey";
                Err(Refusal::new("key", rule))
            }
            RunKey::Event => Ok(()),
            RunKey::Property(name) => Refusal::unless_name("key.property", name, 100),
        }
    }

    fn check_node(&self, field: &str, name: &str) -> Result<(), Refusal> {
        if self.nodes.contains_key(name) {
            return Ok(());
        }
        Err(Refusal::new(field, "must be the name of a node"))
    }

    /// Refuses circles, and nodes that nobody comes by.
    fn check_order(&self) -> Result<(), Refusal> {
        let mut left: BTreeMap<&str, usize> = BTreeMap::new();
        let mut reached = BTreeSet::from([self.start.as_str()]);
        let mut open = vec![self.start.as_str()];
        while let Some(name) = open.pop() {
            for next in self.next_of(name) {
                *left.entry(next).or_default() += 1;
                if reached.insert(next) {
                    open.push(next);
                }
            }
        }
        if let Some(name) = self.nodes.keys().find(|it| !reached.contains(it.as_str())) {
            let rule = "must be reached from the start";
            return Err(Refusal::new(format!("nodes.{name}"), rule));
        }
        // A node goes once all that lead to it have gone; in a circle none does.
        let mut free: Vec<&str> = Vec::new();
        if !left.contains_key(self.start.as_str()) {
            free.push(&self.start);
        }
        let mut gone = 0;
        while let Some(name) = free.pop() {
            gone += 1;
            for next in self.next_of(name) {
                if let Some(count) = left.get_mut(next) {
                    *count -= 1;
                    if *count == 0 {
                        free.push(next);
                    }
                }
            }
        }
        if gone < self.nodes.len() {
            let rule = "must not lead back to a node that was passed";
            return Err(Refusal::new("nodes", rule));
        }
        Ok(())
    }

    fn next_of(&self, name: &str) -> Vec<&str> {
        let node = self.nodes.get(name);
        let ways = node.map(Node::ways).unwrap_or_default();
        ways.into_iter().map(|(_, next)| next).collect()
    }
}

impl Node {
    fn validate(&self) -> Result<(), Refusal> {
        match self {
            Self::Delay { until, .. } => until.validate().map_err(|it| it.within("until")),
            Self::WaitFor {
                event,
                timeout_secs,
                ..
            } => {
                event.validate().map_err(|it| it.within("event"))?;
                Refusal::unless_number("timeout_secs", *timeout_secs, 1..=MAX_DELAY_SECS)
            }
            Self::Branch { cases, .. } => {
                Refusal::unless_count("cases", cases.len(), 1..=MAX_WAYS, "ways")?;
                for (at, case) in cases.iter().enumerate() {
                    case.validate()
                        .map_err(|it| it.within(&format!("cases[{at}]")))?;
                }
                Ok(())
            }
            Self::Split { parts } => validate_parts(parts),
            Self::Experiment {
                experiment, arms, ..
            } => {
                check_key("experiment", experiment)?;
                Refusal::unless_count("arms", arms.len(), 1..=MAX_WAYS, "arms")?;
                arms.keys().try_for_each(|arm| check_key("arms", arm))
            }
            Self::Message { template, .. } => check_name("template", template),
            Self::Announce { name, .. } => Refusal::unless_name("name", name, 100),
            Self::Update { traits, .. } => validate_traits(traits),
            Self::Task { kind, title, .. } => {
                check_name("kind", kind)?;
                Refusal::unless_name("title", title, MAX_TITLE_CHARS)
            }
            Self::Exit {} => Ok(()),
        }
    }
}

impl Delay {
    fn validate(&self) -> Result<(), Refusal> {
        match self {
            Self::Secs(secs) => Refusal::unless_number("secs", *secs, 1..=MAX_DELAY_SECS),
            Self::LocalTime(_) => Ok(()),
            Self::QuietHours(quiet) => quiet.validate().map_err(|it| it.within("quiet_hours")),
            Self::WorkingDays { count, calendar } => {
                let field = "working_days.count";
                Refusal::unless_number(field, *count, 1..=MAX_WORKING_DAYS)?;
                let valid = calendar.validate();
                valid.map_err(|it| it.within("working_days.calendar"))
            }
        }
    }
}

impl Case {
    fn validate(&self) -> Result<(), Refusal> {
        self.when.validate().map_err(|it| it.within("when"))
    }
}

fn check_name(field: &str, name: &str) -> Result<(), Refusal> {
    if is_name(name) {
        return Ok(());
    }
    let rule = "must be 1 to 64 of a-z, 0-9 and _, a letter first";
    Err(Refusal::new(field, rule))
}

fn validate_parts(parts: &[Part]) -> Result<(), Refusal> {
    Refusal::unless_count("parts", parts.len(), 2..=MAX_WAYS, "ways")?;
    let all: u32 = parts.iter().map(|it| u32::from(it.weight_bps)).sum();
    if all != 10_000 {
        return Err(Refusal::new(
            "parts",
            "must have weights that add up to 10000",
        ));
    }
    Ok(())
}

fn validate_traits(traits: &crate::event::Properties) -> Result<(), Refusal> {
    Refusal::unless_count("traits", traits.len(), 1..=16, "traits")?;
    let split = split_traits(&Value::Object(traits.clone()))?;
    if let Some(name) = split.personal.keys().next() {
        let rule = "must not be a trait that is personal";
        return Err(Refusal::new(format!("traits.{name}"), rule));
    }
    Ok(())
}
