//! Conditions that each can hold, and together never do.
//!
//! Law: what is found to contradict, no properties meet. Not every contradiction is found.

use super::{
    Condition, Operator, Range,
    compare::{compare, is_number},
};
use crate::event::CHANNEL_PROPERTY;
use serde_json::Value;
use std::cmp::Ordering;

/// The first of the conditions that cannot hold beside those before it.
/// `range` is what a property can be, where that is known.
pub(crate) fn contradiction(
    conditions: &[&Condition],
    range: impl Fn(&str) -> Option<Range>,
) -> Option<usize> {
    (0..conditions.len()).find(|last| {
        let property = &conditions[*last].property;
        let on_one = |it: &&&Condition| it.property == *property;
        let among = conditions[..=*last].iter().filter(on_one);
        let among: Vec<&Condition> = among.filter(|it| it.is_certain()).copied().collect();
        among.len() > 1 && exclude_each_other(&among, range(property).as_ref())
    })
}

fn exclude_each_other(conditions: &[&Condition], range: Option<&Range>) -> bool {
    if conditions.iter().any(|it| it.operator == Operator::NotSet) {
        return !conditions.iter().all(|it| it.operator.holds_for_absent());
    }
    let all_hold = |value: &Value| conditions.iter().all(|it| it.holds_for(value));
    if let Some(values) = conditions.iter().find_map(|it| it.listed()) {
        return !values.iter().any(all_hold);
    }
    match range.and_then(Range::values) {
        Some(values) => {
            let absent = conditions.iter().all(|it| it.operator.holds_for_absent());
            !absent && !values.iter().any(all_hold)
        }
        None => conditions.iter().any(|least| {
            let mut others = conditions.iter();
            others.any(|most| is_no_range(least, most))
        }),
    }
}

/// Whether nothing is above the one and below the other.
fn is_no_range(least: &Condition, most: &Condition) -> bool {
    least.operator == Operator::Greater
        && most.operator == Operator::Less
        && is_number(&least.value) == is_number(&most.value)
        && compare(&least.value, &most.value).is_some_and(Ordering::is_ge)
}

impl Condition {
    /// The values that the property has one of.
    fn listed(&self) -> Option<&[Value]> {
        matches!(self.operator, Operator::Equal | Operator::In).then(|| self.values())
    }

    /// Whether equal values meet the condition alike: a channel is one in several spellings.
    fn is_certain(&self) -> bool {
        let of_spelling = [Operator::Less, Operator::Greater];
        self.property != CHANNEL_PROPERTY || !of_spelling.contains(&self.operator)
    }
}
