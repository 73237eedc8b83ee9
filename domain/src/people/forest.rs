//! Merges as edges from loser to winner. Merging rewrites nothing, so that removing one edge undoes
//! that merge and no other.

use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;
use uuid::Uuid;

/// A merge in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// The merge's own id.
    pub id: Uuid,
    /// The person who was merged into the winner.
    pub loser: Uuid,
    /// The person who remained.
    pub winner: Uuid,
}

/// Why a merge cannot be added or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ForestError {
    /// Its winner is, directly or not, its loser.
    #[error("merge {0}: the winner must not be the loser nor merged into it")]
    Loop(Uuid),
    /// Its loser is another merge's loser.
    #[error("merge {0}: the loser must not be merged already")]
    AlreadyMerged(Uuid),
    /// Its id is another merge's id.
    #[error("merge {0}: the id must be new")]
    DuplicateId(Uuid),
    /// No merge in force has this id.
    #[error("merge {0}: must be in force")]
    Unknown(Uuid),
}

/// The merges in force. Each person has at most one winner, and no chain of merges leads back to
/// its start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MergeForest {
    by_loser: BTreeMap<Uuid, Merge>,
}

impl MergeForest {
    /// The forest of these merges, whatever their order.
    ///
    /// # Errors
    /// When they contain a loop, a person merged twice or an id twice.
    pub fn new(merges: impl IntoIterator<Item = Merge>) -> Result<Self, ForestError> {
        let mut forest = Self::default();
        let mut ids = BTreeSet::new();
        for merge in merges {
            if !ids.insert(merge.id) {
                return Err(ForestError::DuplicateId(merge.id));
            }
            forest.link(merge)?;
        }
        Ok(forest)
    }

    /// Adds a merge.
    ///
    /// # Errors
    /// When the winner is or became the loser, the loser is merged, or the id is in use; the forest
    /// stays as it was.
    pub fn merge(&mut self, merge: Merge) -> Result<(), ForestError> {
        if self.by_loser.values().any(|other| other.id == merge.id) {
            return Err(ForestError::DuplicateId(merge.id));
        }
        self.link(merge)
    }

    fn link(&mut self, merge: Merge) -> Result<(), ForestError> {
        if self.by_loser.contains_key(&merge.loser) {
            return Err(ForestError::AlreadyMerged(merge.id));
        }
        // The loser is canonical, so a loop would close exactly when the winner's canonical person
        // is the loser.
        if self.canonical(merge.winner) == merge.loser {
            return Err(ForestError::Loop(merge.id));
        }
        self.by_loser.insert(merge.loser, merge);
        Ok(())
    }

    /// Removes a merge; all others stay.
    ///
    /// # Errors
    /// When no merge in force has this id.
    pub fn unmerge(&mut self, id: Uuid) -> Result<Merge, ForestError> {
        let found = self.by_loser.values().find(|merge| merge.id == id);
        let merge = *found.ok_or(ForestError::Unknown(id))?;
        self.by_loser.remove(&merge.loser);
        Ok(merge)
    }

    /// The canonical person of `person`: itself when it is not merged.
    pub fn canonical(&self, person: Uuid) -> Uuid {
        let mut current = person;
        while let Some(merge) = self.by_loser.get(&current) {
            current = merge.winner;
        }
        current
    }

    /// Everyone whose canonical person is `canonical`, itself included, in order of ids.
    pub fn members(&self, canonical: Uuid) -> BTreeSet<Uuid> {
        let losers = self.by_loser.keys().copied();
        losers
            .filter(|loser| self.canonical(*loser) == canonical)
            .chain([canonical])
            .collect()
    }

    /// The merges in force, in order of their losers.
    pub fn merges(&self) -> impl Iterator<Item = &Merge> {
        self.by_loser.values()
    }
}
