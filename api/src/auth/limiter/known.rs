//! Tokens that were in force when they were last looked up.

use std::{
    collections::HashSet,
    mem,
    sync::{Mutex, PoisonError},
};

/// Tokens after which those that were not used since are forgotten, 64 bytes each or so.
const MOST: usize = 20_000;

/// Hashes of tokens, twice [`MOST`] at the most. One that is forgotten though it is in force counts
/// as a guess once more, and that is all.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashSet<[u8; 32]>,
    old: HashSet<[u8; 32]>,
}

impl Known {
    pub(super) fn holds(&self, hash: &[u8; 32]) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.young.contains(hash) || known.old.contains(hash)
    }

    pub(super) fn add(&self, hash: [u8; 32]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.young.insert(hash);
        if known.young.len() == MOST {
            known.old = mem::take(&mut known.young);
        }
    }

    pub(super) fn remove(&self, hash: &[u8; 32]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.young.remove(hash);
        known.old.remove(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_tokens_ends_and_those_in_use_stay() {
        let known = Known::default();
        let token = |number: usize| {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_le_bytes());
            hash
        };
        for number in 1..5 * MOST {
            known.add(token(number));
            known.add(token(0));
        }
        assert!(known.holds(&token(0)) && known.holds(&token(5 * MOST - 1)));
        assert!(!known.holds(&token(1)));
        known.remove(&token(0));
        assert!(!known.holds(&token(0)));
    }
}
