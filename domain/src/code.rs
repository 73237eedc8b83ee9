//! Codes as people type them. A code has one canonical form: capitals, digits, `-` and `_`. It is heard on
//! the telephone and read off a slide, so what is typed may be in any case, with blanks in and around it,
//! with another dash, without the `-` and `_`, and with an `O` for a `0` or an `I` or `l` for a `1`.
//!
//! Law: what is typed exactly means that code; else it means the one that differs in `-` and `_` only, else
//! the one that reads like it. Where several do, it means none.

use crate::refusal::Refusal;

/// Fewest characters of a referral code, as the chain has it.
pub const MIN_REFERRAL_CODE: usize = 3;
/// Most characters of a referral code, as the chain has it.
pub const MAX_REFERRAL_CODE: usize = 16;
/// Most characters of a typed code, with all blanks.
const MAX_TYPED_CHARS: usize = 200;
/// What is said when several codes read like the typed one.
const AMBIGUOUS: &str = "must be one code, and several read like it; type its letters and digits exactly, O and 0, I, L and 1, - and _ as they are";

/// A code as somebody typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedCode {
    written: String,
}

impl TypedCode {
    /// Reads a code of so many letters, digits, `-` and `_`; none when it is none.
    pub fn parse(text: &str, least: usize, most: usize) -> Option<Self> {
        if text.chars().count() > MAX_TYPED_CHARS {
            return None;
        }
        let written: Option<String> = text
            .chars()
            .filter(|letter| !is_blank(*letter))
            .map(canonical)
            .collect();
        written
            .filter(|written| (least..=most).contains(&written.len()))
            .map(|written| Self { written })
    }

    /// The canonical form of what was typed.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// What all codes share that read like this one.
    pub fn shape(&self) -> String {
        shape(&self.written)
    }

    /// The codes that may be meant, of those that have this shape.
    pub fn nearest<T>(&self, codes: impl IntoIterator<Item = (String, T)>) -> Vec<(String, T)> {
        let mut like: Vec<(String, T)> = codes.into_iter().collect();
        let spelled = |code: &str| code.replace(['-', '_'], "");
        let written = spelled(&self.written);
        // The nearest sort that has a code decides.
        let exact = like.iter().any(|(code, _)| *code == self.written);
        let heard = like.iter().any(|(code, _)| spelled(code) == written);
        like.retain(|(code, _)| match (exact, heard) {
            (true, _) => *code == self.written,
            (false, true) => spelled(code) == written,
            (false, false) => true,
        });
        like
    }

    /// The code that is meant, of those that have this shape.
    ///
    /// # Errors
    /// As [`only`].
    pub fn choose<T>(
        &self,
        field: &str,
        codes: impl IntoIterator<Item = (String, T)>,
    ) -> Result<Option<(String, T)>, Refusal> {
        only(field, self.nearest(codes))
    }
}

/// The one code of those that may be meant.
///
/// # Errors
/// The rule that the `field` breaks when several are meant.
pub fn only<T>(field: &str, mut like: Vec<(String, T)>) -> Result<Option<(String, T)>, Refusal> {
    if like.len() > 1 {
        return Err(Refusal::coded("ambiguous_code", field, AMBIGUOUS));
    }
    Ok(like.pop())
}

/// The shape of a code: `O` and `0`, and `I`, `L` and `1`, look the same, and `-` and `_` go unheard. The
/// database has an index of it.
pub fn shape(code: &str) -> String {
    let heard = code.chars().filter(|letter| !matches!(letter, '-' | '_'));
    heard
        .map(|letter| match letter {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

fn is_blank(letter: char) -> bool {
    // A byte order mark comes with what is pasted.
    letter.is_whitespace() || letter == '\u{feff}'
}

fn canonical(letter: char) -> Option<char> {
    match letter {
        '-' | '_' => Some(letter),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        _ => letter
            .is_ascii_alphanumeric()
            .then(|| letter.to_ascii_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str, codes: &[&str]) -> Result<Option<String>, String> {
        let typed = TypedCode::parse(typed, 1, 32).ok_or_else(|| "no code".to_owned())?;
        let shape = typed.shape();
        let like = codes.iter().filter(|code| super::shape(code) == shape);
        typed
            .choose("code", like.map(|code| ((*code).to_owned(), ())))
            .map(|found| found.map(|(code, ())| code))
            .map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn what_is_no_code_is_none() {
        for text in [
            "",
            " ",
            "a.b",
            "ÄB",
            "\u{430}bc",
            "a\0",
            &"A".repeat(33),
            &" ".repeat(201),
        ] {
            assert_eq!(TypedCode::parse(text, 1, 32), None, "{text:?}");
        }
        assert_eq!(TypedCode::parse("A-", 3, 16), None);
    }

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        for typed in [
            "FRIEND-10",
            "friend-10",
            " Friend-10\t",
            "FRIEND 10",
            "friend10",
            "FRIEND\u{2013}1O",
            "friend-lo",
            "FR1END_I0",
            "\u{feff}FRIEND-10\u{a0}",
        ] {
            let found = read(typed, &["FRIEND-10", "FRIEND-20"]);
            assert_eq!(found, Ok(Some("FRIEND-10".to_owned())), "{typed:?}");
        }
        assert_eq!(read("friend-11", &["FRIEND-10"]), Ok(None));
    }

    #[test]
    fn of_codes_that_read_alike_the_one_that_is_typed_exactly_is_meant() {
        let codes = ["SAVE-10", "SAVE-IO", "SAVE10"];
        for code in codes {
            assert_eq!(
                read(&code.to_lowercase(), &codes),
                Ok(Some(code.to_owned()))
            );
        }
        assert_eq!(read("save io", &codes), Ok(Some("SAVE-IO".to_owned())));
        let refused = read("save-1o", &codes).expect_err("three read like it");
        assert!(
            refused.starts_with("code: must be one code, and several read like it"),
            "{refused}"
        );
    }
}
