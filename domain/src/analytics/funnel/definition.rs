//! The definition of a funnel: its steps, their order, and the window of time.

use crate::{capture::Registry, filter::EventFilter, refusal::Refusal, time::MICROS_PER_SEC};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most steps that a funnel may have: a hit names its steps in 32 bits.
pub const MAX_STEPS: usize = 32;
/// Most exclusions that a funnel may have: a hit names them in 16 bits.
pub const MAX_EXCLUSIONS: usize = 16;
/// Most filters of one step.
pub const MAX_FILTERS: usize = 32;
/// Most characters in the name of a step or of the breakdown's property.
pub const MAX_NAME_CHARS: usize = 200;
/// Longest window, seconds (3,650 days): summed milliseconds of 28 million persons fit 64 bits.
pub const MAX_WINDOW_SECS: u32 = 3_650 * 86_400;

/// A funnel, checked by [`FunnelDefinition::validate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunnelDefinition {
    /// The order in which steps count.
    pub mode: Mode,
    /// 2 to [`MAX_STEPS`] steps.
    pub steps: Vec<Step>,
    /// Most seconds between the first and the last event of an attempt.
    pub window_secs: u32,
    /// Events that void an attempt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Property by whose value persons are broken down. The value is that of the attempt's first
    /// event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<String>,
}

/// The order in which the steps of a funnel count. The module's documentation has the exact rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One after the other, whatever happens in between.
    Ordered,
    /// One after the other; a person who skips a step gets no further.
    Strict,
    /// In any order.
    Unordered,
}

/// One step of a funnel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The step's name, for people.
    pub name: String,
    /// An event that matches one of these filters takes the step.
    pub any_of: Vec<EventFilter>,
}

/// An event that voids an attempt between two of its steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The excluded events.
    pub filter: EventFilter,
    /// The step, counted from 1, after which they void an attempt; it keeps this level.
    pub from_step: usize,
    /// The step, counted from 1, before which they void an attempt. In an unordered funnel an
    /// exclusion covers the whole attempt, from 1 to the last step.
    pub to_step: usize,
}

impl FunnelDefinition {
    /// Refuses a definition that [`super::reduce`] cannot evaluate.
    ///
    /// # Errors
    /// The first field that breaks a rule, with the rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_count("steps", self.steps.len(), 2..=MAX_STEPS, "steps")?;
        Refusal::unless_number("window_secs", self.window_secs, 1..=MAX_WINDOW_SECS)?;
        for (index, step) in self.steps.iter().enumerate() {
            step.validate(&format!("steps[{index}]"))?;
        }
        let exclusions = self.exclusions.len();
        Refusal::unless_count("exclusions", exclusions, 0..=MAX_EXCLUSIONS, "exclusions")?;
        for (index, exclusion) in self.exclusions.iter().enumerate() {
            exclusion.validate(&format!("exclusions[{index}]"), self)?;
        }
        self.breakdown
            .as_deref()
            .map_or(Ok(()), |name| require_name(name, "breakdown"))
    }

    /// Names of the events that matter to the funnel.
    pub fn event_names(&self) -> BTreeSet<&str> {
        self.filters().map(|filter| filter.event.as_str()).collect()
    }

    /// Every filter in the definition.
    pub(super) fn filters(&self) -> impl Iterator<Item = &EventFilter> {
        let steps = self.steps.iter().flat_map(|step| &step.any_of);
        steps.chain(self.exclusions.iter().map(|it| &it.filter))
    }

    /// Replaces aliases of `registry` by the events' own names.
    ///
    /// # Errors
    /// The first name that no event can have.
    pub fn canonicalise(&mut self, registry: &Registry) -> Result<(), Refusal> {
        for (step, Step { any_of, .. }) in self.steps.iter_mut().enumerate() {
            for (index, filter) in any_of.iter_mut().enumerate() {
                let field = format!("steps[{step}].any_of[{index}]");
                let named = filter.canonicalise(registry);
                named.map_err(|it| it.within(&field))?;
            }
        }
        for (index, exclusion) in self.exclusions.iter_mut().enumerate() {
            let field = format!("exclusions[{index}].filter");
            let named = exclusion.filter.canonicalise(registry);
            named.map_err(|it| it.within(&field))?;
        }
        Ok(())
    }

    /// Longest time between the first and the last event of an attempt, microseconds.
    pub(super) fn window_micros(&self) -> i64 {
        i64::from(self.window_secs) * MICROS_PER_SEC
    }

    /// One bit for each step.
    pub(super) fn step_mask(&self) -> u32 {
        up_to(self.steps.len())
    }
}

impl Step {
    fn validate(&self, field: &str) -> Result<(), Refusal> {
        require_name(&self.name, format!("{field}.name"))?;
        let (any_of, filters) = (format!("{field}.any_of"), self.any_of.len());
        Refusal::unless_count(any_of, filters, 1..=MAX_FILTERS, "filters")?;
        for (index, filter) in self.any_of.iter().enumerate() {
            filter
                .validate()
                .map_err(|it| it.within(&format!("{field}.any_of[{index}]")))?;
        }
        Ok(())
    }
}

impl Exclusion {
    fn validate(&self, field: &str, definition: &FunnelDefinition) -> Result<(), Refusal> {
        let (from, to, last) = (self.from_step, self.to_step, definition.steps.len());
        self.filter
            .validate()
            .map_err(|it| it.within(&format!("{field}.filter")))?;
        let before_last = last.saturating_sub(1);
        Refusal::unless_number(format!("{field}.from_step"), from, 1..=before_last)?;
        Refusal::unless_number(format!("{field}.to_step"), to, from + 1..=last)?;
        require(
            definition.mode != Mode::Unordered || (from, to) == (1, last),
            &format!("{field}.from_step"),
            || format!("must be 1, and to_step {last}: steps of an unordered funnel have no order"),
        )
    }

    /// The levels, as bits from level 1, at which an attempt is exposed to the excluded events.
    pub(super) fn levels(&self) -> u32 {
        up_to(self.to_step.saturating_sub(1)) & !up_to(self.from_step.saturating_sub(1))
    }
}

/// The lowest `count` bits.
pub(super) fn up_to(count: usize) -> u32 {
    let unset = u32::try_from(MAX_STEPS.saturating_sub(count)).unwrap_or(0);
    u32::MAX.checked_shr(unset).unwrap_or(0)
}

fn require(holds: bool, field: &str, rule: impl FnOnce() -> String) -> Result<(), Refusal> {
    if holds {
        return Ok(());
    }
    Err(Refusal::new(field, rule()))
}

fn require_name(name: &str, field: impl Into<String>) -> Result<(), Refusal> {
    Refusal::unless_name(field, name, MAX_NAME_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::funnel::default_definition;
    use crate::filter::{Condition, Operator};
    use serde_json::json;

    fn refusal(change: impl FnOnce(&mut FunnelDefinition)) -> String {
        let mut definition = default_definition();
        change(&mut definition);
        definition.validate().expect_err("refused").to_string()
    }

    fn excluded(from_step: usize, to_step: usize) -> Exclusion {
        Exclusion {
            filter: EventFilter::named("cancelled"),
            from_step,
            to_step,
        }
    }

    #[test]
    fn a_window_of_nothing_is_refused() {
        let refusal = refusal(|it| it.window_secs = 0);
        assert_eq!(refusal, "window_secs: must be from 1 to 315360000");
    }

    #[test]
    fn one_step_and_thirty_three_steps_are_refused() {
        assert_eq!(
            refusal(|it| it.steps.truncate(1)),
            "steps: must have 2 to 32 steps"
        );
        let many = refusal(|it| it.steps = vec![it.steps[0].clone(); 33]);
        assert_eq!(many, "steps: must have 2 to 32 steps");
    }

    #[test]
    fn a_step_without_filters_is_named() {
        let refusal = refusal(|it| it.steps[3].any_of.clear());
        assert_eq!(refusal, "steps[3].any_of: must have 1 to 32 filters");
    }

    #[test]
    fn names_are_neither_empty_nor_long() {
        let empty = refusal(|it| it.steps[1].any_of[2].event.clear());
        assert!(
            empty.starts_with("steps[1].any_of[2].event: must "),
            "{empty}"
        );
        let long = refusal(|it| it.breakdown = Some("x".repeat(201)));
        assert!(
            long.starts_with("breakdown: must have 1 to 200 characters"),
            "{long}"
        );
    }

    #[test]
    fn text_that_no_event_can_have_is_refused() {
        let name = refusal(|it| it.steps[0].name = "a\nb".to_owned());
        assert!(
            name.starts_with("steps[0].name: must have 1 to 200"),
            "{name}"
        );
        let value = refusal(|it| {
            it.steps[0].any_of[0].conditions = vec![Condition {
                property: "channel".to_owned(),
                operator: Operator::In,
                value: json!(["paid", "a\0b"]),
            }];
        });
        assert!(
            value.starts_with(
                "steps[0].any_of[0].where[0].value[1]: must not have the character U+0000"
            ),
            "{value}"
        );
    }

    #[test]
    fn a_filter_that_can_never_match_is_refused() {
        let value = refusal(|it| {
            it.steps[0].any_of[0].conditions = vec![Condition {
                property: "channel".to_owned(),
                operator: Operator::In,
                value: json!([]),
            }];
        });
        assert!(
            value.starts_with("steps[0].any_of[0].where[0].value: "),
            "{value}"
        );
    }

    #[test]
    fn the_events_that_matter_are_those_of_steps_and_exclusions() {
        let mut definition = default_definition();
        definition.steps.truncate(2);
        definition.exclusions = vec![excluded(1, 2)];
        let names: Vec<&str> = definition.event_names().into_iter().collect();
        assert_eq!(
            names,
            [
                "cancelled",
                "demo_requested",
                "page_viewed",
                "pricing_page_visited",
                "referral_clicked",
                "whitepaper_downloaded"
            ]
        );
    }

    #[test]
    fn an_exclusion_lies_between_two_steps_in_order() {
        let backwards = refusal(|it| it.exclusions = vec![excluded(2, 2)]);
        assert_eq!(backwards, "exclusions[0].to_step: must be from 3 to 4");
        let outside = refusal(|it| it.exclusions = vec![excluded(1, 2), excluded(0, 2)]);
        assert_eq!(outside, "exclusions[1].from_step: must be from 1 to 3");
    }

    #[test]
    fn an_exclusion_between_steps_without_order_is_refused() {
        let refusal = refusal(|it| {
            it.mode = Mode::Unordered;
            it.exclusions = vec![excluded(1, 4), excluded(2, 4)];
        });
        assert!(
            refusal.starts_with("exclusions[1].from_step: must be 1"),
            "{refusal}"
        );
    }

    #[test]
    fn unknown_fields_are_refused() {
        let mut json = serde_json::to_value(default_definition()).expect("JSON");
        json["windows"] = json!(1);
        assert!(serde_json::from_value::<FunnelDefinition>(json).is_err());
    }

    #[test]
    fn the_default_is_valid_and_survives_json() {
        let definition = default_definition();
        assert_eq!(definition.validate(), Ok(()));
        let json = serde_json::to_string(&definition).expect("JSON");
        assert_eq!(
            serde_json::from_str::<FunnelDefinition>(&json).ok(),
            Some(definition)
        );
    }

    #[test]
    fn levels_of_an_exclusion_run_from_its_first_step_to_before_its_last() {
        assert_eq!(excluded(1, 2).levels(), 0b001);
        assert_eq!(excluded(2, 4).levels(), 0b110);
        assert_eq!((up_to(0), up_to(32)), (0, u32::MAX));
    }
}
