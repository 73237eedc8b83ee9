//! Short lists of ours, `data/our_channels.json`: what the list of referrers lacks or takes for something
//! else, and what no package has.

use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

pub(super) static OURS: LazyLock<Ours> = LazyLock::new(|| {
    let text = include_str!("../../../../data/our_channels.json");
    serde_json::from_str(text).unwrap_or_default()
});

#[derive(Deserialize, Default)]
pub(super) struct Ours {
    /// Hosts and apps by their channel.
    pub(super) referrers: BTreeMap<String, BTreeSet<String>>,
    /// Sites that people are sent to for a moment and come back from, by what they do there.
    pub(super) excluded_referrers: BTreeMap<String, BTreeSet<String>>,
    pub(super) labels: Labels,
    /// Parameters that advertisers' systems add to the links of advertisements.
    pub(super) click_ids: BTreeSet<String>,
}

/// What hosts are for, by the name that they have in their site.
#[derive(Deserialize, Default)]
pub(super) struct Labels {
    pub(super) mail: BTreeSet<String>,
    /// To sign in or to pay, from where people come back.
    pub(super) passing: BTreeSet<String>,
    /// Hosts within a search engine's domain that search too. Its others are mail, documents, accounts.
    pub(super) search: BTreeSet<String>,
}
