//! Lists of mail hosts that are no company's own: `data/disposable_mail.json`, of the package that it names,
//! which `scripts/renew-lists` renews, and `data/our_mail.json` of providers and relays, kept by hand.

use serde::Deserialize;
use std::{collections::BTreeSet, sync::LazyLock};

#[derive(Deserialize, Default)]
pub(super) struct Disposable {
    pub(super) hosts: BTreeSet<String>,
}

/// Hosts that give anybody an address.
#[derive(Deserialize, Default)]
pub(super) struct Ours {
    /// Providers of mailboxes for people.
    pub(super) free: BTreeSet<String>,
    /// Services that pass mail on to an address that they hide.
    pub(super) relays: BTreeSet<String>,
}

pub(super) static DISPOSABLE: LazyLock<Disposable> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../data/disposable_mail.json")).unwrap_or_default()
});

pub(super) static OURS: LazyLock<Ours> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../data/our_mail.json")).unwrap_or_default()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_host_is_in_two_lists_and_each_is_in_its_one_spelling() {
        assert!(DISPOSABLE.hosts.len() > 5_000);
        assert!(OURS.free.len() > 150);
        assert!(OURS.relays.len() > 5);
        let lists = [&DISPOSABLE.hosts, &OURS.free, &OURS.relays];
        for (index, list) in lists.iter().enumerate() {
            for other in &lists[index + 1..] {
                assert_eq!(list.intersection(other).next(), None);
            }
            for host in *list {
                assert_eq!(*host, host.to_ascii_lowercase().trim(), "{host}");
                assert!(host.contains('.'), "{host}");
            }
        }
    }
}
