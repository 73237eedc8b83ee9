//! Wallets that have something in common which usually is one person's: between the referrer and the
//! referred, or among many who were referred, no matter by how many.

use super::{
    Scene, Suspicions,
    evidence::{Evidence, shown},
    suspect, unless_score,
};
use crate::{automation::referral::facts::Member, refusal::Refusal, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most values that are left out.
const MAX_EXCEPT: usize = 1_000;

/// Looks for what wallets have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// The score when the referrer has one in common with the referred.
    pub pair: u8,
    /// How many who were referred are many.
    pub many: u32,
    /// The score when as many have one in common.
    pub among_many: u8,
    /// Those that many strangers share, as an exchange's wallet or a library's computer: they say
    /// nothing.
    #[serde(default)]
    pub except: BTreeSet<String>,
}

impl Shared {
    pub(super) fn validate(&self) -> Result<(), Refusal> {
        unless_score("pair", self.pair)?;
        Refusal::unless_number("many", self.many, 2..=1_000_000)?;
        unless_score("among_many", self.among_many)?;
        Refusal::unless_count("except", self.except.len(), 0..=MAX_EXCEPT, "values")
    }

    /// Looks at what `of` says of each wallet.
    pub(super) fn look(
        &self,
        scene: &Scene,
        of: fn(&Member) -> &BTreeMap<String, Timestamp>,
    ) -> Suspicions {
        let mut suspicions = Suspicions::new();
        let mut users = BTreeMap::<&str, Vec<&str>>::new();
        for (referrer, referred, member) in scene.facts.referred() {
            let values = of(member).keys().filter(|it| !self.except.contains(*it));
            let theirs = scene.facts.members.get(referrer).map(of);
            let mut common = Vec::new();
            for value in values {
                users.entry(value).or_default().push(referred);
                if theirs.is_some_and(|theirs| theirs.contains_key(value)) {
                    common.push(value.clone());
                }
            }
            if !common.is_empty() {
                let evidence = Evidence::InCommon {
                    count: common.len(),
                    values: shown(common),
                };
                suspect(&mut suspicions, referred, self.pair, evidence);
            }
        }
        let many = usize::try_from(self.many).unwrap_or(usize::MAX);
        for (value, members) in users.into_iter().filter(|(_, it)| it.len() >= many) {
            let evidence = Evidence::AmongMany {
                value: value.to_owned(),
                members: shown(members.iter().map(|it| (*it).to_owned())),
                count: members.len(),
            };
            for referred in members {
                suspect(&mut suspicions, referred, self.among_many, evidence.clone());
            }
        }
        suspicions
    }
}
