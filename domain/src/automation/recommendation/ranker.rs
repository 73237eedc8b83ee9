//! The order of items for a recipient: those of the method in force, then the popular ones of their group,
//! then those of all, so that people without a history are shown something too.

use super::{
    catalogue::Catalogue,
    likeness::NewItem,
    model::{Learned, Method},
    reason::Reason,
    recipient::Recipient,
    scores::Scores,
    tastes::Tastes,
};

/// An item in its place.
pub(super) struct Ranked {
    pub(super) item: String,
    pub(super) score: f64,
    pub(super) method: Method,
    pub(super) reason: Reason,
}

/// What is learned, prepared for a catalogue.
pub(super) struct Ranker<'a> {
    learned: &'a Learned,
    /// Whether each item that was learned of is sold.
    is_sold: Vec<bool>,
    new: Vec<NewItem<'a>>,
    tastes: Option<Tastes>,
}

/// An item that may be recommended.
enum Open<'a> {
    Known(usize),
    New(&'a NewItem<'a>),
}

impl<'a> Ranker<'a> {
    pub(super) fn new(learned: &'a Learned, catalogue: &'a Catalogue) -> Self {
        let items = &learned.items;
        let is_sold = |item: &String| catalogue.get(item).is_some_and(|it| it.is_sold);
        Self {
            learned,
            is_sold: items.iter().map(is_sold).collect(),
            new: NewItem::of(catalogue, items),
            tastes: Tastes::of(&learned.fitted),
        }
    }

    /// The first `count` items for the recipient.
    pub(super) fn rank(&self, recipient: &Recipient, count: usize) -> Vec<Ranked> {
        let place = |item: &String| self.learned.items.binary_search(item).ok();
        let history = recipient.history.iter();
        let history: Vec<(usize, f64)> = history
            .filter_map(|(item, &weight)| Some((place(item)?, weight)))
            .collect();
        let mut ranked = Vec::new();
        let mut fill = |scores: Scores| {
            let left = count.saturating_sub(ranked.len());
            let more = self.best(&scores, recipient, &ranked, left);
            ranked.extend(more);
        };
        if !history.is_empty() {
            let scores = Scores::of_history(self.learned, self.tastes.as_ref(), &history);
            scores.into_iter().for_each(&mut fill);
        }
        let popularity = &self.learned.popularity;
        let group = recipient.group.as_ref();
        if let Some((group, of)) = group.and_then(|it| popularity.groups.get_key_value(it)) {
            fill(Scores::of_popularity(self.learned, of, Some(group)));
        }
        fill(Scores::of_popularity(self.learned, &popularity.all, None));
        ranked
    }

    /// The best `count` that are not ranked yet; equals are in the order of their ids.
    fn best(
        &self,
        scores: &Scores,
        recipient: &Recipient,
        ranked: &[Ranked],
        count: usize,
    ) -> Vec<Ranked> {
        let is_open =
            |item: &str| !recipient.has.contains(item) && ranked.iter().all(|it| it.item != item);
        let known = self.learned.items.iter().zip(&self.is_sold).enumerate();
        let known = known
            .filter(|&(_, (item, is_sold))| *is_sold && is_open(item))
            .map(|(at, (item, _))| (scores.get(at), item.as_str(), Open::Known(at)));
        let new = self.new.iter().filter(|it| is_open(it.item));
        let new = new.map(|it| (it.score(scores), it.item, Open::New(it)));
        let mut open: Vec<(f64, &str, Open)> = known.chain(new).filter(|it| it.0 > 0.0).collect();
        open.sort_by(|left, right| {
            let by_score = right.0.total_cmp(&left.0);
            by_score.then_with(|| left.1.cmp(right.1))
        });
        let reasoned = open.into_iter().filter_map(|(score, item, open)| {
            let reason = match open {
                Open::Known(at) => scores.reason(at),
                Open::New(new) => new.reason(scores),
            };
            Some(Ranked {
                item: item.to_owned(),
                score,
                method: scores.method,
                reason: reason?,
            })
        });
        reasoned.take(count).collect()
    }
}
