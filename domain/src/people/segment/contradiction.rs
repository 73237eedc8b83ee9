//! Conditions that must all hold, and together never do.
//!
//! Law: what is refused here, nobody can meet. Not every contradiction is found.

use super::condition::Condition;
use crate::{
    capture::trait_range,
    filter::{self, CONTRADICTION, Operator, contradiction},
    refusal::Refusal,
};
use std::borrow::Cow;

/// A condition that contains no others, of those that must all hold, or must all not.
struct Part<'a> {
    field: String,
    test: &'a Condition,
    negated: bool,
}

impl Condition {
    /// Refuses parts that must all hold and cannot.
    pub(super) fn check_parts(&self) -> Result<(), Refusal> {
        let mut parts = Vec::new();
        gather(self, String::new(), false, &mut parts);
        for (index, part) in parts.iter().enumerate() {
            let excludes = |it: &Part<'_>| it.negated != part.negated && it.test == part.test;
            if parts.iter().take(index).any(excludes) {
                return Err(Refusal::new(&*part.field, CONTRADICTION));
            }
        }
        let traits = parts
            .iter()
            .filter_map(|part| Some((part, part.of_trait()?)));
        let (parts, tests): (Vec<&Part<'_>>, Vec<Cow<'_, filter::Condition>>) = traits.unzip();
        let tests: Vec<&filter::Condition> = tests.iter().map(AsRef::as_ref).collect();
        match contradiction(&tests, trait_range).and_then(|at| parts.get(at)) {
            Some(part) => Err(Refusal::new(&*part.field, CONTRADICTION)),
            None => Ok(()),
        }
    }
}

fn gather<'a>(it: &'a Condition, field: String, negated: bool, parts: &mut Vec<Part<'a>>) {
    let within = |name: &str| match field.as_str() {
        "" => name.to_owned(),
        outer => format!("{outer}.{name}"),
    };
    match it {
        Condition::All(all) if !negated => {
            for (index, one) in all.iter().enumerate() {
                gather(one, within(&format!("all[{index}]")), negated, parts);
            }
        }
        Condition::Any(any) if negated => {
            for (index, one) in any.iter().enumerate() {
                gather(one, within(&format!("any[{index}]")), negated, parts);
            }
        }
        Condition::Not(one) => gather(one, within("not"), !negated, parts),
        test => parts.push(Part {
            field,
            test,
            negated,
        }),
    }
}

impl<'a> Part<'a> {
    /// What it says of a trait; nothing where its negation is no condition of one property.
    fn of_trait(&self) -> Option<Cow<'a, filter::Condition>> {
        let Condition::Trait(test) = self.test else {
            return None;
        };
        if !self.negated {
            return Some(Cow::Borrowed(test));
        }
        let operator = match test.operator {
            Operator::Set => Operator::NotSet,
            Operator::NotSet => Operator::Set,
            Operator::Equal => Operator::Not,
            Operator::Not => Operator::Equal,
            _ => return None,
        };
        let test = test.clone();
        Some(Cow::Owned(filter::Condition { operator, ..test }))
    }
}
