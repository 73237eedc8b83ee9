//! What a company's page says of the company, read from its HTML by a tokenizer that takes any bytes as
//! browsers do. No tree is built: what is of interest stands in single elements.
//!
//! At most [`MAX_PAGE_BYTES`] are read, of each text at most [`MAX_TEXT_CHARS`], of each kind of thing a
//! fixed number. Bytes are taken as UTF-8; what is none is replaced.

mod elements;
mod json_ld;
mod social;

pub use json_ld::Organisation;
pub use social::{Network, Profile, profile_of};

use elements::Elements;
use std::collections::BTreeMap;

/// How much of a page is read.
pub const MAX_PAGE_BYTES: usize = 1 << 20;
/// Most characters of a text.
pub const MAX_TEXT_CHARS: usize = 500;

/// What a page says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// Its title.
    pub title: Option<String>,
    /// The contents of its `meta` elements, by name or property in lower case; the first of each.
    pub metas: BTreeMap<String, String>,
    /// Addresses of its scripts, as they stand there.
    pub scripts: Vec<String>,
    /// The organisation that its structured data describes.
    pub organisation: Option<Organisation>,
    /// The company's profiles, at most one a network.
    pub profiles: Vec<Profile>,
}

impl Page {
    /// Reads a page.
    pub fn read(html: &[u8]) -> Self {
        let html = html.get(..MAX_PAGE_BYTES).unwrap_or(html);
        let elements = Elements::read(html);
        let organisation = json_ld::organisation(&elements.json_ld);
        let stated = organisation.iter().flat_map(|it| it.same_as.iter());
        let profiles = social::profiles(stated, elements.links.iter());
        Self {
            title: elements.title,
            metas: elements.metas,
            scripts: elements.scripts,
            organisation,
            profiles,
        }
    }

    /// The content of a `meta` element, by its name or property in lower case.
    pub fn property(&self, name: &str) -> Option<String> {
        self.metas.get(name).cloned()
    }

    /// What the page says that it is about.
    pub fn description(&self) -> Option<String> {
        self.property("description")
            .or_else(|| self.property("og:description"))
    }
}

/// The text in one line and cut to its bound; none when nothing is left.
fn tidy(text: &str) -> Option<String> {
    let words = text.split(|it: char| it.is_whitespace() || it.is_control());
    let mut line = String::new();
    let mut chars = 0;
    for word in words.filter(|it| !it.is_empty()) {
        if chars >= MAX_TEXT_CHARS {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
            chars += 1;
        }
        let left = MAX_TEXT_CHARS - chars;
        line.extend(word.chars().take(left));
        chars += word.chars().count().min(left);
    }
    let line = line.trim_end();
    (!line.is_empty()).then(|| line.to_owned())
}
