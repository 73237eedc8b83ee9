//! Wallets that are known to be one person's: one that was referred by another of the same person, or
//! whose person had registered before and is no new customer.

use super::{Scene, Suspicions, evidence::Evidence, suspect, unless_score};
use crate::{automation::referral::facts::Member, refusal::Refusal, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Looks for wallets of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergedPersons {
    /// The score when the referrer is the referred.
    pub same: u8,
    /// The score when the referred's person had registered before.
    pub known: u8,
}

impl MergedPersons {
    pub(super) fn validate(&self) -> Result<(), Refusal> {
        unless_score("same", self.same)?;
        unless_score("known", self.known)
    }

    pub(super) fn look(&self, scene: &Scene) -> Suspicions {
        let members = &scene.facts.members;
        // Of wallets that registered in one moment, the order of their pseudonyms makes one the first.
        let mut firsts = BTreeMap::<Uuid, (Timestamp, &str)>::new();
        for (wallet, member) in members {
            let registered = (member.registered_at, wallet.as_str());
            let first = firsts.entry(member.person).or_insert(registered);
            *first = registered.min(*first);
        }
        let mut suspicions = Suspicions::new();
        for (referrer, referred, member) in scene.facts.referred() {
            let person = member.person;
            if members.get(referrer).map(|it: &Member| it.person) == Some(person) {
                let evidence = Evidence::SamePerson { person };
                suspect(&mut suspicions, referred, self.same, evidence);
            }
            if let Some((registered_at, first)) = firsts.get(&person)
                && *first != referred
            {
                let evidence = Evidence::KnownBefore {
                    person,
                    member: (*first).to_owned(),
                    registered_at: *registered_at,
                };
                suspect(&mut suspicions, referred, self.known, evidence);
            }
        }
        suspicions
    }
}
