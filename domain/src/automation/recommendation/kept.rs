//! Models as bytes, which are kept and read again.
//!
//! Law: what is read is checked in full, so that bytes that were damaged, or are of another version, are
//! refused and never answered from.

use super::{
    cooccurrence::LEAST_PEOPLE,
    model::{Fitted, Learned, Model},
    popularity::{MAX_GROUPS, Popular, Popularity},
    settings::Limits,
};
use crate::refusal::Refusal;

/// The version of the form that models have now.
pub(super) const VERSION: u32 = 1;
/// Most bytes of a model.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

impl Model {
    /// The model as JSON.
    ///
    /// # Errors
    /// A model that is larger than [`MAX_BYTES`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Refusal> {
        let bytes = serde_json::to_vec(self)
            .map_err(|_| Refusal::new("model", "must be one that JSON can hold"))?;
        Self::check_size(&bytes)?;
        Ok(bytes)
    }

    /// The model that these bytes are.
    ///
    /// # Errors
    /// Bytes that are none, or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::check_size(bytes)?;
        let model: Self = serde_json::from_slice(bytes)
            .map_err(|_| Refusal::new("model", "must be as it was kept"))?;
        Refusal::unless_number("model.version", model.version, VERSION..=VERSION)?;
        if model.is_whole() {
            Ok(model)
        } else {
            Err(Refusal::new("model", "must be as it was kept"))
        }
    }

    fn check_size(bytes: &[u8]) -> Result<(), Refusal> {
        Refusal::unless_count("model", bytes.len(), 0..=MAX_BYTES, "bytes")
    }

    fn is_whole(&self) -> bool {
        let Learned {
            items,
            popularity,
            fitted,
        } = &self.learned;
        let count = items.len();
        let groups = &popularity.groups;
        count <= Limits::MOST.items
            && items.is_sorted_by(|one, next| one < next)
            && groups.len() <= MAX_GROUPS
            && popularity.all.is_whole(count)
            && groups.values().all(|it| it.is_whole(count))
            && fitted.is_whole(count)
            && fitted.method() == self.evaluation.method
    }
}

impl Popularity {
    fn is_whole(&self, count: usize) -> bool {
        let is_whole = |&Popular(item, _, weight): &Popular| item < count && weight.is_finite();
        self.items.len() <= count && self.items.iter().all(is_whole)
    }
}

impl Fitted {
    fn is_whole(&self, count: usize) -> bool {
        match self {
            Self::Popularity => true,
            Self::Cooccurrence(it) => {
                let is_pair = |all: &usize, &(next, people): &(usize, usize)| {
                    let of_next = it.people.get(next).copied().unwrap_or_default();
                    (LEAST_PEOPLE..=of_next.min(*all)).contains(&people)
                };
                let mut pairs = it.people.iter().zip(&it.next);
                it.shrinkage >= 0.0
                    && it.people.len() == count
                    && it.next.len() == count
                    && pairs.all(|(all, next)| next.iter().all(|pair| is_pair(all, pair)))
            }
            Self::Als(it) => {
                it.factors > 0
                    && it.factors.checked_mul(count) == Some(it.values.len())
                    && it.als.regularisation > 0.0
                    && it.als.alpha > 0.0
                    && it.values.iter().all(|value| value.is_finite())
            }
        }
    }
}
