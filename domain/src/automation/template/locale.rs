//! Languages: tags as in BCP 47, `de` or `pt-BR`, of a language and what narrows it.

use super::{Parts, Template};

/// Most characters of a tag.
const MAX_CHARS: usize = 35;
/// Characters of a part of a tag.
const PART: std::ops::RangeInclusive<usize> = 1..=8;

/// Whether a text is a tag: two or three letters, then letters and digits behind hyphens.
pub fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let is_language =
        (2..=3).contains(&language.len()) && language.bytes().all(|it| it.is_ascii_alphabetic());
    let is_part = |part: &str| {
        PART.contains(&part.len()) && part.bytes().all(|it| it.is_ascii_alphanumeric())
    };
    is_language && text.len() <= MAX_CHARS && parts.all(is_part)
}

impl Template {
    /// The texts for who wants `locale`: in that language, or else the nearest that it narrows, or else in the
    /// default one.
    pub(super) fn choose(&self, locale: Option<&str>) -> Option<(&str, &Parts)> {
        let mut wanted = locale.unwrap_or(&self.default_locale);
        loop {
            match (self.of(wanted), wanted.rsplit_once('-')) {
                (Some(found), _) => return Some(found),
                (None, Some((wider, _))) => wanted = wider,
                (None, None) => return self.of(&self.default_locale),
            }
        }
    }

    fn of(&self, locale: &str) -> Option<(&str, &Parts)> {
        let mut all = self.locales.iter();
        let found = all.find(|(tag, _)| tag.eq_ignore_ascii_case(locale));
        found.map(|(tag, parts)| (tag.as_str(), parts))
    }
}
