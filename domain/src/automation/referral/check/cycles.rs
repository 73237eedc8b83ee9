//! Circles of referrals, of any length: persons who all were referred, directly or not, by each
//! other. The chain refuses wallets that refer each other; persons have several wallets.
//!
//! These are the strongly connected components of the graph of persons, by Kosaraju and Sharir (1981):
//! petgraph's of Tarjan (1972) calls itself along each path, and paths here are as long as strangers
//! make them. A person who refers themselves is no circle: [`super::merged_persons`] sees that.

use super::{
    Scene, Suspicions,
    evidence::{Evidence, shown},
    suspect, unless_score,
};
use crate::refusal::Refusal;
use petgraph::{algo::kosaraju_scc, graph::DiGraph};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Looks for circles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cycles {
    /// The score of a referral within one.
    pub score: u8,
}

impl Cycles {
    pub(super) fn validate(&self) -> Result<(), Refusal> {
        unless_score("score", self.score)
    }

    pub(super) fn look(&self, scene: &Scene) -> Suspicions {
        let referrals: Vec<(&str, Uuid, Uuid)> = scene
            .facts
            .referred()
            .filter_map(|(referrer, referred, member)| {
                let referrer = scene.facts.members.get(referrer)?;
                Some((referred, referrer.person, member.person))
            })
            .collect();
        let circles = circles(referrals.iter().map(|(_, from, to)| (*from, *to)));
        let numbered = circles.iter().enumerate();
        let number_of: BTreeMap<Uuid, usize> = numbered
            .flat_map(|(number, circle)| circle.iter().map(move |person| (*person, number)))
            .collect();
        let mut suspicions = Suspicions::new();
        for (referred, from, to) in referrals {
            let number = number_of
                .get(&from)
                .filter(|it| number_of.get(&to) == Some(*it));
            if let Some(circle) = number.and_then(|it| circles.get(*it))
                && from != to
            {
                let evidence = Evidence::Circle {
                    persons: shown(circle.iter().copied()),
                    count: circle.len(),
                };
                suspect(&mut suspicions, referred, self.score, evidence);
            }
        }
        suspicions
    }
}

/// The circles among persons, from pairs of one who referred and one who was referred.
fn circles(referrals: impl Iterator<Item = (Uuid, Uuid)>) -> Vec<BTreeSet<Uuid>> {
    let mut graph = DiGraph::<Uuid, ()>::new();
    let mut nodes = BTreeMap::new();
    for (from, to) in referrals {
        let [from, to] = [from, to].map(|person| {
            *nodes
                .entry(person)
                .or_insert_with(|| graph.add_node(person))
        });
        graph.add_edge(from, to, ());
    }
    let components = kosaraju_scc(&graph).into_iter();
    components
        .filter(|component| component.len() > 1)
        .map(|component| component.into_iter().map(|node| graph[node]).collect())
        .collect()
}
