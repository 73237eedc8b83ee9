//! Leads in the order of the scores that they have at one moment.

use crate::Result;
use std::{cmp::Reverse, collections::BTreeSet};
use tessera_domain::{
    leads::scoring::{Millipoints, Ranking, ScoringModel, score_as_of},
    projection::BrokenState,
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    capture::event,
    leads::score::{self, RankRow},
};
use uuid::Uuid;

/// People whose scores are computed together, as their places lie near those of the page.
const PART: i64 = 300;

/// A person and their score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lead {
    /// The canonical person.
    pub person: Uuid,
    /// The score.
    pub score: Millipoints,
}

impl Lead {
    /// What leads are listed by.
    fn order(self) -> (Reverse<Millipoints>, Uuid) {
        (Reverse(self.score), self.person)
    }
}

/// The leads with the highest scores at `at` under the scoring model of this version, at most `limit`;
/// those who come after the lead `after` in that order.
///
/// # Errors
/// [`Error::BrokenState`](crate::Error::BrokenState), [`Error::Store`](crate::Error::Store).
pub async fn page(
    conn: &mut PgConnection,
    (version, model): (i32, &ScoringModel),
    at: Timestamp,
    after: Option<Lead>,
    limit: i64,
) -> Result<Vec<Lead>> {
    let slack = model.slack().0;
    let mut best = Best {
        model,
        at,
        after,
        limit: usize::try_from(limit).unwrap_or_default(),
        found: BTreeSet::new(),
    };
    let overdue = score::overdue(conn, version, at.into()).await?;
    best.consider(conn, &overdue).await?;
    let place = |lead: Lead| (lead.score.0, lead.person);
    let mut seen = after.map_or((i64::MAX, Uuid::nil()), place);
    loop {
        let rows = score::still(conn, version, at.into(), seen, limit).await?;
        best.consider(conn, &rows).await?;
        let Some(last) = following(&rows, limit) else {
            break;
        };
        seen = (last.place, last.person);
        if best.come_before(Millipoints(last.place), last.person) {
            break;
        }
    }
    let highest = after.map_or(i64::MAX, |it| it.score.0.saturating_add(slack));
    let mut seen = (highest, Uuid::nil());
    loop {
        let rows = score::moving(conn, version, at.into(), seen, PART).await?;
        best.consider(conn, &rows).await?;
        let Some(last) = following(&rows, PART) else {
            break;
        };
        seen = (last.place, last.person);
        let most = Millipoints(last.place.saturating_add(slack));
        if best.come_before(most, Uuid::nil()) {
            break;
        }
    }
    Ok(best.leads())
}

/// The last of these rows, unless it is the last of all.
fn following(rows: &[RankRow], limit: i64) -> Option<&RankRow> {
    let is_full = i64::try_from(rows.len()).is_ok_and(|rows| rows >= limit);
    rows.last().filter(|_| is_full)
}

/// The best leads so far.
struct Best<'a> {
    model: &'a ScoringModel,
    at: Timestamp,
    after: Option<Lead>,
    limit: usize,
    found: BTreeSet<(Reverse<Millipoints>, Uuid)>,
}

impl Best<'_> {
    async fn consider(&mut self, conn: &mut PgConnection, rows: &[RankRow]) -> Result<()> {
        let mut others = Vec::new();
        for row in rows {
            let ranking: Ranking =
                serde_json::from_slice(&row.state).map_err(|_| BrokenState("score"))?;
            match ranking.score_at(self.model, self.at) {
                Some(score) => self.add(row.person, score),
                None => others.push(row.person),
            }
        }
        if others.is_empty() {
            return Ok(());
        }
        let histories = event::histories(conn, &others).await?;
        for person in others {
            let events = histories.get(&person).map_or(&[][..], Vec::as_slice);
            self.add(person, score_as_of(self.model, events, self.at).total);
        }
        Ok(())
    }

    fn add(&mut self, person: Uuid, score: Millipoints) {
        let lead = Lead { person, score };
        if self
            .after
            .is_some_and(|after| lead.order() <= after.order())
        {
            return;
        }
        self.found.insert(lead.order());
        if self.found.len() > self.limit {
            self.found.pop_last();
        }
    }

    /// Whether there are enough, and all of them come before everybody who comes after this score and
    /// person.
    fn come_before(&self, score: Millipoints, person: Uuid) -> bool {
        let is_full = self.found.len() >= self.limit;
        let last = self.found.last().filter(|_| is_full);
        last.is_some_and(|last| *last <= (Reverse(score), person))
    }

    fn leads(self) -> Vec<Lead> {
        let lead = |(Reverse(score), person)| Lead { person, score };
        self.found.into_iter().map(lead).collect()
    }
}
