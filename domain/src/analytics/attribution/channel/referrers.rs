//! What the hosts are that people come from. The list is `data/referrers.json`, of the package that it
//! names, which `scripts/renew-lists` renews, with corrections of ours.

use super::{
    EMAIL, ORGANIC, PAID, REFERRAL, SOCIAL,
    host::{and_parents, registrable},
    ours::OURS,
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
    let ours = OURS.referrers.iter().flat_map(|(channel, hosts)| {
        let channel = channel_of_role(channel);
        hosts.iter().map(move |host| (host.clone(), channel))
    });
    roles.chain(ours).collect()
});

#[derive(Deserialize, Default)]
struct List {
    roles: HashMap<String, Vec<String>>,
}

fn channel_of_role(role: &str) -> &'static str {
    match role {
        "email" => EMAIL,
        "paid" => PAID,
        "organic" | "search" => ORGANIC,
        "social" => SOCIAL,
        _ => REFERRAL,
    }
}

/// The channel of a host that is not the organisation's; none where people sign in or pay. Hosts in a
/// listed domain are what the domain is, except that a search engine's whole domain is more than its
/// search, and that hosts for mail, for signing in and for paying are known by their names.
pub(super) fn channel(host: &str) -> Option<&'static str> {
    let site = registrable(host);
    let parents = || {
        let parents = and_parents(host).skip(1);
        parents.take_while(|parent| parent.len() >= site.len())
    };
    // Deeper names are anybody's: `mail.google.com.evil.example`.
    let is_known = |parent: &&str| *parent == site || LISTED.contains_key(*parent);
    let name = parents()
        .next()
        .filter(is_known)
        .and(host.split('.').next());
    if name.is_some_and(|it| OURS.labels.passing.contains(it)) {
        return None;
    }
    if let Some(&channel) = LISTED.get(host) {
        return Some(channel);
    }
    if name.is_some_and(|it| OURS.labels.mail.contains(it)) {
        return Some(EMAIL);
    }
    let listed = parents().find_map(|parent| Some((parent, *LISTED.get(parent)?)));
    Some(listed.map_or(REFERRAL, |(parent, channel)| {
        let below = host
            .strip_suffix(parent)
            .and_then(|it| it.strip_suffix('.'));
        let searches = below.is_some_and(|it| OURS.labels.search.contains(it))
            || parent != site && parent.split('.').any(|it| it == "search");
        if channel == ORGANIC && !searches {
            REFERRAL
        } else {
            channel
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_read() {
        assert!(LISTED.len() > 1_000);
        assert_eq!(LISTED.get("google.com"), Some(&ORGANIC));
        assert_eq!(LISTED.get("tiktok.com"), Some(&SOCIAL));
    }
}
