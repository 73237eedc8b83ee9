//! Which conditions may be kept. An error names the field and the rule that it breaks.

use super::{
    SEGMENT_EVENTS,
    condition::{
        ActiveCondition, Condition, EventCondition, MAX_DEPTH, MAX_OCCURRENCES, MAX_TESTS,
        MAX_WITHIN_DAYS, SubscriptionCondition,
    },
};
use crate::{
    base58,
    capture::{PUBLIC_TRAITS, trait_range},
    filter,
    leads::scoring::MAX_CAP,
    refusal::Refusal,
};

impl Condition {
    /// Whether the condition may be kept.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        self.validate_at(1)?;
        Refusal::unless_count("", self.tests().len(), 0..=MAX_TESTS, "tests in all")
    }

    fn validate_at(&self, depth: usize) -> Result<(), Refusal> {
        if depth > MAX_DEPTH {
            let rule = format!("must be at most {MAX_DEPTH} conditions deep");
            return Err(Refusal::new("", rule));
        }
        match self {
            Self::All(parts) => {
                all_valid("all", parts, depth)?;
                self.check_parts()
            }
            Self::Any(parts) => all_valid("any", parts, depth),
            Self::Not(part) => {
                part.validate_at(depth + 1).map_err(|it| it.within("not"))?;
                self.check_parts()
            }
            Self::Event(test) => test.validate().map_err(|it| it.within("event")),
            Self::Active(test) => test.validate().map_err(|it| it.within("active")),
            Self::Trait(test) => validate_trait(test).map_err(|it| it.within("trait")),
            Self::Score(test) => {
                Refusal::unless_number("score.at_least", test.at_least, 1..=MAX_CAP)
            }
            Self::Subscription(test) => test.validate().map_err(|it| it.within("subscription")),
        }
    }
}

fn all_valid(field: &str, parts: &[Condition], depth: usize) -> Result<(), Refusal> {
    if parts.is_empty() {
        return Err(Refusal::new(field, "must have at least one condition"));
    }
    for (index, part) in parts.iter().enumerate() {
        part.validate_at(depth + 1)
            .map_err(|it| it.within(&format!("{field}[{index}]")))?;
    }
    Ok(())
}

impl EventCondition {
    fn validate(&self) -> Result<(), Refusal> {
        self.when.validate().map_err(|it| it.within("when"))?;
        if SEGMENT_EVENTS.contains(&self.when.event.as_str()) {
            let rule = "must not be an event that segments cause";
            return Err(Refusal::new("when.event", rule));
        }
        occurrences(self.at_least, self.within_days)
    }
}

impl ActiveCondition {
    fn validate(self) -> Result<(), Refusal> {
        occurrences(self.at_least, self.within_days)
    }
}

fn occurrences(at_least: u32, within_days: Option<u32>) -> Result<(), Refusal> {
    Refusal::unless_number("at_least", at_least, 1..=MAX_OCCURRENCES)?;
    within_days.map_or(Ok(()), |days| {
        Refusal::unless_number("within_days", days, 1..=MAX_WITHIN_DAYS)
    })
}

/// Refuses a condition on a trait that nothing reads, or that never holds.
pub(crate) fn validate_trait(test: &filter::Condition) -> Result<(), Refusal> {
    if !PUBLIC_TRAITS.contains(&test.property.as_str()) {
        let known = PUBLIC_TRAITS.join(", ");
        let rule = format!("must be one of {known}; others are sealed, so that nothing reads them");
        return Err(Refusal::new("property", rule));
    }
    test.validate()?;
    match trait_range(&test.property) {
        Some(range) => range.check(test),
        None => Ok(()),
    }
}

impl SubscriptionCondition {
    fn validate(&self) -> Result<(), Refusal> {
        if self.status.is_empty() {
            return Err(Refusal::new("status", "must have at least one state"));
        }
        match self.plan.as_deref().map(base58::decode) {
            Some(Err(_)) => Err(Refusal::new("plan", "must be an address")),
            _ => Ok(()),
        }
    }
}
