//! Traits that `identify` states of a person. A few, in a form that identifies no one, go into the
//! event `identified` and can be scored; the personal ones are sealed under the person's own key.

use super::{
    limits::check_text,
    reason::{self, refuse, shown},
    registry::{PropertyType, is_name},
    seed::INTENTS,
};
use crate::{
    analytics::attribution::channel_name,
    automation::{
        local_time::{TIMEZONE, Zone},
        template::is_locale,
    },
    event::{CHANNEL_PROPERTY, Properties},
    filter::{Range, whole},
    people::{Identifier, IdentifierKind},
    refusal::Refusal,
};
use serde_json::{Map, Value};

/// Segments, as the score's group `demographics` and the prices know them.
pub const SEGMENTS: [&str; 4] = ["individual", "trader", "institution", "mining_farm"];
/// Most characters of a personal trait.
pub const MAX_PERSONAL_CHARS: usize = 256;
/// The trait with the people in a company.
pub(crate) const COMPANY_SIZE: &str = "company_size";
/// Largest company, in people.
pub const MAX_COMPANY_SIZE: u64 = 10_000_000;

/// The trait with the language that a person reads.
pub const LOCALE: &str = "locale";

/// The trait with whether a person has agreed to be advertised to by what is known of them; only who may
/// identify people states it.
pub const AD_CONSENT: &str = "ad_consent";

/// Traits that identify no one.
pub const PUBLIC_TRAITS: [&str; 10] = [
    AD_CONSENT,
    CHANNEL_PROPERTY,
    COMPANY_SIZE,
    "country",
    "industry",
    "intent",
    LOCALE,
    "role",
    "segment",
    TIMEZONE,
];

/// Traits that are sealed.
pub const PERSONAL_TRAITS: [&str; 14] = [
    "address",
    "city",
    "company",
    "discord",
    "email",
    "first_name",
    "github",
    "job_title",
    "last_name",
    "name",
    "phone",
    "telegram",
    "twitter",
    "website",
];

/// A person's traits, split into public and personal ones.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Traits {
    /// Properties of the event `identified`, of [`PUBLIC_TRAITS`]: `company_size` in people, `country`
    /// as ISO 3166 alpha-2.
    pub public: Properties,
    /// Traits to seal. An e-mail address among them is in normal form, but proves nothing.
    pub personal: Map<String, Value>,
}

/// Splits the traits of an `identify`. A null trait counts as absent.
///
/// # Errors
/// When they are no object, or a trait is unknown or breaks a rule.
pub fn split_traits(traits: &Value) -> Result<Traits, Refusal> {
    let Value::Object(traits) = traits else {
        return Err(refuse(reason::WRONG_TYPE, "traits", "must be an object"));
    };
    let mut split = Traits::default();
    for (name, value) in traits.iter().filter(|(_, value)| !value.is_null()) {
        let field = format!("traits.{}", shown(name));
        if PERSONAL_TRAITS.contains(&name.as_str()) {
            let value = personal(name, value, &field)?;
            split.personal.insert(name.clone(), value.into());
        } else {
            let value = public(name, value, &field)?;
            split.public.insert(name.clone(), value);
        }
    }
    Ok(split)
}

/// What a trait can be, as it is kept; none of a name that is no trait.
pub(crate) fn trait_range(name: &str) -> Option<Range> {
    let one_of = |known: &[&str]| Range::OneOf(known.iter().copied().map(Value::from).collect());
    match name {
        "segment" => Some(one_of(&SEGMENTS)),
        "intent" => Some(one_of(&INTENTS)),
        "country" => Some(Range::Country),
        COMPANY_SIZE => Some(Range::Whole(1..=MAX_COMPANY_SIZE)),
        "role" | "industry" => Some(Range::Name),
        CHANNEL_PROPERTY | LOCALE | TIMEZONE => Some(Range::Of(PropertyType::Text)),
        AD_CONSENT => Some(Range::Of(PropertyType::Boolean)),
        _ => PERSONAL_TRAITS.contains(&name).then_some(Range::Sealed),
    }
}

fn public(name: &str, value: &Value, field: &str) -> Result<Value, Refusal> {
    match name {
        AD_CONSENT => match value.as_bool() {
            Some(has_agreed) => Ok(has_agreed.into()),
            None => Err(refuse(reason::WRONG_TYPE, field, "must be true or false")),
        },
        "segment" => {
            let segment = one_of(value, &SEGMENTS, field)?;
            Ok(segment.into())
        }
        "intent" => Ok(one_of(value, &INTENTS, field)?.into()),
        CHANNEL_PROPERTY => match channel_name(text(value, field)?) {
            Some(channel) => Ok(channel.into()),
            None => invalid(field, "must be a name with a letter or digit"),
        },
        "role" | "industry" => {
            let token = text(value, field)?;
            if is_name(token) {
                return Ok(token.into());
            }
            invalid(field, "must be 1 to 64 of a-z, 0-9 and _, a letter first")
        }
        LOCALE => {
            let locale = text(value, field)?;
            if is_locale(locale) {
                return Ok(locale.into());
            }
            invalid(field, "must be the tag of a language, as in de or pt-BR")
        }
        TIMEZONE => Ok(Zone::parse(field, text(value, field)?)?.name().into()),
        "country" => {
            let country = text(value, field)?;
            if country.len() == 2 && country.bytes().all(|it| it.is_ascii_alphabetic()) {
                return Ok(country.to_ascii_uppercase().into());
            }
            invalid(field, "must be 2 letters, as in CH")
        }
        // Clients also write 40.0.
        COMPANY_SIZE => match whole(value).and_then(|it| u64::try_from(it).ok()) {
            Some(people @ 1..=MAX_COMPANY_SIZE) => Ok(people.into()),
            _ => invalid(field, "must be a whole number of people from 1 to 10000000"),
        },
        _ => {
            let known = [&PUBLIC_TRAITS[..], &PERSONAL_TRAITS].concat().join(", ");
            let rule = format!("must not be there; known are {known}");
            Err(refuse(reason::UNKNOWN_FIELD, field, rule))
        }
    }
}

fn personal(name: &str, value: &Value, field: &str) -> Result<String, Refusal> {
    let text = text(value, field)?;
    check_text(text, field)?;
    if text.chars().count() > MAX_PERSONAL_CHARS {
        let rule = "must have at most 256 characters";
        return Err(refuse(reason::TEXT_TOO_LONG, field, rule));
    }
    if name != "email" {
        return Ok(text.to_owned());
    }
    Identifier::parse(IdentifierKind::Email, text)
        .map(|email| email.value().to_owned())
        .map_err(|error| refuse(reason::INVALID_VALUE, field, error))
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, Refusal> {
    let wrong = || refuse(reason::WRONG_TYPE, field, "must be text");
    value.as_str().ok_or_else(wrong)
}

fn one_of<'a>(value: &Value, known: &[&'a str], field: &str) -> Result<&'a str, Refusal> {
    let sent = text(value, field)?;
    let found = known.iter().find(|it| **it == sent).copied();
    found.ok_or_else(|| {
        let rule = format!("must be one of {}", known.join(", "));
        refuse(reason::INVALID_VALUE, field, rule)
    })
}

fn invalid(field: &str, rule: &str) -> Result<Value, Refusal> {
    Err(refuse(reason::INVALID_VALUE, field, rule))
}
