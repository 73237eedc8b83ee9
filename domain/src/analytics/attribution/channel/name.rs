//! Names of channels: one key, whatever case, form or blanks they are typed with.

use caseless::Caseless;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Most characters of a channel's name.
pub const MAX_CHANNEL_CHARS: usize = 64;

/// What trackers and programs write for nothing.
const NOTHING: [&str; 8] = [
    "",
    "n/a",
    "nan",
    "not provided",
    "not set",
    "null",
    "object object",
    "undefined",
];

/// The key of a channel. Case is folded and the form is NFKC, so that letters that read alike are one;
/// letters with their marks, digits and `_-./:&` stay, runs of anything else become one space; begins
/// and ends with a letter or digit. None when nothing is left, or only a word that trackers write for
/// an unknown channel.
pub fn channel_name(text: &str) -> Option<String> {
    let mut spaced = String::new();
    let mut is_apart = false;
    for it in folded(text).chars() {
        let has_base = !is_apart && spaced.chars().next_back().is_some_and(is_lettered);
        if is_combining_mark(it) {
            if has_base {
                spaced.push(it);
            }
        } else if it.is_alphanumeric() || !spaced.is_empty() && "_-./:&".contains(it) {
            if is_apart && !spaced.is_empty() {
                spaced.push(' ');
            }
            is_apart = false;
            spaced.push(it);
        } else {
            is_apart = true;
        }
    }
    let bounded: String = spaced.chars().take(MAX_CHANNEL_CHARS).collect();
    let name = bounded.trim_end_matches(|it: char| !is_lettered(it));
    (!NOTHING.contains(&name)).then(|| name.to_owned())
}

/// Whether a channel's key contains a text, in whatever spelling either is.
pub(crate) fn channel_contains(channel: &str, part: &str) -> bool {
    let part = channel_name(part).unwrap_or_else(|| folded(part));
    channel_name(channel).is_some_and(|key| key.contains(&part))
}

/// Whether a text says nothing, as trackers do of a channel that they do not know.
pub(super) fn says_nothing(text: &str) -> bool {
    channel_name(text).is_none()
}

fn is_lettered(it: char) -> bool {
    it.is_alphanumeric() || is_combining_mark(it)
}

/// NFKC with case folded and without what is not shown, as Unicode's compatibility caseless matching
/// (definition 146) has it.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        let bounded = text.get(..4 * MAX_CHANNEL_CHARS).unwrap_or(text);
        return bounded.to_ascii_lowercase();
    }
    text.chars()
        .take(4 * MAX_CHANNEL_CHARS)
        .nfd()
        .default_case_fold()
        .nfkd()
        .default_case_fold()
        // Letters of a newer Unicode than that of the folding.
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|it| !is_ignorable(*it))
        .nfkc()
        .collect()
}

/// Characters that are not shown where they mean nothing: Unicode's `Default_Ignorable_Code_Point`.
fn is_ignorable(it: char) -> bool {
    matches!(it,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}
