//! A company's profiles on networks, from the links of its page.
//!
//! What structured data calls the same as the company is believed. Else a link counts if it is the only
//! profile of its network on the page: of two on one page, one at least is another's.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// Longest handle.
const MAX_HANDLE_CHARS: usize = 100;

/// A network on which companies have profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "networks by their names")]
pub enum Network {
    Discord,
    Facebook,
    Github,
    Instagram,
    Linkedin,
    Medium,
    Reddit,
    Telegram,
    X,
    Youtube,
}

/// A company's profile on a network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Profile {
    /// Which network.
    pub network: Network,
    /// Where it stands there, as in `company/example`.
    pub path: String,
}

/// How a network writes the addresses of profiles.
struct Shape {
    network: Network,
    /// Its hosts, without `www.`; the first is used to write an address.
    hosts: &'static [&'static str],
    /// What stands before a handle; empty if it stands first.
    before: &'static [&'static str],
    /// What stands first and is no handle.
    never: &'static [&'static str],
}

const fn shape(
    network: Network,
    hosts: &'static [&'static str],
    before: &'static [&'static str],
    never: &'static [&'static str],
) -> Shape {
    Shape {
        network,
        hosts,
        before,
        never,
    }
}

/// Profiles of people, as under `linkedin.com/in`, are left out.
const SHAPES: [Shape; 11] = [
    shape(Network::Discord, &["discord.gg"], &[], &[]),
    shape(Network::Discord, &["discord.com"], &["invite"], &[]),
    shape(
        Network::Facebook,
        &["facebook.com", "fb.com"],
        &[],
        &[
            "dialog",
            "events",
            "groups",
            "help",
            "login",
            "people",
            "pages",
            "plugins",
            "policies",
            "privacy",
            "profile.php",
            "share",
            "share.php",
            "sharer",
            "sharer.php",
            "tr",
            "watch",
        ],
    ),
    shape(
        Network::Github,
        &["github.com"],
        &[],
        &[
            "about",
            "apps",
            "customer-stories",
            "enterprise",
            "explore",
            "features",
            "issues",
            "login",
            "marketplace",
            "orgs",
            "pricing",
            "search",
            "security",
            "site",
            "sponsors",
            "topics",
        ],
    ),
    shape(
        Network::Instagram,
        &["instagram.com"],
        &[],
        &[
            "accounts", "explore", "p", "reel", "reels", "share", "stories", "tv",
        ],
    ),
    shape(
        Network::Linkedin,
        &["linkedin.com"],
        &["company", "school", "showcase"],
        &[],
    ),
    shape(
        Network::Medium,
        &["medium.com"],
        &[],
        &["about", "m", "me", "p", "policy", "tag"],
    ),
    shape(Network::Reddit, &["reddit.com"], &["r"], &[]),
    shape(
        Network::Telegram,
        &["t.me", "telegram.me"],
        &[],
        &["addstickers", "c", "iv", "joinchat", "proxy", "s", "share"],
    ),
    shape(
        Network::X,
        &["x.com", "twitter.com"],
        &[],
        &[
            "compose", "explore", "hashtag", "home", "i", "intent", "login", "privacy", "search",
            "share", "tos",
        ],
    ),
    shape(
        Network::Youtube,
        &["youtube.com"],
        &["c", "channel", "user"],
        &[],
    ),
];

impl Profile {
    /// Its address.
    pub fn url(&self) -> String {
        let mut shapes = SHAPES.iter().filter(|it| it.network == self.network);
        let host = shapes.find_map(|it| it.hosts.first()).unwrap_or(&"");
        format!("https://{host}/{}", self.path)
    }
}

/// The profile that an address shows, if it shows a company's.
pub fn profile_of(address: &str) -> Option<Profile> {
    let address = address.strip_prefix("//").map_or_else(
        || address.to_owned(),
        |without_scheme| format!("https://{without_scheme}"),
    );
    let url = Url::parse(&address).ok()?;
    let host = url
        .host_str()
        .filter(|_| ["http", "https"].contains(&url.scheme()))?;
    // Countries and small screens have hosts of their own.
    let is_of = |known: &str| {
        let before = host.strip_suffix(known);
        before.is_some_and(|it| {
            ["", "www.", "m.", "mobile."].contains(&it) || (it.len() == 3 && it.ends_with('.'))
        })
    };
    let path: Vec<&str> = url.path_segments()?.filter(|it| !it.is_empty()).collect();
    let mut shapes = SHAPES.iter();
    let shape = shapes.find(|it| it.hosts.iter().any(|known| is_of(known)))?;
    let first = path.first()?;
    let named = first.to_ascii_lowercase();
    let path = if shape.before.contains(&named.as_str()) {
        format!("{named}/{}", handle(path.get(1)?)?)
    } else if shape.network == Network::Youtube && first.starts_with('@') || shape.before.is_empty()
    {
        handle(first)
            .filter(|_| !shape.never.contains(&named.as_str()))?
            .to_owned()
    } else {
        return None;
    };
    let network = shape.network;
    Some(Profile { network, path })
}

fn handle(text: &str) -> Option<&str> {
    let good = |it: char| it.is_ascii_alphanumeric() || "-_.@".contains(it);
    let named = text.chars().any(|it| it.is_ascii_alphanumeric());
    (named && text.len() <= MAX_HANDLE_CHARS && text.chars().all(good)).then_some(text)
}

/// The company's profiles, at most one a network.
pub(super) fn profiles<'a>(
    stated: impl Iterator<Item = &'a String>,
    links: impl Iterator<Item = &'a String>,
) -> Vec<Profile> {
    let mut found: BTreeMap<Network, Profile> = BTreeMap::new();
    for profile in stated.filter_map(|it| profile_of(it)) {
        found.entry(profile.network).or_insert(profile);
    }
    let mut linked: BTreeMap<Network, (Profile, BTreeSet<String>)> = BTreeMap::new();
    for profile in links.filter_map(|it| profile_of(it)) {
        let spelling = profile.path.to_ascii_lowercase();
        let entry = linked.entry(profile.network);
        let (_, spellings) = entry.or_insert((profile, BTreeSet::new()));
        spellings.insert(spelling);
    }
    for (network, (profile, spellings)) in linked {
        if spellings.len() == 1 {
            found.entry(network).or_insert(profile);
        }
    }
    found.into_values().collect()
}
