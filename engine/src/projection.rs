//! What follows from events, kept current: scores under every live model, states of every funnel,
//! and sums. New events update what is kept; a person whose set of events changed otherwise is
//! computed from all of them.
//!
//! One builder brings a new projection up to date with the past, one verifier compares what is kept
//! with what the events say, for every kind alike: see
//! [`Definition`](tessera_domain::projection::Definition).

mod build;
mod stored;
mod verify;

pub(crate) use build::build;
pub(crate) use verify::{Totals, verify_some};
pub use verify::{Verified, verify};

use crate::{
    Result,
    automation::{
        journeys,
        webhooks::{report_all, reports},
    },
    people::segment::{self, Transition},
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use stored::Stored;
use tessera_domain::{
    event::{Agent, Event},
    projection::{AllMoments, Measured, Moved, News, add},
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    capture::event::{self, EventCounts},
    people::segment_member,
    projection::{self, AllSums, Rows},
    rules::{Applied, Rules},
};
use uuid::Uuid;

/// Canonical people whose facts change. They are locked.
#[derive(Debug, Default)]
pub struct Touched {
    /// New events by person.
    pub events: BTreeMap<Uuid, Vec<Event>>,
    /// People to be computed from all of their events.
    pub rebuilt: BTreeSet<Uuid>,
    /// People who count as another person now.
    pub gone: BTreeSet<Uuid>,
    /// People to be looked at because time has passed.
    pub later: BTreeSet<Uuid>,
    /// Events that are counted, by day and name.
    pub counts: EventCounts,
}

impl Touched {
    /// New events with their people.
    fn new_events(&self) -> impl Iterator<Item = (Uuid, &Event)> {
        let events = self.events.iter();
        events.flat_map(|(person, events)| events.iter().map(move |event| (*person, event)))
    }
}

/// Updates everything that follows from events, and from the events that this causes. Sums come last,
/// all together: others wait for their rows.
///
/// # Errors
/// [`Error::BrokenState`](crate::Error::BrokenState) when a state cannot be read,
/// [`Error::Store`](crate::Error::Store).
pub async fn project(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    rules: &Rules,
    touched: &Touched,
    now: Timestamp,
) -> Result<()> {
    let gone: Vec<Uuid> = touched.gone.iter().copied().collect();
    segment_member::forget(conn, &gone).await?;
    let mut changes = follow(conn, organisation, rules, touched, now).await?;
    let transitions = std::mem::take(&mut changes.transitions);
    let mut caused = Touched::default();
    if !transitions.is_empty() {
        caused = segment::record(conn, organisation, &transitions, now).await?;
        let more = follow(conn, organisation, rules, &caused, now).await?;
        changes.add_sums(more);
    }
    // Together: endpoints are woken in one order.
    let reports = reports(rules, touched.new_events().chain(caused.new_events()));
    report_all(conn, organisation, &reports).await?;
    changes.write_sums(conn, organisation).await
}

/// Records changes of memberships of people who are locked, and updates what follows from them.
pub(crate) async fn transit(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    rules: &Rules,
    transitions: &[Transition],
    now: Timestamp,
) -> Result<()> {
    let caused = segment::record(conn, organisation, transitions, now).await?;
    let changes = follow(conn, organisation, rules, &caused, now).await?;
    report_all(conn, organisation, &reports(rules, caused.new_events())).await?;
    changes.write_sums(conn, organisation).await
}

/// Writes what follows from events for people. Returns what is left: sums, and changes of memberships,
/// which cause more events; those change no membership.
async fn follow(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    rules: &Rules,
    touched: &Touched,
    now: Timestamp,
) -> Result<Changes> {
    let histories = histories(conn, touched).await?;
    let news = news(rules, touched, &histories);
    let mut stored = Stored::of(conn, &news, touched).await?;
    let whole = Whole::of(conn, &news, &stored, now).await?;
    let mut changes = Changes::default();
    for mut it in news {
        if let Some(events) = whole.events((it.applied.id, it.person)) {
            it.news = News::All(events);
        }
        let kept = stored.get(&it).map(|kept| kept.state);
        let was_kept = kept.is_some();
        if let Some(moved) = it.applied.definition.advance(kept, it.news, now)? {
            changes.note(&it, moved, was_kept, &mut stored);
        }
    }
    stored.let_go(rules, touched);
    projection::write_bundles(conn, organisation, &stored.into_changed()).await?;
    for ((day, name), events) in &touched.counts {
        changes.count(rules.events, *day, name, 0, *events);
    }
    changes.write_people(conn, organisation).await?;
    journeys::hear(conn, organisation, rules, &touched.events, now).await?;
    Ok(changes)
}

/// Counts a click on a referral link.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub(crate) async fn count_click(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    rules: &Rules,
    code: &str,
    agent: Agent,
    day: i32,
) -> Result<()> {
    let mut changes = Changes::default();
    let measure = projection::click_measure(agent);
    changes.count(rules.clicks, day, code, measure, 1);
    changes.write_sums(conn, organisation).await
}

/// All events of those who are computed from them.
async fn histories(
    conn: &mut PgConnection,
    touched: &Touched,
) -> Result<HashMap<Uuid, Vec<Event>>> {
    let rebuilt: Vec<Uuid> = touched.rebuilt.difference(&touched.gone).copied().collect();
    let mut histories = if rebuilt.is_empty() {
        HashMap::new()
    } else {
        event::histories(conn, &rebuilt).await?
    };
    for person in rebuilt {
        histories.entry(person).or_default();
    }
    Ok(histories)
}

/// The states that follow only from all events of their person, and these events.
#[derive(Default)]
struct Whole {
    states: HashSet<(i32, Uuid)>,
    histories: HashMap<Uuid, Vec<Event>>,
}

impl Whole {
    /// Those that left events out which have happened by `now`, and those that begin earlier than was known.
    async fn of(
        conn: &mut PgConnection,
        news: &[Update<'_>],
        stored: &Stored,
        now: Timestamp,
    ) -> Result<Self> {
        let mut whole = Self::default();
        for it in news {
            if it.wants_all(stored.get(it), now)? {
                whole.states.insert((it.applied.id, it.person));
            }
        }
        let people: Vec<Uuid> = whole.states.iter().map(|(_, person)| *person).collect();
        if !people.is_empty() {
            whole.histories = event::histories(conn, &people).await?;
        }
        Ok(whole)
    }

    fn events(&self, key: (i32, Uuid)) -> Option<&[Event]> {
        let wanted = self.states.contains(&key);
        wanted.then(|| self.histories.get(&key.1).map_or(&[][..], Vec::as_slice))
    }
}

/// What one projection learns about one person.
struct Update<'a> {
    applied: &'a Applied,
    person: Uuid,
    news: News<'a>,
}

impl Update<'_> {
    fn wants_all(&self, kept: Option<stored::State<'_>>, now: Timestamp) -> Result<bool> {
        let definition = &self.applied.definition;
        let state = kept.map(|kept| kept.state);
        if let News::Added(events) = self.news
            && definition.begins_earlier(state, events)?
        {
            return Ok(true);
        }
        let is_due = |kept: &stored::State<'_>| kept.next.is_some_and(|next| next <= now);
        match (self.news, kept.filter(is_due)) {
            (News::Added(_) | News::Later, Some(kept)) => {
                Ok(definition.is_behind(kept.state, now)?)
            }
            _ => Ok(false),
        }
    }
}

/// The news for each projection, by projection and person: an order that all transactions share.
fn news<'a>(
    rules: &'a Rules,
    touched: &'a Touched,
    histories: &'a HashMap<Uuid, Vec<Event>>,
) -> Vec<Update<'a>> {
    let mut all = Vec::new();
    let is_computed =
        |person: &Uuid| histories.contains_key(person) || touched.gone.contains(person);
    for applied in &rules.projections {
        let definition = &applied.definition;
        let update = |person: &Uuid, news| Update {
            applied,
            person: *person,
            news,
        };
        let added = touched
            .events
            .iter()
            .filter(|(person, _)| !is_computed(person))
            .filter(|(_, events)| events.iter().any(|event| definition.heeds(event)))
            .map(|(person, events)| update(person, News::Added(events)));
        all.extend(added);
        all.extend(touched.gone.iter().map(|it| update(it, News::Gone)));
        if definition.heeds_time() {
            all.extend(touched.later.iter().map(|it| update(it, News::Later)));
        }
        let replaced = histories
            .iter()
            .map(|(person, events)| update(person, News::All(events)));
        all.extend(replaced);
    }
    all.sort_unstable_by_key(|it| (it.applied.id, it.person));
    all
}

/// What is to be written.
#[derive(Default)]
struct Changes {
    rows: Rows,
    emptied: (Vec<i32>, Vec<Uuid>),
    sums: AllSums,
    moments: AllMoments<(i32, Measured)>,
    transitions: Vec<Transition>,
}

impl Changes {
    fn note(&mut self, update: &Update<'_>, moved: Moved, was_kept: bool, stored: &mut Stored) {
        let (projection, person) = (update.applied.id, update.person);
        for (measured, amount) in moved.sums {
            add(&mut self.sums, (projection, measured), amount);
        }
        for (measured, moments) in moved.moments {
            let sum = self.moments.entry((projection, measured)).or_default();
            sum.add(&moments, 1);
        }
        match moved.kept {
            kept if update.applied.definition.is_bundled() => {
                stored.set(projection, person, kept);
            }
            Some(kept) => self
                .rows
                .push(projection, person, kept, moved.ranged_changed),
            None if was_kept => {
                self.emptied.0.push(projection);
                self.emptied.1.push(person);
            }
            None => {}
        }
        // Who counts as another person leaves without an event.
        let leaves = matches!(update.news, News::Gone);
        if let Some(is_member) = moved.member.filter(|_| update.applied.live && !leaves) {
            self.transitions.push(Transition {
                segment: update.applied.name.clone(),
                person,
                is_member,
            });
        }
    }

    fn count(&mut self, projection: i32, day: i32, label: &str, measure: i32, amount: i64) {
        let measured = Measured {
            day,
            through_day: None,
            label: label.to_owned(),
            measure,
        };
        add(&mut self.sums, (projection, measured), amount);
    }

    fn add_sums(&mut self, more: Self) {
        for (key, amount) in more.sums {
            add(&mut self.sums, key, amount);
        }
        for (key, moments) in more.moments {
            self.moments.entry(key).or_default().add(&moments, 1);
        }
    }

    async fn write_people(
        &self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
    ) -> Result<()> {
        self.rows.write(conn, organisation).await?;
        Ok(projection::forget(conn, &self.emptied.0, &self.emptied.1).await?)
    }

    async fn write_sums(
        &self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
    ) -> Result<()> {
        let shard = rand::random_range(0..projection::SHARDS);
        projection::add(conn, organisation, shard, &self.sums).await?;
        Ok(projection::add_moments(conn, organisation, shard, &self.moments).await?)
    }
}
