//! Queries over all people: what their bodies share, and where they are computed.

use crate::{error::Error, extract::Checks, wire::Moment};
use std::collections::BTreeSet;
use tessera_domain::{filter::EventFilter, time::Timestamp};
use tokio::sync::Semaphore;

/// Computations that run at a time. Others wait without a thread, and are dropped when nobody waits
/// for them.
static COMPUTATIONS: Semaphore = Semaphore::const_new(2);
/// Most event filters of a list.
const MAX_FILTERS: usize = 16;

/// Runs a computation that would keep a thread of the runtime for too long.
pub(crate) async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let permit = COMPUTATIONS
        .acquire()
        .await
        .map_err(|_| Error::internal("computation"))?;
    // Nothing stops a computation that has begun, so its place is taken until it ends.
    let placed = move || {
        let result = work();
        drop(permit);
        result
    };
    tokio::task::spawn_blocking(placed)
        .await
        .map_err(|error| Error::Panic(error.to_string()))
}

/// Amounts of different mints do not add: the mint that is answered for, of those that were found.
pub(crate) fn one_mint(
    asked: Option<String>,
    found: &BTreeSet<String>,
) -> Result<Option<String>, Error> {
    if asked.is_none() && found.len() > 1 {
        let mints: Vec<&str> = found.iter().map(String::as_str).collect();
        let rule = format!("one of the mints that were paid in: {}", mints.join(", "));
        return Err(Error::refused("mint", &rule));
    }
    Ok(asked.or_else(|| found.first().cloned()))
}

impl Checks {
    /// A range that is not empty.
    pub(crate) fn range(&mut self, from: Option<Moment>, until: Option<Moment>) {
        let in_order = from.zip(until).is_none_or(|(from, until)| from < until);
        self.that("until", "a moment after `from`", in_order);
    }

    /// A moment up to which everything is known.
    pub(crate) fn past(&mut self, field: &str, at: Option<Moment>, now: Timestamp) {
        let known = at.is_none_or(|at| at.0 <= now);
        self.that(field, "a moment that is not in the future", known);
    }

    /// Filters of which any may match.
    pub(crate) fn filters(&mut self, field: &str, filters: &[EventFilter]) {
        let rule = format!("at most {MAX_FILTERS} filters");
        self.that(field, &rule, filters.len() <= MAX_FILTERS);
        for (index, filter) in filters.iter().enumerate() {
            if let Err(refusal) = filter.validate() {
                self.refuse(refusal.within(&format!("{field}[{index}]")));
            }
        }
    }
}

/// The end of a query that includes `moment` itself.
pub(crate) fn just_after(moment: Timestamp) -> Timestamp {
    Timestamp(moment.0.saturating_add(1))
}

/// Names of groups, up to a limit: they hold what visitors sent, so anybody could make a great
/// many.
#[derive(Debug)]
pub(crate) struct Labels {
    known: BTreeSet<String>,
    most: usize,
}

impl Labels {
    /// The group of everybody beyond the limit. No channel or segment has this name.
    pub(crate) const OTHER: &'static str = "(other)";

    /// Of at most `most` groups besides [`Labels::OTHER`].
    pub(crate) fn new(most: usize) -> Self {
        Self {
            known: BTreeSet::new(),
            most,
        }
    }

    /// The label itself, as long as there is room for it.
    pub(crate) fn take(&mut self, label: String) -> String {
        if self.known.contains(&label) {
            return label;
        }
        if self.known.len() == self.most {
            return Self::OTHER.to_owned();
        }
        self.known.insert(label.clone());
        label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_labels_ends_in_one_group() {
        let mut labels = Labels::new(2);
        let taken = ["a", "b", "c", "a", "d"].map(|label| labels.take(label.to_owned()));
        assert_eq!(taken, ["a", "b", "(other)", "a", "(other)"]);
    }
}
