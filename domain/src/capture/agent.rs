//! What kind of program a user agent names. The patterns are `data/agents.json`, of the package that it
//! names, which `scripts/renew-lists` renews, and `data/our_agents.json`, which that package lacks.

use super::{
    limits,
    reason::{self, refuse},
    remains::WITHHELD,
    seed::BY_PROGRAMS,
};
use crate::{
    event::{AGENT_PROPERTY, Agent, MACHINE_PROPERTY, Properties},
    people::contains_email,
    refusal::Refusal,
};
use regex::{Regex, bytes::RegexSet, bytes::RegexSetBuilder};
use serde::Deserialize;
use serde_json::Value;
use std::{borrow::Cow, sync::LazyLock};

/// The property that holds a user agent.
pub(super) const USER_AGENT_PROPERTY: &str = "user_agent";

/// All that Apple's mail proxy says of itself.
const BARE: &str = "mozilla/5.0";
/// What every browser's user agent begins with, in lower case.
const BROWSERS: [&str; 2] = ["mozilla/", "opera/"];
/// What the user agents of browsers on Android begin with; the name of the device follows.
const ANDROID: &str = "Mozilla/5.0 (Linux; ";

static MACHINES: LazyLock<Patterns> = LazyLock::new(|| {
    let list: List =
        serde_json::from_str(include_str!("../../data/agents.json")).unwrap_or_default();
    Patterns::of(list.patterns.into_iter().chain(OURS.machines.clone()))
});

/// Programs of mail providers that load a message's pictures for a reader who may never open it.
static MAIL_PROXIES: LazyLock<Patterns> =
    LazyLock::new(|| Patterns::of(OURS.mail_proxies.iter().cloned()));

static OURS: LazyLock<Ours> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/our_agents.json")).unwrap_or_default()
});

/// Names in the place of a device's that are a program's.
static PROGRAM: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)[/@+]|bots?\b|spider|crawl").ok());

#[derive(Deserialize, Default)]
struct Ours {
    machines: Vec<String>,
    mail_proxies: Vec<String>,
}

#[derive(Deserialize, Default)]
struct List {
    patterns: Vec<String>,
}

/// What the user agents of machines match.
struct Patterns {
    plain: RegexSet,
    /// Those that look at what stands around them, which takes another engine.
    around: Vec<fancy_regex::Regex>,
}

impl Patterns {
    fn of(patterns: impl Iterator<Item = String>) -> Self {
        let (around, plain): (Vec<String>, Vec<String>) = patterns.partition(|it| {
            ["(?!", "(?<!", "(?=", "(?<="]
                .iter()
                .any(|look| it.contains(look))
        });
        // The patterns are JavaScript's, where classes of characters are those of ASCII.
        let plain = RegexSetBuilder::new(plain)
            .case_insensitive(true)
            .unicode(false)
            .build();
        let around = around.iter().filter_map(|pattern| {
            fancy_regex::RegexBuilder::new(pattern)
                .case_insensitive(true)
                .build()
                .ok()
        });
        Self {
            plain: plain.unwrap_or_else(|_| RegexSet::empty()),
            around: around.collect(),
        }
    }

    fn match_any(&self, agent: &str) -> bool {
        self.plain.is_match(agent.as_bytes())
            || self
                .around
                .iter()
                .any(|it| it.is_match(agent).unwrap_or(true))
    }
}

/// What a user agent names; what says nothing, or is neither known nor a browser, is
/// [`Agent::Unknown`].
pub fn agent_of(user_agent: Option<&str>) -> Agent {
    let agent = user_agent.unwrap_or_default().trim();
    let lower = agent.to_ascii_lowercase();
    if lower.is_empty() || lower == BARE || MAIL_PROXIES.match_any(agent) {
        Agent::Unknown
    } else if MACHINES.match_any(&without_device(agent)) {
        Agent::Machine
    } else if BROWSERS.iter().any(|it| lower.starts_with(it)) {
        Agent::Human
    } else {
        Agent::Unknown
    }
}

/// The user agent without the name of the device, which may be any word: there are phones with `scan`
/// and `news` in theirs.
fn without_device(agent: &str) -> Cow<'_, str> {
    let system = agent.strip_prefix(ANDROID).and_then(|rest| {
        let end = rest.find(") AppleWebKit")?;
        Some((rest.get(..end)?, rest.get(end..)?))
    });
    let Some((system, rest)) = system.filter(|(system, _)| !system.contains("compatible")) else {
        return Cow::Borrowed(agent);
    };
    let is_program = |part: &str| {
        let (name, _build) = part.split_once(" Build/").unwrap_or((part, ""));
        PROGRAM.as_ref().is_none_or(|it| it.is_match(name))
    };
    let kept: Vec<&str> = system
        .split(';')
        .filter(|part| part.trim_start().starts_with("Android") || is_program(part))
        .collect();
    Cow::Owned(format!("{ANDROID}{}{rest}", kept.join(";")))
}

/// Reads who caused an event, in place: the properties `machine` and `agent` get their one spelling,
/// and a user agent that contains an e-mail address, as those of crawlers do, is withheld. Returns what
/// the sender says that caused the event, else what the user agent is.
///
/// # Errors
/// When `machine` or `agent` says something else, or each another thing, or a user agent is too long.
pub(super) fn read_agent(
    event: &str,
    properties: &mut Properties,
) -> Result<Option<Agent>, Refusal> {
    spell(properties, MACHINE_PROPERTY, is_machine)?;
    spell(properties, AGENT_PROPERTY, agent_name)?;
    let stated = stated(properties)?;
    let user_agent = properties.get(USER_AGENT_PROPERTY).and_then(Value::as_str);
    let Some(user_agent) = user_agent else {
        return Ok(stated);
    };
    limits::check_text(user_agent, format!("properties.{USER_AGENT_PROPERTY}"))?;
    let is_judged = stated.is_none() && !BY_PROGRAMS.contains(&event);
    let judged = is_judged.then(|| agent_of(Some(user_agent)));
    withhold_address(properties);
    Ok(stated.or(judged))
}

/// Withholds a user agent that contains an e-mail address.
pub(super) fn withhold_address(properties: &mut Properties) {
    let user_agent = properties.get_mut(USER_AGENT_PROPERTY);
    if let Some(value) = user_agent.filter(|it| it.as_str().is_some_and(contains_email)) {
        *value = WITHHELD.into();
    }
}

/// Says what caused the event in both properties, so that a condition on either finds it.
pub fn note_agent(agent: Agent, properties: &mut Properties) {
    if agent == Agent::Machine {
        properties.insert(MACHINE_PROPERTY.to_owned(), true.into());
    }
    properties.insert(AGENT_PROPERTY.to_owned(), agent.as_str().into());
}

/// What the sender says that caused the event.
fn stated(properties: &Properties) -> Result<Option<Agent>, Refusal> {
    let machine = properties.get(MACHINE_PROPERTY).and_then(Value::as_bool);
    let agent = properties.get(AGENT_PROPERTY).and_then(Value::as_str);
    let is_machine = |agent: &str| agent == Agent::Machine.as_str();
    if let (Some(machine), Some(agent)) = (machine, agent)
        && machine != is_machine(agent)
    {
        let field = format!("properties.{AGENT_PROPERTY}");
        let rule = "must be machine if and only if machine is true";
        return Err(refuse(reason::INVALID_VALUE, field, rule));
    }
    Ok((machine.is_some() || agent.is_some()).then(|| Agent::of(properties)))
}

/// Replaces a property by what it means; one that means nothing is removed.
fn spell(
    properties: &mut Properties,
    name: &str,
    meaning: impl Fn(&Value) -> Result<Value, Refusal>,
) -> Result<(), Refusal> {
    let Some(value) = properties.get_mut(name).filter(|value| !value.is_null()) else {
        return Ok(());
    };
    if value.as_str().is_some_and(|text| text.trim().is_empty()) {
        properties.remove(name);
    } else {
        *value = meaning(value)?;
    }
    Ok(())
}

fn is_machine(value: &Value) -> Result<Value, Refusal> {
    let word = match value {
        Value::String(text) => text.trim().to_ascii_lowercase(),
        other => other.to_string(),
    };
    match word.as_str() {
        "true" | "1" | "yes" => Ok(true.into()),
        "false" | "0" | "no" => Ok(false.into()),
        _ => {
            let field = format!("properties.{MACHINE_PROPERTY}");
            Err(refuse(reason::WRONG_TYPE, field, "must be true or false"))
        }
    }
}

fn agent_name(value: &Value) -> Result<Value, Refusal> {
    let word = value.as_str().unwrap_or_default().trim();
    [Agent::Human, Agent::Machine, Agent::Unknown]
        .into_iter()
        .find(|agent| agent.as_str().eq_ignore_ascii_case(word))
        .map(|agent| agent.as_str().into())
        .ok_or_else(|| {
            let field = format!("properties.{AGENT_PROPERTY}");
            let rule = "must be human, machine or unknown";
            refuse(reason::INVALID_VALUE, field, rule)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_list_is_used() {
        let text = include_str!("../../data/agents.json");
        let list: List = serde_json::from_str(text).expect("a list");
        let used = MACHINES.plain.len() + MACHINES.around.len();
        assert!(list.patterns.len() > 100);
        assert!(OURS.machines.len() > 10);
        assert_eq!(used, list.patterns.len() + OURS.machines.len());
        assert_eq!(MAIL_PROXIES.plain.len(), OURS.mail_proxies.len());
    }

    #[test]
    fn previews_assistants_and_libraries_are_machines() {
        for agent in [
            "WhatsApp/2.23.20.0 A",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
            "curl/8.5.0",
            "python-requests/2.31.0",
            "Go-http-client/2.0",
            "okhttp/4.12.0",
            "axios/1.6.2",
            "node",
        ] {
            assert_eq!(agent_of(Some(agent)), Agent::Machine, "{agent}");
        }
    }

    #[test]
    fn who_says_nothing_or_reads_mail_for_somebody_is_unknown() {
        assert_eq!(agent_of(None), Agent::Unknown);
        for agent in [
            "",
            " ",
            "Mozilla/5.0",
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        ] {
            assert_eq!(agent_of(Some(agent)), Agent::Unknown, "{agent}");
        }
    }

    #[test]
    fn browsers_are_people() {
        for agent in [
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/370.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
            "Opera/9.80 (Windows NT 6.1; U; en) Presto/2.10.289 Version/12.02",
        ] {
            assert_eq!(agent_of(Some(agent)), Agent::Human, "{agent}");
        }
    }
}
