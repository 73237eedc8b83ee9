//! What a text must be to stand in a header.
//!
//! Law: nothing that ends a header passes, so no field adds one. Whatever passes fits a line of 998
//! bytes, in which names and subjects are folded further.

use crate::error::Error;

/// Bytes of a subject.
const MOST_OF_SUBJECT: usize = 800;
/// Bytes of a name that readers see.
const MOST_OF_NAME: usize = 200;
/// Bytes of an address to unsubscribe at.
const MOST_OF_URL: usize = 900;
/// Bytes of an identifier: Message-ID, Feedback-ID.
const MOST_OF_ID: usize = 250;
/// Bytes of each body.
const MOST_OF_BODY: usize = 2 << 20;
/// The last second of the year 9999, the last one that a Date header can say.
const LAST_SECOND: i64 = 253_402_300_799;

const CONTROL: &str = "must not hold line breaks or other control characters";

pub(crate) fn subject(text: &str) -> Result<&str, Error> {
    shown("subject", text, MOST_OF_SUBJECT)
}

pub(crate) fn name<'a>(field: &'static str, text: &'a str) -> Result<&'a str, Error> {
    shown(field, text, MOST_OF_NAME)
}

fn shown<'a>(field: &'static str, text: &'a str, most: usize) -> Result<&'a str, Error> {
    // Two of Unicode's separators are line breaks as well, although not control characters.
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if text.contains(breaks) {
        Err(Error::refused(field, CONTROL))
    } else if text.trim().is_empty() {
        Err(Error::refused(field, "must not be empty"))
    } else if text.len() > most {
        Err(Error::refused(field, "is too long"))
    } else {
        Ok(text.trim())
    }
}

/// A body, with the line breaks that mail has.
pub(crate) fn body(field: &'static str, text: &str) -> Result<String, Error> {
    if text.is_empty() {
        Err(Error::refused(field, "must not be empty"))
    } else if text.len() > MOST_OF_BODY {
        Err(Error::refused(field, "must be at most 2 MiB long"))
    } else if text.contains('\0') {
        Err(Error::refused(field, "must not hold NUL"))
    } else {
        Ok(text
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\n', "\r\n"))
    }
}

/// An identifier of the form `left@right`.
pub(crate) fn message_id(text: &str) -> Result<&str, Error> {
    let is_id = text.split_once('@').is_some_and(|(left, right)| {
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|b| is_atext(b) || b == b'.');
        is_word(left) && is_word(right)
    });
    if is_id && text.len() <= MOST_OF_ID {
        Ok(text)
    } else {
        Err(Error::refused(
            "message_id",
            "must be two words of letters, digits and dots around an @, without <>, of at most 250 bytes",
        ))
    }
}

pub(crate) fn feedback_id(text: &str) -> Result<&str, Error> {
    let is_id = !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-:".contains(&b));
    if is_id && text.len() <= MOST_OF_ID {
        Ok(text)
    } else {
        Err(Error::refused(
            "feedback_id",
            "must be 1 to 250 letters, digits and ._-:",
        ))
    }
}

/// The address of a page that takes RFC 8058's POST. That has to be https.
pub(crate) fn one_click(text: &str) -> Result<&str, Error> {
    let is_url = text.starts_with("https://")
        && text.len() <= MOST_OF_URL
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"<>,\"\\".contains(&b))
        && url::Url::parse(text).is_ok_and(|url| url.has_host());
    if is_url {
        Ok(text)
    } else {
        Err(Error::refused(
            "unsubscribe.https_url",
            "must be an https address of at most 900 ASCII characters without <>,\"\\",
        ))
    }
}

pub(crate) fn date(unix_secs: i64) -> Result<u64, Error> {
    u64::try_from(unix_secs)
        .ok()
        .filter(|_| unix_secs <= LAST_SECOND)
        .ok_or(Error::refused(
            "date_unix_secs",
            "must lie in the years 1970 to 9999",
        ))
}

/// What RFC 5322 lets an atom hold.
pub(crate) fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}
