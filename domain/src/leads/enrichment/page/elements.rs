//! The elements of a page that are looked at: its title, `meta`, `script`, and links.

use super::tidy;
use html5gum::{DefaultEmitter, HtmlString, Spanned, StartTag, Token, Tokenizer};
use std::{borrow::Cow, collections::BTreeMap};

/// Most `meta` elements, scripts and blocks of structured data.
const MAX_ELEMENTS: usize = 200;
/// Most links.
const MAX_LINKS: usize = 2_000;
/// Longest address.
const MAX_ADDRESS_CHARS: usize = 2_000;
/// Longest name of a `meta` element.
const MAX_NAME_CHARS: usize = 100;
/// Longest block of structured data; one that is cut could not be parsed.
const MAX_JSON_BYTES: usize = 1 << 17;

#[derive(Default)]
pub(super) struct Elements {
    pub(super) title: Option<String>,
    pub(super) metas: BTreeMap<String, String>,
    pub(super) scripts: Vec<String>,
    pub(super) json_ld: Vec<String>,
    pub(super) links: Vec<String>,
}

/// The element whose text is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Title,
    JsonLd,
}

impl Elements {
    pub(super) fn read(html: &[u8]) -> Self {
        let mut emitter = DefaultEmitter::default();
        // Titles and scripts hold text, whatever it looks like.
        emitter.naively_switch_states(true);
        let mut elements = Self::default();
        let mut inside = None;
        let mut text = Vec::new();
        for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
            match token {
                Token::StartTag(tag) => {
                    inside = elements.begin(&tag);
                    text.clear();
                }
                Token::String(more) if inside.is_some() && text.len() <= MAX_JSON_BYTES => {
                    text.extend_from_slice(&more);
                }
                Token::EndTag(_) => {
                    if let Some(ended) = inside.take() {
                        elements.end(ended, &text);
                    }
                }
                _ => {}
            }
        }
        elements
    }

    /// Takes in an element's attributes; answers what its text would be.
    fn begin(&mut self, tag: &StartTag<()>) -> Option<Inside> {
        match tag.name.as_slice() {
            b"title" if self.title.is_none() => return Some(Inside::Title),
            b"meta" => self.meta(tag),
            b"a" | b"link" => keep(&mut self.links, MAX_LINKS, attribute(tag, b"href")),
            b"script" => {
                let kind = attribute(tag, b"type").unwrap_or_default();
                if kind.trim().eq_ignore_ascii_case("application/ld+json") {
                    return Some(Inside::JsonLd);
                }
                keep(&mut self.scripts, MAX_ELEMENTS, attribute(tag, b"src"));
            }
            _ => {}
        }
        None
    }

    fn end(&mut self, ended: Inside, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        match ended {
            Inside::Title => self.title = tidy(&text),
            Inside::JsonLd if text.len() <= MAX_JSON_BYTES && self.json_ld.len() < MAX_ELEMENTS => {
                self.json_ld.push(text.into_owned());
            }
            Inside::JsonLd => {}
        }
    }

    fn meta(&mut self, tag: &StartTag<()>) {
        let name = attribute(tag, b"property").or_else(|| attribute(tag, b"name"));
        let content = attribute(tag, b"content").as_deref().and_then(tidy);
        if let (Some(name), Some(content)) = (name, content)
            && self.metas.len() < MAX_ELEMENTS
            && name.chars().count() <= MAX_NAME_CHARS
        {
            let name = name.trim().to_ascii_lowercase();
            self.metas.entry(name).or_insert(content);
        }
    }
}

fn attribute<'a>(tag: &'a StartTag<()>, name: &[u8]) -> Option<Cow<'a, str>> {
    let value: &Spanned<HtmlString, ()> = tag.attributes.get(name)?;
    Some(String::from_utf8_lossy(value))
}

fn keep(list: &mut Vec<String>, most: usize, address: Option<Cow<'_, str>>) {
    let Some(address) = address else { return };
    let address = address.trim();
    let fits = (1..=MAX_ADDRESS_CHARS).contains(&address.chars().count());
    if fits && list.len() < most {
        list.push(address.to_owned());
    }
}
