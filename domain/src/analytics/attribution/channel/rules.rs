//! An organisation's rules of channels. Versioned data, as JSON.

use super::{
    PAID, channel_name,
    host::{is_host, spellings, suffix_of},
    ours::OURS,
};
use crate::refusal::Refusal;
use psl::Type;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const OWN_HOSTS: &str = "own_hosts";

/// Most entries of each list.
pub const MAX_ENTRIES: usize = 500;

/// How the channel of an event is found. A host stands for all hosts in it too; where several match,
/// the longest counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelRules {
    /// The organisation's own hosts: coming from there is no arrival.
    pub own_hosts: BTreeSet<String>,
    /// Hosts that people come back from, such as payment and sign-in providers: no arrival either, as
    /// with hosts that are named for it, like `login.` and `checkout.`, unless `referrers` has them.
    pub excluded_referrers: BTreeSet<String>,
    /// Channels of further hosts, or others than the known list gives them.
    pub referrers: BTreeMap<String, String>,
    /// Parameters of links that advertisers' systems add, and the channel that each means.
    pub click_ids: BTreeMap<String, String>,
}

impl Default for ChannelRules {
    fn default() -> Self {
        Self {
            own_hosts: BTreeSet::new(),
            excluded_referrers: OURS
                .excluded_referrers
                .values()
                .flatten()
                .cloned()
                .collect(),
            referrers: BTreeMap::new(),
            click_ids: OURS
                .click_ids
                .iter()
                .map(|id| (id.clone(), PAID.to_owned()))
                .collect(),
        }
    }
}

impl ChannelRules {
    /// Checks the rules, before they are stored.
    ///
    /// # Errors
    /// The first entry that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        for (field, entries) in [
            (OWN_HOSTS, self.own_hosts.len()),
            ("excluded_referrers", self.excluded_referrers.len()),
            ("referrers", self.referrers.len()),
            ("click_ids", self.click_ids.len()),
        ] {
            Refusal::unless_count(field, entries, 0..=MAX_ENTRIES, "entries")?;
        }
        let hosts = [
            (OWN_HOSTS, &self.own_hosts),
            ("excluded_referrers", &self.excluded_referrers),
        ];
        for (field, hosts) in hosts {
            hosts.iter().try_for_each(|host| check_host(field, host))?;
        }
        for (host, channel) in &self.referrers {
            check_host("referrers", host)?;
            check_channel("referrers", channel)?;
        }
        for (id, channel) in &self.click_ids {
            let good = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
            if !(1..=64).contains(&id.len()) || !id.bytes().all(good) {
                let rule = "must have names of 1 to 64 of a-z, A-Z, 0-9, _, - and .";
                return Err(Refusal::new("click_ids", rule));
            }
            check_channel("click_ids", channel)?;
        }
        Ok(())
    }

    /// Whether the host is the organisation's own.
    pub(super) fn owns(&self, host: &str) -> bool {
        spellings(host).any(|it| self.own_hosts.contains(it.as_ref()))
    }

    /// What the rules say of a host: its channel, or none where it is excluded. None at all when they
    /// do not mention it.
    pub(super) fn stated_for(&self, host: &str) -> Option<Option<&str>> {
        spellings(host).find_map(|it| match self.referrers.get(it.as_ref()) {
            Some(channel) => Some(Some(channel.as_str())),
            None => self
                .excluded_referrers
                .contains(it.as_ref())
                .then_some(None),
        })
    }
}

fn check_host(field: &str, host: &str) -> Result<(), Refusal> {
    if !is_host(host) {
        let rule = "must have hosts in lower case and NFC, without scheme, port, path and www.";
        return Err(Refusal::new(field, rule));
    }
    // Under a suffix of companies, such as `github.io`, are sites of one kind, but not one's own.
    let suffix = suffix_of(host);
    if suffix == Some(Type::Icann) || suffix.is_some() && field == OWN_HOSTS {
        let rule = "must have no public suffix, under which sites of others lie";
        return Err(Refusal::new(field, rule));
    }
    Ok(())
}

fn check_channel(field: &str, channel: &str) -> Result<(), Refusal> {
    if channel_name(channel).as_deref() == Some(channel) {
        return Ok(());
    }
    let rule = "must have channels in lower case, of at most 64 characters";
    Err(Refusal::new(field, rule))
}
