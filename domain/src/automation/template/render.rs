//! A template's texts for one person.

use super::{Arms, Channel, HTML, Parts, Purpose, Template, environment::environment};
use crate::{capture::PUBLIC_TRAITS, event::Properties, refusal::Refusal};
use minijinja::{Environment, Error, ErrorKind, Value as Filled, context};
use serde_json::Value;

/// What a text can be filled in with.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The person's traits, public and personal ones.
    pub person: &'a Properties,
    /// The segments that they are members of.
    pub segments: &'a [String],
    /// The arms that they see, of the experiments that the template tests.
    pub arms: &'a Arms,
    /// Properties of the event that caused the message.
    pub event: &'a Properties,
    /// The organisation's name.
    pub organisation: &'a str,
    /// Where this person ends what they are sent.
    pub unsubscribe: &'a str,
    /// Where they choose what they are sent.
    pub preferences: &'a str,
}

/// Texts for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The language that they are in.
    pub locale: String,
    /// The texts.
    pub parts: Parts,
}

impl Template {
    /// The texts for a person, in `locale` or the nearest language that there is.
    ///
    /// # Errors
    /// The first part that cannot be filled in, as when it takes too long.
    pub fn render(&self, facts: &Facts<'_>, locale: Option<&str>) -> Result<Rendered, Refusal> {
        let absent = || Refusal::new("default_locale", "must be one of the locales");
        let (locale, parts) = self.choose(locale).ok_or_else(absent)?;
        self.fill_in(parts, facts)
            .map(|parts| Rendered {
                locale: locale.to_owned(),
                parts,
            })
            .map_err(|it| it.within(&format!("locales.{locale}")))
    }

    /// Fills in the texts of one language.
    pub(super) fn fill_in(&self, parts: &Parts, facts: &Facts<'_>) -> Result<Parts, Refusal> {
        let environment = environment();
        let context = self.context(facts);
        let mut filled = Parts::default();
        for (name, source) in parts.texts() {
            let text = rendered(&environment, name, source, &context)?;
            let text = match name {
                // A line break in a name would begin another header.
                "subject" | "title" | "action_url" => one_line(&text),
                _ => text,
            };
            filled.put(name, text);
        }
        self.check_filled(&filled, facts)?;
        Ok(filled)
    }

    /// Refuses marketing mail that cannot be refused, and links that are not https.
    fn check_filled(&self, filled: &Parts, facts: &Facts<'_>) -> Result<(), Refusal> {
        if self.channel == Channel::Mail && self.purpose == Purpose::Marketing {
            let bodies = filled
                .texts()
                .filter(|(name, _)| matches!(*name, HTML | "text"));
            for (name, text) in bodies {
                if !text.contains(facts.unsubscribe) {
                    let rule = "must contain links.unsubscribe, as all marketing mail";
                    return Err(Refusal::new(name, rule));
                }
            }
        }
        let is_web = |it: &String| it.starts_with("https://");
        if filled.action_url.as_ref().is_some_and(|it| !is_web(it)) {
            return Err(Refusal::new("action_url", "must begin with https://"));
        }
        if filled
            .subject
            .as_ref()
            .is_some_and(|it| it.trim().is_empty())
        {
            return Err(Refusal::new("subject", "must not be blank"));
        }
        Ok(())
    }

    fn context(&self, facts: &Facts<'_>) -> Filled {
        let person = self.traits();
        let person = person.map(|(name, fallback)| (name, or(facts.person.get(name), fallback)));
        let event = self.properties();
        let event = event.map(|(name, fallback)| (name, or(facts.event.get(name), fallback)));
        let public: Properties = PUBLIC_TRAITS
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), facts.person.get(name)?.clone())))
            .collect();
        let content = self.said(&public, facts.segments, facts.arms);
        context! {
            person => Filled::from_pairs(person),
            event => Filled::from_pairs(event),
            content => Filled::from_pairs(content),
            organisation => context! { name => facts.organisation },
            links => context! {
                // Ours, without a character that markup has a use for.
                unsubscribe => Filled::from_safe_string(facts.unsubscribe.to_owned()),
                preferences => Filled::from_safe_string(facts.preferences.to_owned()),
            },
        }
    }
}

/// What is found, where it can stand in a text, or else the fallback.
fn or(found: Option<&Value>, fallback: &str) -> Filled {
    match found {
        Some(Value::String(text)) if !text.is_empty() => text.into(),
        Some(Value::Bool(value)) => (*value).into(),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.to_string().into(),
        },
        _ => fallback.into(),
    }
}

fn rendered(
    environment: &Environment<'_>,
    name: &str,
    source: &str,
    context: &Filled,
) -> Result<String, Refusal> {
    let template = environment.template_from_named_str(name, source);
    let text = template.and_then(|it| it.render(context));
    text.map_err(|error| refusal(name, &error))
}

/// What a part must be, by what the engine found in it; never what it holds.
pub(super) fn refusal(part: &str, error: &Error) -> Refusal {
    let line = error.line().unwrap_or(1);
    let rule = match error.kind() {
        ErrorKind::OutOfFuel => "must take fewer steps to fill in".to_owned(),
        ErrorKind::SyntaxError | ErrorKind::BadEscape => {
            format!("must be a template that can be read: line {line} cannot")
        }
        ErrorKind::UnknownFilter => {
            let known = super::environment::FILTERS.join(", ");
            format!("must use no filters but {known}: line {line} does")
        }
        ErrorKind::UnknownTest | ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => {
            format!("must call nothing: line {line} does")
        }
        ErrorKind::UndefinedError => format!("must name what is there: line {line} does not"),
        _ => format!("must be a template that can be filled in: line {line} cannot"),
    };
    Refusal::new(part, rule)
}

/// A text without control characters, which would begin another line.
fn one_line(text: &str) -> String {
    let spaced = text.replace(char::is_control, " ");
    spaced.trim().to_owned()
}
