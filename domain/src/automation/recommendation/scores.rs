//! The scores of items for a recipient, by one method, and the reasons of those scores.

use super::{
    als::Taste,
    cooccurrence::Neighbour,
    model::{Fitted, Learned, Method},
    popularity::Popularity,
    reason::Reason,
    tastes::Tastes,
};

/// A score for each item that was learned of; none is recommended for a score of 0 or less.
pub(super) struct Scores<'a> {
    pub(super) method: Method,
    pub(super) values: Vec<f64>,
    learned: &'a Learned,
    source: Source<'a>,
}

enum Source<'a> {
    /// What each item follows from most.
    Pairs(Vec<Option<(usize, Neighbour)>>),
    Taste {
        tastes: &'a Tastes,
        taste: Taste,
        history: &'a [(usize, f64)],
    },
    Popularity {
        of: &'a Popularity,
        group: Option<&'a str>,
    },
}

impl<'a> Scores<'a> {
    /// Those of the method in force for a history, pairs of an item and a weight; none where that is
    /// popularity.
    pub(super) fn of_history(
        learned: &'a Learned,
        tastes: Option<&'a Tastes>,
        history: &'a [(usize, f64)],
    ) -> Option<Self> {
        let (values, source) = match &learned.fitted {
            Fitted::Popularity => return None,
            Fitted::Cooccurrence(pairs) => {
                let (values, from) = pairs.scores(history).into_iter().unzip();
                (values, Source::Pairs(from))
            }
            Fitted::Als(_) => {
                let tastes = tastes?;
                let taste = tastes.of_history(history)?;
                let source = |taste| Source::Taste {
                    tastes,
                    taste,
                    history,
                };
                (tastes.scores(&taste), source(taste))
            }
        };
        Some(Self {
            method: learned.fitted.method(),
            values,
            learned,
            source,
        })
    }

    /// Those of popularity, among all or in a group.
    pub(super) fn of_popularity(
        learned: &'a Learned,
        of: &'a Popularity,
        group: Option<&'a str>,
    ) -> Self {
        Self {
            method: Method::Popularity,
            values: of.scores(learned.items.len()),
            learned,
            source: Source::Popularity { of, group },
        }
    }

    /// The score of an item.
    pub(super) fn get(&self, item: usize) -> f64 {
        self.values.get(item).copied().unwrap_or_default()
    }

    /// The id of an item.
    pub(super) fn id(&self, item: usize) -> Option<String> {
        self.learned.items.get(item).cloned()
    }

    /// Why an item has its score.
    pub(super) fn reason(&self, item: usize) -> Option<Reason> {
        match &self.source {
            Source::Pairs(from) => {
                let (from, neighbour) = (*from.get(item)?)?;
                Some(Reason::TakenTogether {
                    from: self.id(from)?,
                    people: neighbour.people,
                    of: neighbour.of,
                })
            }
            Source::Taste {
                tastes,
                taste,
                history,
            } => {
                let (from, share) = tastes.largest(taste, item, history)?;
                let from = self.id(from)?;
                Some(Reason::SimilarTaste { from, share })
            }
            Source::Popularity { of, group } => Some(Reason::Popular {
                group: group.map(str::to_owned),
                people: of.count(item),
                of: of.people,
            }),
        }
    }
}
