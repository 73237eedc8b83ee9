//! Who an experiment is for: members of segments, and a part of a namespace.

use super::{allocation::BPS, arm::check_key, attributes::Attributes};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeSet;

/// Most segments that an experiment can name, on either side.
pub const MAX_SEGMENTS: usize = 50;
const MAX_SEGMENT_CHARS: usize = 100;

/// Which segments a visitor must be a member of, and which not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Segments {
    /// At least one of these, by name; everybody where there is none.
    pub any_of: BTreeSet<String>,
    /// None of these.
    pub none_of: BTreeSet<String>,
}

/// A part of the identifiers, which the experiments of the same namespace do not share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Namespace {
    /// Its name, of `a-z`, `0-9`, `_` and `-`.
    pub key: String,
    /// Where the part begins, in ten-thousandths.
    pub from_bps: u16,
    /// Where it ends, and does not hold any more.
    pub to_bps: u16,
}

impl Segments {
    /// Whether everybody meets it.
    pub fn is_everybody(&self) -> bool {
        self.any_of.is_empty() && self.none_of.is_empty()
    }

    pub(super) fn hold(&self, visitor: &Attributes) -> bool {
        let member = |of: &BTreeSet<String>| visitor.segments.iter().any(|it| of.contains(it));
        (self.any_of.is_empty() || member(&self.any_of)) && !member(&self.none_of)
    }

    pub(super) fn validate(&self) -> Result<(), Refusal> {
        for (field, names) in [("any_of", &self.any_of), ("none_of", &self.none_of)] {
            Refusal::unless_count(field, names.len(), 0..=MAX_SEGMENTS, "segments")?;
            for name in names {
                Refusal::unless_name(field, name, MAX_SEGMENT_CHARS)?;
            }
        }
        if self.any_of.is_disjoint(&self.none_of) {
            return Ok(());
        }
        Err(Refusal::new(
            "none_of",
            "must not name a segment that any_of names",
        ))
    }
}

/// The condition of an SDK's rule on the attribute `segments`.
pub(super) fn as_condition<S: Serializer>(
    segments: &Segments,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Operators<'a> {
        #[serde(rename = "$in", skip_serializing_if = "BTreeSet::is_empty")]
        any_of: &'a BTreeSet<String>,
        #[serde(rename = "$nin", skip_serializing_if = "BTreeSet::is_empty")]
        none_of: &'a BTreeSet<String>,
    }
    #[derive(Serialize)]
    struct Condition<'a> {
        segments: Operators<'a>,
    }
    let Segments { any_of, none_of } = segments;
    let segments = Operators { any_of, none_of };
    Condition { segments }.serialize(serializer)
}

impl Namespace {
    pub(super) fn validate(&self) -> Result<(), Refusal> {
        check_key("key", &self.key)?;
        Refusal::unless_number("to_bps", self.to_bps, 1..=BPS)?;
        if self.from_bps < self.to_bps {
            return Ok(());
        }
        Err(Refusal::new("from_bps", "must be less than to_bps"))
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.from_bps < other.to_bps && other.from_bps < self.to_bps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn segments(any_of: &[&str], none_of: &[&str]) -> Segments {
        Segments {
            any_of: names(any_of),
            none_of: names(none_of),
        }
    }

    #[test]
    fn a_segment_on_both_sides_or_without_a_name_is_refused() {
        let field = |segments: Segments| segments.validate().expect_err("refused").field;
        assert_eq!(field(segments(&["a", "b"], &["b"])), "none_of");
        assert_eq!(field(segments(&[""], &[])), "any_of");
        let many: Vec<_> = (0..=MAX_SEGMENTS).map(|it| it.to_string()).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(field(segments(&[], &many)), "none_of");
        assert_eq!(segments(&many[1..], &["a"]).validate(), Ok(()));
    }

    #[test]
    fn a_namespace_has_places_within_the_whole() {
        let field = |from_bps, to_bps| {
            let key = "checkout".to_owned();
            let namespace = Namespace {
                key,
                from_bps,
                to_bps,
            };
            namespace.validate().err().map(|it| it.field)
        };
        assert_eq!(field(0, 0).as_deref(), Some("to_bps"));
        assert_eq!(field(0, 10_001).as_deref(), Some("to_bps"));
        assert_eq!(field(5, 5).as_deref(), Some("from_bps"));
        assert_eq!(field(0, 10_000), None);
    }

    #[test]
    fn a_visitor_is_a_member_of_one_and_of_none() {
        let visitor = |of: &[&str]| Attributes {
            segments: of.iter().map(ToString::to_string).collect(),
            ..Attributes::default()
        };
        let both = segments(&["a", "b"], &["c"]);
        for (of, holds) in [
            (&[] as &[&str], false),
            (&["c"], false),
            (&["a", "c"], false),
            (&["d", "b"], true),
        ] {
            assert_eq!(both.hold(&visitor(of)), holds, "{of:?}");
        }
        assert!(segments(&[], &["c"]).hold(&visitor(&[])));
        assert!(segments(&[], &[]).is_everybody());
    }
}
