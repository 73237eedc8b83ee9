//! The names that a template can use, and what stands for each where there is nothing.

use super::Template;
use crate::{
    capture::{PERSONAL_TRAITS, PUBLIC_TRAITS, is_name},
    refusal::Refusal,
};

/// Begin of the fallbacks of an event's properties.
const EVENT: &str = "event.";
/// The name of the organisation.
const ORGANISATION: &str = "organisation.name";
/// Where a person ends what they are sent.
pub(super) const UNSUBSCRIBE: &str = "links.unsubscribe";
/// Where a person chooses what they are sent.
pub(super) const PREFERENCES: &str = "links.preferences";

/// Whether there is such a trait.
fn is_trait(name: &str) -> bool {
    PUBLIC_TRAITS.contains(&name) || PERSONAL_TRAITS.contains(&name)
}

impl Template {
    /// The rule that a name in a template breaks.
    pub(super) fn fault(&self, name: &str) -> Option<String> {
        if name == ORGANISATION || name == UNSUBSCRIBE || name == PREFERENCES {
            return None;
        }
        let (of, rest) = name.split_once('.').unwrap_or((name, ""));
        let needs = |key: &str| {
            let lacks = !self.fallbacks.contains_key(key);
            lacks.then(|| format!("must have a fallback {key} for who has none: it uses {name}"))
        };
        match of {
            "person" if is_trait(rest) => needs(rest),
            "person" => Some("must name a trait behind person, as in person.first_name".to_owned()),
            "event" if is_name(rest) => needs(name),
            "event" => Some("must name a property behind event, as in event.plan".to_owned()),
            "content" if self.blocks.contains_key(rest) => None,
            "content" => Some("must name one of the blocks behind content".to_owned()),
            _ => Some(format!(
                "must use no names but person.<trait>, event.<property>, content.<block>, {ORGANISATION}, \
                 {UNSUBSCRIBE} and {PREFERENCES}"
            )),
        }
    }

    /// Refuses fallbacks of what there is not.
    pub(super) fn check_fallbacks(&self) -> Result<(), Refusal> {
        for (name, text) in &self.fallbacks {
            let property = name.strip_prefix(EVENT);
            let is_known = property.map_or_else(|| is_trait(name), is_name);
            if !is_known {
                let rule =
                    "must be of a trait, as in first_name, or of a property, as in event.plan";
                return Err(Refusal::new("fallbacks", rule));
            }
            let field = format!("fallbacks.{name}");
            if text.len() > super::validate::MAX_FALLBACK_BYTES
                || text.chars().any(char::is_control)
            {
                let rule = "must have at most 256 bytes, none of them of a control character";
                return Err(Refusal::new(field, rule));
            }
        }
        Ok(())
    }

    /// The traits that have a fallback, which are all that the texts use, each with it.
    pub(super) fn traits(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.fallbacks.iter();
        all.filter(|(name, _)| !name.starts_with(EVENT))
            .map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The same of an event's properties.
    pub(super) fn properties(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.fallbacks.iter();
        all.filter_map(|(name, text)| Some((name.strip_prefix(EVENT)?, text.as_str())))
    }
}
