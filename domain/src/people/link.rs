//! Decides whether two persons that turn out to share an event, a session or an identifier are
//! merged.
//!
//! A browser's visitor is merged into the person who signs in there. Two identified persons (by a
//! user id, an e-mail address or a wallet) are never merged automatically: an attacker who claims a
//! victim's id, or another user of a shared device, would take over the victim's person.

use super::IdentifierKind;
use crate::time::Timestamp;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What the rule needs to know of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonFacts {
    /// The canonical person's id.
    pub id: Uuid,
    /// When the person was first seen.
    pub created_at: Timestamp,
    /// Kinds of the identifiers that the person has.
    pub kinds: BTreeSet<IdentifierKind>,
}

impl PersonFacts {
    /// Whether the person is identified, not just a browser.
    pub fn is_identified(&self) -> bool {
        self.kinds
            .iter()
            .any(|kind| *kind != IdentifierKind::Anonymous)
    }
}

/// The proof for the claim that two persons are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A client's claim, under a write key that anyone can read in the page.
    Claimed,
    /// The session of one person has just proven the other's wallet or e-mail address.
    Possession,
    /// An administrator's decision.
    Admin,
}

/// The decision about two persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// They are already one person.
    Nothing,
    /// The loser's events count as the winner's from now on.
    Merge {
        /// The person who remains.
        winner: Uuid,
        /// The person who is merged into the winner.
        loser: Uuid,
    },
    /// They stay two persons. An event that names both belongs to the user's person.
    Refused(Refusal),
}

/// Why two persons are not merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Both are identified: only an administrator may merge them.
    BothIdentified,
    /// The claim is a user id, but the person is identified only by a wallet or an e-mail address.
    ProofNeeded,
    /// A person without any identifier, such as an erased one.
    NoIdentifier,
}

/// Decides on two persons, whatever their order. The identified one remains, otherwise the one seen
/// first, otherwise the one with the smaller id.
pub fn decide_link(a: &PersonFacts, b: &PersonFacts, proof: Proof) -> Link {
    if a.id == b.id {
        return Link::Nothing;
    }
    if a.kinds.is_empty() || b.kinds.is_empty() {
        return Link::Refused(Refusal::NoIdentifier);
    }
    let rank = |person: &PersonFacts| (!person.is_identified(), person.created_at, person.id);
    let (winner, loser) = if rank(a) < rank(b) { (a, b) } else { (b, a) };
    if proof != Proof::Admin {
        if loser.is_identified() {
            return Link::Refused(Refusal::BothIdentified);
        }
        let named = winner.kinds.contains(&IdentifierKind::User);
        if proof == Proof::Claimed && winner.is_identified() && !named {
            return Link::Refused(Refusal::ProofNeeded);
        }
    }
    Link::Merge {
        winner: winner.id,
        loser: loser.id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use IdentifierKind::{Anonymous, Email, User, Wallet};

    fn person(id: u128, created_at: i64, kinds: &[IdentifierKind]) -> PersonFacts {
        PersonFacts {
            id: Uuid::from_u128(id),
            created_at: Timestamp(created_at),
            kinds: kinds.iter().copied().collect(),
        }
    }

    /// The decision, checked to be the same in either order.
    fn decide(a: &PersonFacts, b: &PersonFacts, proof: Proof) -> Link {
        let link = decide_link(a, b, proof);
        assert_eq!(link, decide_link(b, a, proof));
        link
    }

    fn merge(winner: u128, loser: u128) -> Link {
        Link::Merge {
            winner: Uuid::from_u128(winner),
            loser: Uuid::from_u128(loser),
        }
    }

    #[test]
    fn nobody_takes_over_a_person_by_claiming_the_victims_id() {
        let refused = Link::Refused(Refusal::BothIdentified);
        for attacker in [&[User][..], &[Wallet], &[Email], &[Anonymous, User, Wallet]] {
            for victim in [&[User][..], &[Wallet], &[Email], &[Anonymous, User, Email]] {
                for proof in [Proof::Claimed, Proof::Possession] {
                    let (a, b) = (person(1, 5, attacker), person(2, 1, victim));
                    assert_eq!(decide(&a, &b, proof), refused);
                }
            }
        }
    }

    #[test]
    fn a_shared_device_keeps_its_second_user_apart() {
        let first = person(1, 1, &[Anonymous, User]);
        let second = person(2, 2, &[User]);
        assert_eq!(
            decide(&first, &second, Proof::Claimed),
            Link::Refused(Refusal::BothIdentified)
        );
    }

    #[test]
    fn a_claim_does_not_reach_a_person_known_by_wallet_or_mail_alone() {
        let visitor = person(1, 1, &[Anonymous]);
        for kind in [Wallet, Email] {
            let known = person(2, 2, &[kind]);
            assert_eq!(
                decide(&visitor, &known, Proof::Claimed),
                Link::Refused(Refusal::ProofNeeded)
            );
            assert_eq!(decide(&visitor, &known, Proof::Possession), merge(2, 1));
        }
    }

    #[test]
    fn an_erased_person_is_joined_to_nobody() {
        for proof in [Proof::Claimed, Proof::Possession, Proof::Admin] {
            assert_eq!(
                decide(&person(1, 1, &[]), &person(2, 1, &[User]), proof),
                Link::Refused(Refusal::NoIdentifier)
            );
        }
    }

    #[test]
    fn a_visitor_becomes_the_one_who_is_somebody_however_new() {
        let visitor = person(1, 1, &[Anonymous]);
        let user = person(2, 9, &[User]);
        assert_eq!(decide(&visitor, &user, Proof::Claimed), merge(2, 1));
        assert_eq!(decide(&visitor, &visitor, Proof::Claimed), Link::Nothing);
    }

    #[test]
    fn among_equals_the_older_stays_then_the_smaller_id() {
        let [old, new] = [person(2, 1, &[Anonymous]), person(1, 2, &[Anonymous])];
        assert_eq!(decide(&old, &new, Proof::Claimed), merge(2, 1));
        let same_age = person(3, 1, &[Anonymous]);
        assert_eq!(decide(&old, &same_age, Proof::Claimed), merge(2, 3));
    }

    #[test]
    fn an_administrator_joins_two_wallets_of_one_lead() {
        let [old, new] = [person(2, 1, &[Wallet]), person(1, 2, &[User, Wallet])];
        assert_eq!(decide(&old, &new, Proof::Admin), merge(2, 1));
    }
}
