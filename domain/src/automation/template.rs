//! Templates: what is said to people, in the languages that it is said in.
//!
//! Law: what a template names is known when it is published, and there is a text for each trait that a person
//! may lack; so a template that is in force renders for everybody. What a person states of themselves is data
//! and never read as a template.

mod blocks;
mod environment;
mod locale;
mod names;
mod render;
mod validate;

pub use blocks::{ArmTest, Arms, Block, Test};
pub use locale::is_locale;
pub use render::{Facts, Rendered};
pub use validate::{
    MAX_BLOCKS, MAX_LOCALES, MAX_PRIORITY, MAX_TEXT_BYTES, MAX_TEXTS_OF_BLOCK, MAX_TITLE_BYTES,
};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a message reaches a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// An e-mail.
    Mail,
    /// A message that the person finds where they are signed in.
    Inbox,
    /// A short text that their wallet shows.
    Wallet,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 3] = [Self::Mail, Self::Inbox, Self::Wallet];

    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Inbox => "inbox",
            Self::Wallet => "wallet",
        }
    }

    /// The channel of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To sell; it can be refused, and is sent at most so often.
    Marketing,
    /// To do what was agreed on: receipts, failed payments, security.
    Service,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 2] = [Self::Marketing, Self::Service];

    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Service => "service",
        }
    }

    /// The purpose of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// What becomes of a message of which nobody knows whether the server took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUncertain {
    /// It is sent again under the same Message-ID, so that it may come twice.
    Resend,
    /// It is left as it is, so that it may never have come.
    Drop,
}

impl OnUncertain {
    /// Every choice.
    pub const ALL: [Self; 2] = [Self::Resend, Self::Drop];

    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resend => "resend",
            Self::Drop => "drop",
        }
    }
}

/// The texts of a message, or the templates of them, in one language. Each channel has its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// The subject of a mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// A mail as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// A mail, or what a wallet shows, as plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The title in an inbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is said in an inbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Where an inbox's or a wallet's message leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_url: Option<String>,
}

/// Names of the parts, in the order of [`Parts::texts`].
const PARTS: [&str; 6] = ["subject", "html", "text", "title", "body", "action_url"];
/// The part in which what is not markup is escaped.
const HTML: &str = "html";

impl Parts {
    /// The parts that are there, by name.
    pub fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            &self.subject,
            &self.html,
            &self.text,
            &self.title,
            &self.body,
            &self.action_url,
        ];
        let named = PARTS.into_iter().zip(all);
        named.filter_map(|(name, text)| Some((name, text.as_deref()?)))
    }

    fn put(&mut self, name: &str, text: String) {
        let place = match name {
            "subject" => &mut self.subject,
            HTML => &mut self.html,
            "text" => &mut self.text,
            "title" => &mut self.title,
            "body" => &mut self.body,
            _ => &mut self.action_url,
        };
        *place = Some(text);
    }
}

/// What is said to a person, in the languages that it is said in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// How it reaches a person.
    pub channel: Channel,
    /// What it is for.
    pub purpose: Purpose,
    /// What it is about: people choose which topics they want.
    pub topic: String,
    /// Messages of a higher priority go first.
    #[serde(default)]
    pub priority: u8,
    /// What becomes of a message that may or may not have been sent.
    pub on_uncertain: OnUncertain,
    /// The language of those who want none of the others.
    pub default_locale: String,
    /// Its texts, by language.
    pub locales: BTreeMap<String, Parts>,
    /// What stands where a person lacks the trait, or the event the property: `first_name`, `event.plan`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fallbacks: BTreeMap<String, String>,
    /// Texts that differ from person to person, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub blocks: BTreeMap<String, Vec<Block>>,
}
