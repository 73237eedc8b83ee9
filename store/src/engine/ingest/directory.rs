//! Whom events belong to, decided for a batch at once before anything is written.
//!
//! An anonymous person that turns out to be somebody becomes them. Two people who are both known by
//! more than a browser never become one by an event: a shared browser, or somebody who gives
//! another's name, must not mix them.

use super::super::person::{IdentifierKey, Known, NewIdentifier, NewPerson};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tessera_domain::identity::{IdentifierKind, Link, PersonFacts, Proof, decide_link};
use uuid::Uuid;

/// What is known, and what the batch adds to it.
pub(super) struct Directory {
    known: HashMap<IdentifierKey, Known>,
    proof: Proof,
    changes: Changes,
}

/// What is to be written.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) people: Vec<NewPerson>,
    pub(super) identifiers: Vec<NewIdentifier>,
    /// Canonical people who are more than browsers from now on.
    pub(super) identified: Vec<Uuid>,
    /// Winner and loser, in order.
    pub(super) merges: Vec<(Uuid, Uuid)>,
    /// Who each person that the batch touches was before it.
    canonical: BTreeMap<Uuid, Uuid>,
}

impl Changes {
    /// Canonical people before the merges: those to lock.
    pub(super) fn canonical_before(&self) -> Vec<Uuid> {
        let mut people: BTreeSet<Uuid> = self.canonical.values().copied().collect();
        people.extend(
            self.merges
                .iter()
                .flat_map(|(winner, loser)| [*winner, *loser]),
        );
        people.into_iter().collect()
    }

    /// Who a person is after the merges.
    pub(super) fn canonical(&self, person: Uuid) -> Uuid {
        let before = self.canonical.get(&person).copied().unwrap_or(person);
        self.merges
            .iter()
            .fold(before, |canonical, (winner, loser)| {
                if canonical == *loser {
                    *winner
                } else {
                    canonical
                }
            })
    }
}

impl Directory {
    pub(super) fn new(known: HashMap<IdentifierKey, Known>, proof: Proof) -> Self {
        Self {
            known,
            proof,
            changes: Changes::default(),
        }
    }

    pub(super) fn into_changes(self) -> Changes {
        self.changes
    }

    /// The person to whom an event with these identifiers, the anonymous one first, belongs.
    pub(super) fn place(
        &mut self,
        identifiers: &[IdentifierKey],
        at: DateTime<Utc>,
        new_id: &mut impl FnMut() -> Uuid,
    ) -> Uuid {
        let mut person = None;
        if let [anonymous, named] = identifiers
            && anonymous.kind == IdentifierKind::Anonymous
        {
            person = Some(self.link(anonymous, named, at, new_id));
        }
        let known = match (person, identifiers.last()) {
            (Some(known), _) => known,
            (None, Some(identifier)) => match self.known.get(identifier) {
                Some(known) => *known,
                None => self.add(identifier, at, new_id),
            },
            (None, None) => self.new_person(false, at, new_id),
        };
        self.changes.canonical.insert(known.person, known.canonical);
        known.person
    }

    /// Whom `named` is of; `anonymous` becomes them unless it is somebody else.
    fn link(
        &mut self,
        anonymous: &IdentifierKey,
        named: &IdentifierKey,
        at: DateTime<Utc>,
        new_id: &mut impl FnMut() -> Uuid,
    ) -> Known {
        match (self.now(anonymous), self.now(named)) {
            (None, Some(known)) => {
                self.attach(anonymous, known);
                known
            }
            (Some(browser), None) if !browser.identified => {
                let known = Known {
                    identified: true,
                    ..browser
                };
                self.attach(named, known);
                self.changes
                    .identified
                    .extend([known.person, known.canonical]);
                self.replace(browser.canonical, browser.canonical);
                known
            }
            (None, None) => {
                let known = self.add(named, at, new_id);
                self.attach(anonymous, known);
                known
            }
            // The browser is somebody else's as well.
            (Some(_), None) => self.add(named, at, new_id),
            (Some(browser), Some(known)) => {
                let decided = decide_link(&facts(browser), &facts(known), self.proof);
                if let Link::Merge { winner, loser } = decided {
                    self.changes.merges.push((winner, loser));
                    self.replace(loser, winner);
                }
                known
            }
        }
    }

    /// What is known of an identifier after the batch so far.
    fn now(&self, key: &IdentifierKey) -> Option<Known> {
        self.known.get(key).copied()
    }

    /// Whoever was `loser` is `winner` now, and more than a browser.
    fn replace(&mut self, loser: Uuid, winner: Uuid) {
        for entry in self
            .known
            .values_mut()
            .filter(|entry| entry.canonical == loser)
        {
            entry.canonical = winner;
            entry.identified = true;
        }
    }

    fn add(
        &mut self,
        key: &IdentifierKey,
        at: DateTime<Utc>,
        new_id: &mut impl FnMut() -> Uuid,
    ) -> Known {
        let known = self.new_person(key.kind != IdentifierKind::Anonymous, at, new_id);
        self.attach(key, known);
        known
    }

    fn attach(&mut self, key: &IdentifierKey, known: Known) {
        self.changes.identifiers.push(NewIdentifier {
            key: key.clone(),
            person: known.person,
            sealed: None,
        });
        self.known.insert(key.clone(), known);
    }

    fn new_person(
        &mut self,
        identified: bool,
        at: DateTime<Utc>,
        new_id: &mut impl FnMut() -> Uuid,
    ) -> Known {
        let id = new_id();
        self.changes.people.push(NewPerson {
            id,
            identified,
            first_seen: at,
        });
        Known {
            person: id,
            canonical: id,
            identified,
            first_seen: at,
        }
    }
}

fn facts(known: Known) -> PersonFacts {
    let kind = if known.identified {
        IdentifierKind::User
    } else {
        IdentifierKind::Anonymous
    };
    PersonFacts {
        id: known.canonical,
        created_at: known.first_seen.into(),
        kinds: [kind].into(),
    }
}
