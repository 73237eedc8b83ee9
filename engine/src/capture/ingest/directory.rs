//! The people that events belong to, decided for a whole batch before anything is written.
//!
//! An anonymous person who is then identified becomes the identified one. Two people who are both
//! known by more than a browser never become one by an event: a shared browser, or a visitor who
//! gives another's name, must not mix them.
//!
//! The organisation vouches for user ids and addresses that its own server states, the chain for the wallets
//! that it shows. A page claims what it likes, and a wallet that only signs in costs nothing to make.

use crate::{Error, Result};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tessera_domain::people::{IdentifierKind, Link, PersonFacts, Proof, decide_link};
use tessera_store::{
    capture::event::EventSource,
    people::person::{IdentifierKey, Known, NewIdentifier, NewPerson},
};
use uuid::Uuid;

/// What is known, and what the batch adds to it.
pub(super) struct Directory {
    known: HashMap<IdentifierKey, Known>,
    proof: Proof,
    source: EventSource,
    changes: Changes,
}

/// What is to be written.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) people: Vec<NewPerson>,
    pub(super) identifiers: Vec<NewIdentifier>,
    /// Known identifiers that are vouched for from now on.
    pub(super) vouched: Vec<IdentifierKey>,
    /// Canonical people who are known by more than a browser from now on.
    pub(super) identified: Vec<Uuid>,
    /// Canonical people that the batch takes for mere browsers.
    pub(super) browsers: Vec<Uuid>,
    /// Winner and loser, in order.
    pub(super) merges: Vec<(Uuid, Uuid)>,
    /// Browsers of identified people by which others were named, with these others.
    pub(super) shared_browsers: Vec<([u8; 32], Uuid)>,
    /// Who each person that the batch touches was before it.
    canonical: BTreeMap<Uuid, Uuid>,
    /// When each of them was first seen.
    seen_since: BTreeMap<Uuid, DateTime<Utc>>,
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

    /// Whether a person was not seen before `at`.
    pub(super) fn is_first_seen(&self, person: Uuid, at: DateTime<Utc>) -> bool {
        self.seen_since
            .get(&person)
            .is_some_and(|since| at < *since)
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
    pub(super) fn new(
        known: HashMap<IdentifierKey, Known>,
        proof: Proof,
        source: EventSource,
    ) -> Self {
        Self {
            known,
            proof,
            source,
            changes: Changes::default(),
        }
    }

    pub(super) fn into_changes(self) -> Changes {
        self.changes
    }

    /// The person that an event with these identifiers belongs to: that of the last one. The others
    /// become theirs too, unless they belong to another identified person.
    ///
    /// # Errors
    /// [`Error::TwoPeople`] when two of them name two identified people.
    pub(super) fn place(
        &mut self,
        identifiers: &[IdentifierKey],
        at: DateTime<Utc>,
        new_id: &mut impl FnMut() -> Uuid,
    ) -> Result<Uuid> {
        let Some((named, others)) = identifiers.split_last() else {
            return Ok(self.new_person(false, at, new_id).person);
        };
        for other in others {
            self.link(other, named, at, new_id)?;
        }
        let known = match self.now(named) {
            Some(known) => known,
            None => self.add(named, at, new_id),
        };
        self.changes.canonical.insert(known.person, known.canonical);
        self.changes
            .seen_since
            .insert(known.person, known.seen_since);
        for key in identifiers {
            self.vouch(key);
        }
        Ok(known.person)
    }

    /// Whether the batch vouches for identifiers of a kind.
    fn vouches_for(&self, kind: IdentifierKind) -> bool {
        match kind {
            IdentifierKind::Anonymous => false,
            IdentifierKind::User | IdentifierKind::Email => self.proof != Proof::Claimed,
            IdentifierKind::Wallet => self.source == EventSource::Chain,
        }
    }

    /// Notes of an identifier that was known before that it is vouched for now.
    fn vouch(&mut self, key: &IdentifierKey) {
        if !self.vouches_for(key.kind) {
            return;
        }
        if let Some(known) = self.known.get_mut(key).filter(|known| !known.vouched) {
            known.vouched = true;
            self.changes.vouched.push(key.clone());
        }
    }

    /// Gives `other` to the person of `named`, unless it belongs to another identified person.
    fn link(
        &mut self,
        other: &IdentifierKey,
        named: &IdentifierKey,
        at: DateTime<Utc>,
        new_id: &mut impl FnMut() -> Uuid,
    ) -> Result<()> {
        let is_browser = other.kind == IdentifierKind::Anonymous;
        match (self.now(other), self.now(named)) {
            (None, Some(known)) => self.attach(other, known),
            (None, None) => {
                let known = self.add(named, at, new_id);
                self.attach(other, known);
            }
            // The browser of an identified person may be a shared one.
            (Some(known), None) if is_browser && known.identified => {
                let by_name = self.add(named, at, new_id);
                self.share(other, by_name);
            }
            (Some(known), None) => {
                self.take_for_granted(known);
                self.attach(named, known);
                self.changes
                    .identified
                    .extend([known.person, known.canonical]);
                self.replace(known.canonical, known.canonical);
            }
            (Some(known), Some(by_name)) => {
                match decide_link(&facts(known), &facts(by_name), self.proof) {
                    Link::Merge { winner, loser } => {
                        self.take_for_granted(known);
                        self.take_for_granted(by_name);
                        self.changes.merges.push((winner, loser));
                        self.replace(loser, winner);
                    }
                    Link::Refused(_) if !is_browser => return Err(Error::TwoPeople),
                    Link::Refused(_) => self.share(other, by_name),
                    Link::Nothing => {}
                }
            }
        }
        Ok(())
    }

    /// Notes that a browser stays another person's.
    fn share(&mut self, browser: &IdentifierKey, by_name: Known) {
        let shared = (browser.digest, by_name.person);
        self.changes.shared_browsers.push(shared);
    }

    /// A mere browser must still be one when locked: another transaction may identify or merge the
    /// person meanwhile.
    fn take_for_granted(&mut self, known: Known) {
        if !known.identified {
            self.changes.browsers.push(known.canonical);
        }
    }

    /// What is known of an identifier after the batch so far.
    fn now(&self, key: &IdentifierKey) -> Option<Known> {
        self.known.get(key).copied()
    }

    /// Replaces `loser` by `winner`, who is identified from now on.
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

    /// Gives an identifier to a person; any identifier but a browser's makes them identified.
    fn attach(&mut self, key: &IdentifierKey, known: Known) {
        let vouched = self.vouches_for(key.kind);
        self.changes.identifiers.push(NewIdentifier {
            key: key.clone(),
            person: known.person,
            sealed: None,
            vouched,
        });
        let identified = known.identified || key.kind != IdentifierKind::Anonymous;
        self.known.insert(
            key.clone(),
            Known {
                identified,
                vouched,
                ..known
            },
        );
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
            seen_since: at,
            canonical: id,
            identified,
            first_seen: at,
            vouched: false,
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
