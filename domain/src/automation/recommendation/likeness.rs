//! Items that nobody took yet, and what they are like.
//!
//! Law: such an item scores as those that it shares attributes with, averaged by the share of attributes
//! (Jaccard 1901), under any method, so that it can be recommended from its first day.

use super::{catalogue::Catalogue, reason::Reason, scores::Scores};

/// An item that nobody took, and those that share attributes with it.
pub(super) struct NewItem<'a> {
    pub(super) item: &'a str,
    like: Vec<Like>,
}

struct Like {
    item: usize,
    shared: usize,
    of: usize,
}

impl<'a> NewItem<'a> {
    /// What `catalogue` sells, is not among `known`, and shares an attribute with one of those.
    pub(super) fn of(catalogue: &'a Catalogue, known: &[String]) -> Vec<Self> {
        let is_known = |item: &str| known.binary_search_by(|it| it.as_str().cmp(item)).is_ok();
        let new = catalogue.sold().filter(|(item, _)| !is_known(item));
        let new = new.map(|(item, new)| {
            let like = known.iter().enumerate().filter_map(|(at, known)| {
                let [shared, of] = catalogue.get(known)?.shared(new);
                (shared > 0).then_some(Like {
                    item: at,
                    shared,
                    of,
                })
            });
            Self {
                item,
                like: like.collect(),
            }
        });
        new.filter(|it| !it.like.is_empty()).collect()
    }

    pub(super) fn score(&self, scores: &Scores) -> f64 {
        let shares: f64 = self.like.iter().map(Like::share).sum();
        self.like.iter().map(|it| it.adds(scores)).sum::<f64>() / shares
    }

    /// Why it has its score: the item that adds most to it, the first of equals.
    pub(super) fn reason(&self, scores: &Scores) -> Option<Reason> {
        let adds = |it: &&Like| it.adds(scores);
        let all = self.like.iter().rev();
        let most = all.max_by(|left, right| adds(left).total_cmp(&adds(right)))?;
        Some(Reason::LikeAnother {
            like: scores.id(most.item)?,
            shared: most.shared,
            of: most.of,
        })
    }
}

impl Like {
    #[expect(clippy::cast_precision_loss, reason = "at most 100 attributes")]
    fn share(&self) -> f64 {
        self.shared as f64 / self.of as f64
    }

    fn adds(&self, scores: &Scores) -> f64 {
        self.share() * scores.get(self.item)
    }
}
