//! What a site is made with, from the headers of its response and its page. The signatures are
//! `data/technologies.json`: patterns of what products say of themselves, collected from their own
//! documentation. A pattern's first group is the version.
//!
//! A site can say what it likes of itself; nothing here is more than what it says.

use super::page::Page;
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::LazyLock};

/// Most headers that are looked at.
pub const MAX_HEADERS: usize = 200;
/// How much of a header is looked at.
pub const MAX_HEADER_CHARS: usize = 4_096;
/// Longest version.
const MAX_VERSION_CHARS: usize = 30;

/// Where a technology shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// In a header.
    Header,
    /// In a `meta` element.
    Meta,
    /// In a script's address.
    Script,
}

/// A technology that a site uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Technology {
    /// Its name.
    pub name: String,
    /// What it is for, such as `cms`.
    pub category: String,
    /// Its version, where it shows.
    pub version: Option<String>,
    /// Where it shows; a place that shows the version goes first.
    pub evidence: Evidence,
}

#[derive(Deserialize)]
struct Signature {
    name: String,
    category: String,
    /// Patterns of values, by the headers' names in lower case.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Patterns of contents, by the `meta` elements' names.
    #[serde(default)]
    metas: BTreeMap<String, String>,
    /// Patterns of scripts' addresses.
    #[serde(default)]
    scripts: Vec<String>,
}

#[derive(Deserialize, Default)]
struct List {
    technologies: Vec<Signature>,
}

/// A pattern and what it is looked for in.
struct Pattern {
    technology: usize,
    evidence: Evidence,
    /// A header's or `meta` element's name; empty for scripts.
    place: String,
    regex: Regex,
}

struct Signatures {
    list: List,
    patterns: Vec<Pattern>,
}

static SIGNATURES: LazyLock<Signatures> = LazyLock::new(|| {
    let text = include_str!("../../../data/technologies.json");
    let list: List = serde_json::from_str(text).unwrap_or_default();
    let stated = list.technologies.iter().enumerate();
    let patterns = stated.flat_map(|(index, it)| it.patterns(index)).collect();
    Signatures { list, patterns }
});

impl Signature {
    fn patterns(&self, technology: usize) -> Vec<Pattern> {
        let headers = self
            .headers
            .iter()
            .map(|(place, it)| (Evidence::Header, place.as_str(), it));
        let metas = self
            .metas
            .iter()
            .map(|(place, it)| (Evidence::Meta, place.as_str(), it));
        let scripts = self.scripts.iter().map(|it| (Evidence::Script, "", it));
        let stated = headers.chain(metas).chain(scripts);
        stated
            .filter_map(|(evidence, place, pattern)| {
                let regex = RegexBuilder::new(pattern)
                    .case_insensitive(true)
                    .build()
                    .ok()?;
                Some(Pattern {
                    technology,
                    evidence,
                    place: place.to_owned(),
                    regex,
                })
            })
            .collect()
    }
}

/// What a site is made with, by name. Headers' names are taken in any case.
pub fn technologies(headers: &[(String, String)], page: &Page) -> Vec<Technology> {
    let headers: Vec<(String, String)> = headers
        .iter()
        .take(MAX_HEADERS)
        .map(|(name, value)| {
            let value = value.chars().take(MAX_HEADER_CHARS).collect();
            (name.to_ascii_lowercase(), value)
        })
        .collect();
    let mut found: BTreeMap<&str, Technology> = BTreeMap::new();
    for pattern in &SIGNATURES.patterns {
        let Some(signature) = SIGNATURES.list.technologies.get(pattern.technology) else {
            continue;
        };
        let Some(version) = pattern.seen(&headers, page) else {
            continue;
        };
        let entry = found.entry(&signature.name).or_insert_with(|| Technology {
            name: signature.name.clone(),
            category: signature.category.clone(),
            version: None,
            evidence: pattern.evidence,
        });
        if entry.version.is_none() && version.is_some() {
            entry.evidence = pattern.evidence;
            entry.version = version;
        }
    }
    found.into_values().collect()
}

impl Pattern {
    /// Whether the pattern is somewhere, and the version that shows there.
    fn seen(&self, headers: &[(String, String)], page: &Page) -> Option<Option<String>> {
        match self.evidence {
            Evidence::Header => {
                let values = headers.iter().filter(|(name, _)| *name == self.place);
                self.first(values.map(|(_, value)| value))
            }
            Evidence::Meta => self.first(page.metas.get(&self.place).into_iter()),
            Evidence::Script => self.first(page.scripts.iter()),
        }
    }

    fn first<'a>(&self, texts: impl Iterator<Item = &'a String>) -> Option<Option<String>> {
        let mut matches = texts.filter_map(|it| self.regex.captures(it));
        let captured = matches.next()?;
        let version = captured.get(1).map(|it| it.as_str());
        let version = version.filter(|it| (1..=MAX_VERSION_CHARS).contains(&it.chars().count()));
        Some(version.map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_list_is_used() {
        let text = include_str!("../../../data/technologies.json");
        let list: List = serde_json::from_str(text).expect("a list");
        let stated: usize = list
            .technologies
            .iter()
            .map(|it| it.headers.len() + it.metas.len() + it.scripts.len())
            .sum();
        assert!(list.technologies.len() >= 50);
        assert_eq!(SIGNATURES.patterns.len(), stated);
        for it in &list.technologies {
            let places = it.headers.keys().chain(it.metas.keys());
            for place in places {
                assert_eq!(*place, place.to_ascii_lowercase(), "{}", it.name);
            }
        }
    }

    #[test]
    fn technologies_are_listed_once_and_by_name() {
        let names = SIGNATURES
            .list
            .technologies
            .iter()
            .map(|it| it.name.as_str());
        let names: Vec<&str> = names.collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    }
}
