//! A page of runs that are due, in one transaction with all that they do.

use super::{act::Acts, hear::find, tally::Tally};
use crate::{Engine, Result, clock::now};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use tessera_domain::{
    automation::{
        journey::{Heard, Place, Reason, Rest, Walk, World},
        local_time::{TIMEZONE, Zone},
    },
    event::Event,
    people::segment::ScoreModel,
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    automation::{
        journey::LiveJourney,
        journey_run::{self, MovedRun, RunRow},
    },
    capture::event,
    people::person,
    rule_set,
    rules::Rules,
    tenant,
};
use uuid::Uuid;

/// Runs of a page: their people's events wait as long as it takes.
const PAGE: i64 = 200;

/// Lets a page of runs go on; whether there may be more.
pub(super) async fn page(engine: &Engine, organisation: OrganisationId) -> Result<bool> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let rules = engine.rules.current(&mut transaction, organisation).await?;
    let due = journey_run::due(&mut transaction, organisation, PAGE).await?;
    if due.is_empty() {
        return Ok(false);
    }
    let people: Vec<Uuid> = due.iter().map(|(person, _)| *person).collect();
    let merged = person::lock(&mut transaction, &people, &[]).await?;
    // Who was merged in the meantime is looked at as who they are now.
    let ids: Vec<Uuid> = due
        .iter()
        .filter(|(person, _)| !merged.contains(person))
        .map(|(_, id)| *id)
        .collect();
    let runs = journey_run::lock(&mut transaction, &ids).await?;
    let moved = runs.len();
    let now = now();
    let known = Known::of(&mut transaction, &rules, &runs).await?;
    let mut page = Page {
        rules: &rules,
        known: &known,
        now,
        moved: Vec::with_capacity(moved),
        tally: Tally::default(),
        acts: Acts::default(),
    };
    for run in &runs {
        page.go_on(run);
    }
    let Page {
        moved: rows,
        tally,
        acts,
        ..
    } = page;
    journey_run::write(&mut transaction, &rows, now.into()).await?;
    acts.perform(engine, &mut transaction, organisation, &rules, now)
        .await?;
    tally.write(&mut transaction, organisation).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(moved > 0)
}

/// What runs can know of their people.
struct Known {
    histories: HashMap<Uuid, Vec<Event>>,
    zones: HashMap<Uuid, Zone>,
    /// Where those live of whom it is not known.
    elsewhere: Zone,
    model: Option<ScoreModel>,
    doubled: BTreeSet<Uuid>,
}

impl Known {
    async fn of(conn: &mut PgConnection, rules: &Rules, runs: &[RunRow]) -> Result<Self> {
        let people: BTreeSet<Uuid> = runs.iter().map(|run| run.person).collect();
        let people: Vec<Uuid> = people.into_iter().collect();
        let ids: Vec<Uuid> = runs.iter().map(|run| run.id).collect();
        let asks = |run: &&RunRow| {
            let live = find(rules, &run.journey, run.version);
            live.is_some_and(|it| it.journey.asks_for_history())
        };
        let asked: BTreeSet<Uuid> = runs.iter().filter(asks).map(|run| run.person).collect();
        let asked: Vec<Uuid> = asked.into_iter().collect();
        let mut known = Self {
            histories: HashMap::new(),
            zones: HashMap::new(),
            elsewhere: Zone::UTC,
            model: None,
            doubled: journey_run::doubled(conn, &ids)
                .await?
                .into_iter()
                .collect(),
        };
        if !asked.is_empty() {
            known.histories = event::histories(conn, &asked).await?;
            let model = rule_set::scoring_model(conn, None).await?;
            known.model = model.map(|(version, rules)| ScoreModel { version, rules });
        }
        for row in person::of(conn, &people).await? {
            let name = row.traits.get(TIMEZONE).and_then(Value::as_str);
            let zone = name.and_then(|name| name.parse().ok());
            known.zones.extend(zone.map(|zone| (row.id, zone)));
        }
        Ok(known)
    }
}

impl Known {
    fn zone(&self, person: Uuid) -> &Zone {
        self.zones.get(&person).unwrap_or(&self.elsewhere)
    }
}

struct Page<'a> {
    rules: &'a Rules,
    known: &'a Known,
    now: Timestamp,
    moved: Vec<MovedRun>,
    tally: Tally,
    acts: Acts,
}

impl Page<'_> {
    fn go_on(&mut self, run: &RunRow) {
        let live = find(self.rules, &run.journey, run.version);
        let walk = match live {
            Some(_) if self.known.doubled.contains(&run.id) => ended(run, Reason::Merged),
            Some(live) => self.walk(live, run),
            None => ended(run, Reason::Removed),
        };
        let (journey, number) = (run.journey.as_str(), run.version);
        let mut at = run.node.as_deref();
        for node in &walk.arrived {
            if let Some(before) = at.replace(node) {
                self.tally.left(journey, number, before);
            }
            self.tally.arrived(journey, number, node);
        }
        let (due_at, reason) = match walk.rest {
            Rest::Waiting(until) => (Some(until.into()), None),
            Rest::Ended(reason) => {
                if let Some(node) = at {
                    self.tally.left(journey, number, node);
                }
                self.tally.ended(journey, number, reason);
                (None, Some(reason.as_str()))
            }
        };
        self.moved.push(MovedRun {
            id: run.id,
            node: walk.place.node,
            since: walk.place.since.into(),
            due_at,
            reason,
            drawn_in: self.drawn_in(live, run),
        });
        self.acts.note(run, walk.effects, self.now);
    }

    /// The version by whose holdout a run that begins is drawn.
    fn drawn_in(&self, live: Option<&LiveJourney>, run: &RunRow) -> Option<i32> {
        let begins = run.node.is_none() && !self.known.doubled.contains(&run.id);
        let live = live.filter(|it| begins && it.journey.holdout.is_some())?;
        Some(live.version)
    }

    fn walk(&self, live: &LiveJourney, run: &RunRow) -> Walk {
        let history = self.known.histories.get(&run.person);
        let world = World {
            run: run.id,
            history: history.map_or(&[], Vec::as_slice),
            zone: self.known.zone(run.person),
            acts: &self.rules.reading.acts,
            model: self.known.model.as_ref(),
        };
        let heard = Heard::parse(&run.heard);
        match &run.node {
            None if live.journey.holds_out(&live.name, run.person) => ended(run, Reason::HeldOut),
            None if heard == Heard::Goal => ended(run, Reason::Goal),
            None => live.journey.enter(world, self.now),
            Some(node) => {
                let place = Place {
                    node: node.clone(),
                    since: run.since.into(),
                };
                live.journey.advance(place, heard, world, self.now)
            }
        }
    }
}

/// A run that ends where it is.
fn ended(run: &RunRow, reason: Reason) -> Walk {
    Walk {
        arrived: Vec::new(),
        effects: Vec::new(),
        place: Place {
            node: run.node.clone().unwrap_or_default(),
            since: run.since.into(),
        },
        rest: Rest::Ended(reason),
    }
}
