//! What is stored of people before an update: rows of their own, and bundles, which are changed as a whole.

use super::{Touched, Update};
use crate::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tessera_domain::{projection::Kept, time::Timestamp};
use tessera_store::{
    PgConnection,
    projection::{self, Bundle, StateRow},
    rules::Rules,
};
use uuid::Uuid;

/// What a projection keeps of a person.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    pub(super) state: &'a [u8],
    /// From when on the place may be another one without any event.
    pub(super) next: Option<Timestamp>,
}

pub(super) struct Stored {
    rows: HashMap<(i32, Uuid), StateRow>,
    bundles: HashMap<Uuid, Bundle>,
    changed: BTreeSet<Uuid>,
}

impl Stored {
    /// Everything that the news is about, and the bundles from which something may have to go.
    pub(super) async fn of(
        conn: &mut PgConnection,
        news: &[Update<'_>],
        touched: &Touched,
    ) -> Result<Self> {
        let (bundled, alone): (Vec<_>, Vec<_>) = news
            .iter()
            .partition(|it| it.applied.definition.is_bundled());
        let projections: Vec<i32> = alone.iter().map(|it| it.applied.id).collect();
        let people: Vec<Uuid> = alone.iter().map(|it| it.person).collect();
        let of_news = bundled.iter().map(|it| it.person);
        let others = touched.later.iter().chain(&touched.gone).copied();
        let in_bundles: BTreeSet<Uuid> = of_news.chain(others).collect();
        let in_bundles: Vec<Uuid> = in_bundles.into_iter().collect();
        Ok(Self {
            rows: projection::states(conn, &projections, &people).await?,
            bundles: projection::bundles(conn, &in_bundles).await?,
            changed: BTreeSet::new(),
        })
    }

    pub(super) fn get(&self, update: &Update<'_>) -> Option<State<'_>> {
        let (projection, person) = (update.applied.id, update.person);
        if update.applied.definition.is_bundled() {
            let kept = self.bundles.get(&person)?.get(projection)?;
            return Some(State {
                state: &kept.state,
                next: kept.place.next,
            });
        }
        let row = self.rows.get(&(projection, person))?;
        Some(State {
            state: &row.state,
            next: row.next_at.map(Timestamp::from),
        })
    }

    /// Keeps something else in a person's bundle, or nothing.
    pub(super) fn set(&mut self, projection: i32, person: Uuid, kept: Option<Kept>) {
        let bundle = self.bundles.entry(person).or_default();
        bundle.set(projection, kept);
        self.changed.insert(person);
    }

    /// Lets go of what removed projections kept of people who are gone, and of those whose time has come,
    /// who would else be looked at again and again.
    pub(super) fn let_go(&mut self, rules: &Rules, touched: &Touched) {
        let applied: BTreeSet<i32> = rules.projections.iter().map(|it| it.id).collect();
        for person in touched.later.iter().chain(&touched.gone) {
            if let Some(bundle) = self.bundles.get_mut(person)
                && bundle.retain(&applied)
            {
                self.changed.insert(*person);
            }
        }
    }

    /// The bundles that have changed.
    pub(super) fn into_changed(mut self) -> BTreeMap<Uuid, Bundle> {
        let people = self.changed.into_iter();
        people
            .filter_map(|person| Some((person, self.bundles.remove(&person)?)))
            .collect()
    }
}
