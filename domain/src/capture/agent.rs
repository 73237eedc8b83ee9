//! What kind of program a user agent names. The patterns are `data/agents.json`, of the package that it
//! names, and `scripts/renew-lists` renews them.

use crate::event::{AGENT_PROPERTY, Agent, MACHINE_PROPERTY, Properties};
use regex::bytes::{RegexSet, RegexSetBuilder};
use serde::Deserialize;
use serde_json::Value;
use std::sync::LazyLock;

/// The property that holds a user agent, in events whose registered properties have it.
pub(super) const USER_AGENT_PROPERTY: &str = "user_agent";

/// Programs of mail providers that load a message's pictures for a reader who may never open it, in lower
/// case.
const MAIL_PROXIES: [&str; 3] = ["googleimageproxy", "yahoomailproxy", "yahoocachesystem"];
/// All that Apple's mail proxy says of itself.
const BARE: &str = "mozilla/5.0";
/// What every browser's user agent begins with, in lower case.
const BROWSERS: [&str; 2] = ["mozilla/", "opera/"];

static MACHINES: LazyLock<Patterns> = LazyLock::new(|| {
    let list: List =
        serde_json::from_str(include_str!("../../data/agents.json")).unwrap_or_default();
    Patterns::of(list.patterns)
});

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
    fn of(patterns: Vec<String>) -> Self {
        let (around, plain): (Vec<String>, Vec<String>) = patterns.into_iter().partition(|it| {
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
    if lower.is_empty() || lower == BARE || MAIL_PROXIES.iter().any(|it| lower.contains(it)) {
        Agent::Unknown
    } else if MACHINES.match_any(agent) {
        Agent::Machine
    } else if BROWSERS.iter().any(|it| lower.starts_with(it)) {
        Agent::Human
    } else {
        Agent::Unknown
    }
}

/// Adds what the user agent in the properties is, unless the sender says it.
pub(super) fn note_agent(properties: &mut Properties) {
    let is_stated = |name| properties.get(name).is_some_and(|value| !value.is_null());
    let user_agent = properties
        .get(USER_AGENT_PROPERTY)
        .and_then(Value::as_str)
        .filter(|_| !is_stated(MACHINE_PROPERTY) && !is_stated(AGENT_PROPERTY));
    let Some(user_agent) = user_agent else {
        return;
    };
    let agent = agent_of(Some(user_agent));
    if agent == Agent::Machine {
        properties.insert(MACHINE_PROPERTY.to_owned(), true.into());
    }
    properties.insert(AGENT_PROPERTY.to_owned(), agent.as_str().into());
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
        assert_eq!(used, list.patterns.len());
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
