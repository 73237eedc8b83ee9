//! The definition of paths: stretches of a person's events.

use super::{
    collapse::collapse,
    path::{Path, Step},
};
use crate::{
    capture::{Acts, Registry},
    event::Event,
    filter::{EventFilter, not_compared},
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};

/// Largest allowed `max_steps`.
pub const MAX_PATH_STEPS: usize = 32;

/// Which stretches of events are paths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathDefinition {
    /// Where paths begin: at the first such event of a session; sessions without one are no paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<EventFilter>,
    /// Where paths end: at the first such event from the start on; sessions without one are no
    /// paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<EventFilter>,
    /// Most steps of a path, after collapsing.
    pub max_steps: usize,
    /// Silence, in seconds, after which the next event begins a new session; without it all of a
    /// person's events are one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_gap_secs: Option<i64>,
}

impl PathDefinition {
    /// Refuses invalid definitions.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_number("max_steps", self.max_steps, 2..=MAX_PATH_STEPS)?;
        if self.session_gap_secs.is_some_and(|gap| gap < 1) {
            return Err(Refusal::new("session_gap_secs", "must be at least 1"));
        }
        for (field, anchor) in [("start", &self.start), ("end", &self.end)] {
            if let Some(anchor) = anchor {
                anchor.validate().map_err(|it| it.within(field))?;
            }
        }
        Ok(())
    }

    /// Replaces aliases of `registry` by the events' own names.
    ///
    /// # Errors
    /// The first name that no event can have.
    pub fn canonicalise(&mut self, registry: &Registry) -> Result<(), Refusal> {
        for (field, anchor) in [("start", &mut self.start), ("end", &mut self.end)] {
            if let Some(anchor) = anchor {
                let named = anchor.canonicalise(registry);
                named.map_err(|it| it.within(field))?;
            }
        }
        Ok(())
    }

    /// How many values of these events have no order to those of `start` and `end`.
    pub fn not_compared(&self, events: &[Event]) -> usize {
        let anchors = self.start.iter().chain(&self.end);
        not_compared(anchors, events)
    }
}

/// A person's paths, at most one for each session, from the person's events in any order. Their own
/// acts count, and what else `start` or `end` ask for.
///
/// A path with more steps than `max_steps` is cut, with [`Step::Omitted`] in place of what is left
/// out: the first steps when only `end` is given, those before the last when both `start` and `end`
/// are, otherwise the last ones.
pub fn paths(events: &[Event], definition: &PathDefinition, acts: &Acts) -> Vec<Path> {
    let anchors = || definition.start.iter().chain(&definition.end);
    let counts =
        |event: &&Event| acts.is_act(event) || anchors().any(|anchor| anchor.matches(event));
    let mut ordered: Vec<&Event> = events.iter().filter(counts).collect();
    ordered.sort_by_key(|event| event.order());
    ordered
        .chunk_by(|earlier, later| {
            definition
                .session_gap_secs
                .is_none_or(|gap| later.at <= earlier.at.plus_secs(gap))
        })
        .filter_map(|session| path(session, definition))
        .collect()
}

fn path(session: &[&Event], definition: &PathDefinition) -> Option<Path> {
    let first = match &definition.start {
        Some(start) => session.iter().position(|event| start.matches(event))?,
        None => 0,
    };
    let from_start = session.get(first..)?;
    let stretch = match &definition.end {
        Some(end) => {
            let last = from_start.iter().position(|event| end.matches(event))?;
            from_start.get(..=last)?
        }
        None => from_start,
    };
    let names: Vec<&str> = stretch.iter().map(|event| event.name.as_str()).collect();
    let steps = collapse(&names);
    (!steps.is_empty()).then(|| Path(shorten(steps, definition)))
}

fn shorten(mut steps: Vec<Step>, definition: &PathDefinition) -> Vec<Step> {
    let excess = steps.len().saturating_sub(definition.max_steps);
    if excess == 0 {
        return steps;
    }
    let cut = match (&definition.start, &definition.end) {
        (None, Some(_)) => 0..excess,
        (Some(_), Some(_)) => {
            let last = steps.len() - 1;
            last - excess..last
        }
        (_, None) => definition.max_steps..steps.len(),
    };
    steps.splice(cut, [Step::Omitted]);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use serde_json::{Map, json};
    use uuid::Uuid;

    fn definition(json: serde_json::Value) -> PathDefinition {
        serde_json::from_value(json).expect("a definition")
    }

    /// Each event one second after the one before; `.` is ten seconds of silence.
    fn found(names: &str, definition: &PathDefinition) -> Vec<String> {
        let mut secs = 0_i64;
        let mut events = Vec::new();
        for name in names.split_whitespace() {
            if name == "." {
                secs += 10;
                continue;
            }
            secs += 1;
            events.push(Event {
                id: Uuid::from_u128(u128::from(secs.unsigned_abs())),
                name: name.to_owned(),
                at: Timestamp::from_secs(secs),
                properties: Map::new(),
            });
        }
        events.reverse();
        paths(&events, definition, &Acts::default())
            .iter()
            .map(Path::to_string)
            .collect()
    }

    #[test]
    fn definitions_out_of_bounds_are_refused_by_name() {
        for (json, refusal) in [
            (json!({ "max_steps": 1 }), "max_steps: must be from 2 to 32"),
            (
                json!({ "max_steps": 33 }),
                "max_steps: must be from 2 to 32",
            ),
            (
                json!({ "max_steps": 5, "session_gap_secs": 0 }),
                "session_gap_secs: must be at least 1",
            ),
            (
                json!({ "max_steps": 5, "end": { "event": "a", "where":
                    vec![json!({ "property": "a", "is": "set" }); 17] } }),
                "end.where: must ",
            ),
        ] {
            let error = definition(json).validate().unwrap_err().to_string();
            assert!(error.starts_with(refusal), "{error}");
        }
    }

    #[test]
    fn nobody_takes_no_path() {
        assert_eq!(
            paths(
                &[],
                &definition(json!({ "max_steps": 5 })),
                &Acts::default()
            ),
            []
        );
    }

    #[test]
    fn what_is_done_to_a_person_is_no_step_unless_it_is_asked_for() {
        let whole = definition(json!({ "max_steps": 5 }));
        assert_eq!(found("a email_delivered b charged", &whole), ["a > b"]);
        let json = json!({ "max_steps": 5, "end": { "event": "charged" } });
        let ended = found("a email_delivered b charged", &definition(json));
        assert_eq!(ended, ["a > b > charged"]);
    }

    #[test]
    fn silence_splits_sessions() {
        let split = definition(json!({ "max_steps": 5, "session_gap_secs": 10 }));
        assert_eq!(found("a b . c", &split), ["a > b", "c"]);
        let whole = definition(json!({ "max_steps": 5 }));
        assert_eq!(found("a b . c", &whole), ["a > b > c"]);
    }

    #[test]
    fn sessions_without_an_anchor_are_no_paths() {
        let json = json!({
            "max_steps": 5, "session_gap_secs": 10,
            "start": { "event": "s" }, "end": { "event": "e" }
        });
        let anchored = definition(json);
        assert_eq!(found("a s b e c . s a . e s", &anchored), ["s > b > e"]);
    }

    #[test]
    fn long_paths_are_cut_where_they_matter_least() {
        let cut = |extra: serde_json::Value| {
            let mut json = json!({ "max_steps": 3 });
            let fields = json.as_object_mut().expect("an object");
            fields.extend(extra.as_object().expect("an object").clone());
            found("a b c d e", &definition(json))
        };
        let (start, end) = (json!({ "event": "a" }), json!({ "event": "e" }));
        assert_eq!(cut(json!({})), ["a > b > c > …"]);
        assert_eq!(cut(json!({ "start": start })), ["a > b > c > …"]);
        assert_eq!(cut(json!({ "end": end })), ["… > c > d > e"]);
        assert_eq!(
            cut(json!({ "start": start, "end": end })),
            ["a > b > … > e"]
        );
    }
}
