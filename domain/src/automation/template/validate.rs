//! Which templates may be put in force.

use super::{
    Arms, Block, Channel, Facts, Parts, Purpose, Template, environment::environment, is_locale,
    render::refusal,
};
use crate::{
    capture::{MAX_PERSONAL_CHARS, is_name},
    event::Properties,
    refusal::Refusal,
};

/// Most languages of a template.
pub const MAX_LOCALES: usize = 50;
/// The highest priority.
pub const MAX_PRIORITY: u8 = 9;
/// Most bytes of a text of a mail.
pub const MAX_TEXT_BYTES: usize = 100_000;
/// Most bytes of a subject, a title or an address.
pub const MAX_TITLE_BYTES: usize = 1_000;
/// Most blocks of a template.
pub const MAX_BLOCKS: usize = 20;
/// Most texts of a block.
pub const MAX_TEXTS_OF_BLOCK: usize = 20;
/// Most bytes of a fallback.
pub(super) const MAX_FALLBACK_BYTES: usize = 256;
/// Most tests of a text of a block.
const MAX_TESTS: usize = 10;
/// Most bytes of a text of a block.
const MAX_BLOCK_BYTES: usize = 5_000;
const NAME: &str = "must be 1 to 64 of a-z, 0-9 and _, a letter first";

impl Template {
    /// Whether the template may be put in force.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        if !is_name(&self.topic) {
            return Err(Refusal::new("topic", NAME));
        }
        Refusal::unless_number("priority", self.priority, 0..=MAX_PRIORITY)?;
        Refusal::unless_count("locales", self.locales.len(), 1..=MAX_LOCALES, "languages")?;
        if !self.locales.contains_key(&self.default_locale) {
            return Err(Refusal::new("default_locale", "must be one of the locales"));
        }
        self.check_fallbacks()?;
        self.check_blocks()?;
        for (locale, parts) in &self.locales {
            if !is_locale(locale) {
                let rule = "must have tags of languages as names, as in de or pt-BR";
                return Err(Refusal::new("locales", rule));
            }
            self.check_parts(parts)
                .map_err(|it| it.within(&format!("locales.{locale}")))?;
        }
        Ok(())
    }

    fn check_blocks(&self) -> Result<(), Refusal> {
        Refusal::unless_count("blocks", self.blocks.len(), 0..=MAX_BLOCKS, "blocks")?;
        for (name, texts) in &self.blocks {
            if !is_name(name) {
                return Err(Refusal::new("blocks", format!("{NAME}, in each name")));
            }
            let field = format!("blocks.{name}");
            check_texts(texts).map_err(|it| it.within(&field))?;
        }
        Ok(())
    }

    fn check_parts(&self, parts: &Parts) -> Result<(), Refusal> {
        let (needed, allowed): (&[&str], &[&str]) = match self.channel {
            Channel::Mail => (&["subject", "text"], &["subject", "html", "text"]),
            Channel::Inbox => (&["title", "body"], &["title", "body", "action_url"]),
            Channel::Wallet => (&["text"], &["text", "action_url"]),
        };
        let has = |name: &str| parts.texts().any(|(it, _)| it == name);
        if let Some(missing) = needed.iter().find(|name| !has(name)) {
            let channel = self.channel.as_str();
            return Err(Refusal::new(
                *missing,
                format!("must be there for the channel {channel}"),
            ));
        }
        for (name, source) in parts.texts() {
            if !allowed.contains(&name) {
                let channel = self.channel.as_str();
                let rule = format!("must not be there for the channel {channel}");
                return Err(Refusal::new(name, rule));
            }
            let most = match name {
                "html" | "text" | "body" => MAX_TEXT_BYTES,
                _ => MAX_TITLE_BYTES,
            };
            if source.is_empty() || source.len() > most {
                return Err(Refusal::new(name, format!("must have 1 to {most} bytes")));
            }
            self.check_source(name, source)?;
        }
        self.check_address(parts)?;
        self.try_out(parts)
    }

    /// That a text can be read, leaves escaping on, and names nothing that may not be there.
    fn check_source(&self, name: &str, source: &str) -> Result<(), Refusal> {
        let environment = environment();
        let template = environment
            .template_from_named_str(name, source)
            .map_err(|error| refusal(name, &error))?;
        let statements = source.split("{%").skip(1);
        let mut statements = statements.map(|it| it.trim_start_matches(['-', '+']).trim_start());
        if statements.any(|it| it.starts_with("autoescape")) {
            return Err(Refusal::new(name, "must leave escaping as it is"));
        }
        let mut names: Vec<String> = template.undeclared_variables(true).into_iter().collect();
        names.sort_unstable();
        for used in names {
            if let Some(rule) = self.fault(&used) {
                let line = line_of(source, &used);
                return Err(Refusal::new(name, format!("{rule}: line {line}")));
            }
        }
        Ok(())
    }

    /// That where a message leads is the template's to say: its host at least.
    fn check_address(&self, parts: &Parts) -> Result<(), Refusal> {
        let Some(url) = &parts.action_url else {
            return Ok(());
        };
        let host = url
            .strip_prefix("https://")
            .and_then(|it| it.split('/').next());
        let is_plain =
            |it: &str| !it.is_empty() && !it.contains(['{', '}', '@', '\\', ' ', '?', '#']);
        if host.is_some_and(is_plain) {
            return Ok(());
        }
        let rule = "must begin with https:// and a host, which is filled in with nothing";
        Err(Refusal::new("action_url", rule))
    }

    /// Fills the texts in for who has nothing stated, and for who has stated as much as can be.
    fn try_out(&self, parts: &Parts) -> Result<(), Refusal> {
        let long = "x".repeat(MAX_PERSONAL_CHARS);
        let all = |names: Vec<&str>| -> Properties {
            let names = names.into_iter();
            names
                .map(|it| (it.to_owned(), long.as_str().into()))
                .collect()
        };
        let nothing = Properties::new();
        let person = all(self.traits().map(|(name, _)| name).collect());
        let event = all(self.properties().map(|(name, _)| name).collect());
        let link = "https://example.com/u/0000000000000000000000000000000000000000000";
        for (person, event) in [(&nothing, &nothing), (&person, &event)] {
            let facts = Facts {
                person,
                segments: &[],
                arms: &Arms::new(),
                event,
                organisation: "Organisation",
                unsubscribe: link,
                preferences: "https://example.com/p",
            };
            self.fill_in(parts, &facts)?;
        }
        Ok(())
    }

    /// Whether it can be refused, and waits for quiet hours to end.
    pub fn is_marketing(&self) -> bool {
        self.purpose == Purpose::Marketing
    }
}

fn check_texts(texts: &[Block]) -> Result<(), Refusal> {
    Refusal::unless_count("", texts.len(), 1..=MAX_TEXTS_OF_BLOCK, "texts")?;
    for (index, block) in texts.iter().enumerate() {
        let within = |it: Refusal| it.within(&format!("[{index}]"));
        let is_last = index + 1 == texts.len();
        if block.when.is_empty() != is_last {
            let rule =
                "must be empty in the last text, which is for everybody else, and in no other";
            return Err(within(Refusal::new("when", rule)));
        }
        Refusal::unless_count("when", block.when.len(), 0..=MAX_TESTS, "tests").map_err(within)?;
        for (place, test) in block.when.iter().enumerate() {
            test.validate()
                .map_err(|it| within(it.within(&format!("when[{place}]"))))?;
        }
        if block.text.len() > MAX_BLOCK_BYTES {
            let rule = format!("must have at most {MAX_BLOCK_BYTES} bytes");
            return Err(within(Refusal::new("text", rule)));
        }
    }
    Ok(())
}

/// The first line that holds a name.
fn line_of(source: &str, name: &str) -> usize {
    let place = source.find(name).unwrap_or(0);
    let before = source.get(..place).unwrap_or_default();
    before.matches('\n').count() + 1
}
