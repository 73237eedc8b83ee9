//! What the hosts are that people come from. The list is `data/referrers.json`, of the package that it
//! names, and `scripts/renew-lists` renews it.

use super::{
    EMAIL, ORGANIC, PAID, REFERRAL, SOCIAL,
    host::{and_parents, registrable},
};
use serde::Deserialize;
use std::{collections::HashMap, sync::LazyLock};

static LISTED: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let text = include_str!("../../../../data/referrers.json");
    let list: List = serde_json::from_str(text).unwrap_or_default();
    let roles = list.roles.into_iter().flat_map(|(role, hosts)| {
        let channel = channel_of_role(&role);
        hosts.into_iter().map(move |host| (host, channel))
    });
    let ours = OURS.into_iter().flat_map(|(channel, hosts)| {
        let hosts = hosts.iter();
        hosts.map(move |host| ((*host).to_owned(), channel))
    });
    roles.chain(ours).collect()
});

#[derive(Deserialize, Default)]
struct List {
    roles: HashMap<String, Vec<String>>,
}

/// What the list lacks, and what it takes for a search engine or a social network and is none, as of
/// November 2026.
const OURS: [(&str, &[&str]); 4] = [
    (
        EMAIL,
        &[
            "app.fastmail.com",
            "app.hey.com",
            "mail.proton.me",
            "outlook.com",
            "outlook.office.com",
            "outlook.office365.com",
        ],
    ),
    (
        ORGANIC,
        &[
            "cn.bing.com",
            "kagi.com",
            "mojeek.com",
            "noai.duckduckgo.com",
            "presearch.com",
            "qwant.com",
            "safe.duckduckgo.com",
            "start.duckduckgo.com",
            "startpage.com",
            "swisscows.com",
            "ya.ru",
            "yandex.com.tr",
            "yandex.kz",
        ],
    ),
    (
        REFERRAL,
        &[
            "alexa.com",
            "amazon.com",
            "github.com",
            "login.live.com",
            "mail.ru",
            "news.baidu.com",
            "sourceforge.net",
            "stackoverflow.com",
            "tieba.baidu.com",
            "zhidao.baidu.com",
        ],
    ),
    (
        SOCIAL,
        &[
            "discord.com",
            "digg.com",
            "farcaster.xyz",
            "t.me",
            "threads.net",
            "warpcast.com",
        ],
    ),
];

/// Hosts within a search engine's domain that search too. Its others are mail, documents, accounts.
const SEARCHING: [&str; 7] = [
    "encrypted",
    "html",
    "image",
    "images",
    "lite",
    "m",
    "mobile",
];

fn channel_of_role(role: &str) -> &'static str {
    match role {
        "email" => EMAIL,
        "paid" => PAID,
        "search" => ORGANIC,
        "social" => SOCIAL,
        _ => REFERRAL,
    }
}

/// The channel of a host that is not the organisation's. Hosts in a listed domain are what the domain
/// is, except that a search engine's whole domain is more than its search.
pub(super) fn channel(host: &str) -> &'static str {
    if let Some(&channel) = LISTED.get(host) {
        return channel;
    }
    let site = registrable(host);
    and_parents(host)
        .skip(1)
        .take_while(|parent| parent.len() >= site.len())
        .find_map(|parent| Some((parent, *LISTED.get(parent)?)))
        .map_or(REFERRAL, |(parent, channel)| {
            let label = host
                .strip_suffix(parent)
                .and_then(|it| it.strip_suffix('.'));
            let searches = label.is_some_and(|label| SEARCHING.contains(&label));
            if channel == ORGANIC && parent == site && !searches {
                REFERRAL
            } else {
                channel
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_read() {
        assert!(LISTED.len() > 1_000);
        assert_eq!(LISTED.get("google.com"), Some(&ORGANIC));
    }
}
