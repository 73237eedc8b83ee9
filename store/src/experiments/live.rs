//! Experiments that pages and servers ask about: those that run, and those that are decided.

use super::holdout;
use crate::{Result, rule_set::RuleKind, rules::stored};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::sync::OnceLock;
use tessera_domain::experiments::{
    assignment::{Definition, HOLDOUT_PREFIX, Holdout, Payload},
    design::Design,
};

/// An experiment that runs, or is decided.
#[derive(Debug, Clone)]
pub struct LiveExperiment {
    /// Its key.
    pub key: String,
    /// The number of its latest phase.
    pub phase: i32,
    /// When that began.
    pub started_at: DateTime<Utc>,
    /// The design of that phase, with coverage and weights of today.
    pub design: Design,
    /// Key of the arm that everybody sees; none while it runs.
    pub shipped: Option<String>,
    /// Number of the projection that measures the phase; none once it is decided.
    pub projection: Option<i32>,
    /// Of each arm, whether visitors have been dealt it.
    pub dealt: Vec<bool>,
}

impl LiveExperiment {
    /// Whether its arms are shown with a quote of a price instead of a list price.
    pub fn is_for_quote(&self, list: Decimal, price: Decimal) -> bool {
        let arms = &self.design.allocation.arms;
        let preset = self.design.preset.filter(|it| it.is_for_quotes());
        preset.is_some_and(|preset| preset.speaks_of(arms, list, price))
    }

    /// The place of the arm of this key.
    pub fn place(&self, arm: &str) -> Option<usize> {
        let arms = &self.design.allocation.arms;
        arms.iter().position(|it| it.key == arm)
    }

    /// Whether visitors have been dealt the arm at this place.
    pub fn has_dealt(&self, place: usize) -> bool {
        self.dealt.get(place).copied().unwrap_or_default()
    }

    /// Whether it is what measures a holdout.
    pub fn is_holdout(&self) -> bool {
        self.key.starts_with(HOLDOUT_PREFIX)
    }
}

/// An answer with the payload, written out.
#[derive(Debug, Clone)]
pub struct Written {
    /// Names its content.
    pub tag: String,
    /// The JSON.
    pub json: Vec<u8>,
}

/// The experiments of an organisation at one revision of its rules.
#[derive(Debug, Default)]
pub struct Live {
    /// Those that run or are decided.
    pub experiments: Vec<LiveExperiment>,
    /// Who sees none of them.
    pub holdout: Option<Holdout>,
    /// What pages download.
    pub payload: Payload,
    /// What pages are answered with it, kept by the first request that is.
    pub written: OnceLock<Written>,
    /// When that last changed; none before the first experiment.
    pub changed_at: Option<DateTime<Utc>>,
    /// When weights that are written already come into force, and everything here is another one.
    pub next_at: Option<DateTime<Utc>>,
}

impl Live {
    /// Those that run.
    pub fn running(&self) -> impl Iterator<Item = &LiveExperiment> {
        self.experiments.iter().filter(|it| it.shipped.is_none())
    }

    /// The experiment of this key.
    pub fn get(&self, key: &str) -> Option<&LiveExperiment> {
        self.experiments.iter().find(|it| it.key == key)
    }
}

/// Reads them, each with the measurement that [`phase::measurement`](super::phase::measurement) reads.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn load(conn: &mut PgConnection) -> Result<Live> {
    let rows = sqlx::query!(
        r#"select key, experiment.phase, experiment_phase.design, started_at, shipped,
                  latest.coverage_bps, latest.weights_bps, measured.id as "projection?",
                  (select min(from_at) from engine.experiment_allocation
                   where experiment_allocation.organisation = experiment.organisation
                     and experiment_allocation.experiment = experiment.key
                     and experiment_allocation.phase = experiment.phase
                     and from_at > clock_timestamp() and status = 'running') as next_at
           from engine.experiment
           join engine.experiment_phase
               on experiment_phase.organisation = experiment.organisation
              and experiment_phase.experiment = experiment.key
              and experiment_phase.phase = experiment.phase
           cross join lateral (
               select coverage_bps, weights_bps from engine.experiment_allocation
               where experiment_allocation.organisation = experiment.organisation
                 and experiment_allocation.experiment = experiment.key
                 and experiment_allocation.phase = experiment.phase
               order by from_at <= clock_timestamp() desc, from_at desc limit 1) latest
           left join lateral (
               select id from engine.projection
               where projection.organisation = experiment.organisation and kind = $1
                 and name = experiment.key || '/' || experiment.phase
                 and projection.status <> 'removed'
               order by projection.status = 'live' desc, version desc limit 1) measured
               on shipped is null
           where experiment.organisation = engine.current_organisation()
             and (status = 'running' or shipped is not null)
           order by key"#,
        RuleKind::Experiment.as_str(),
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut live = Live {
        changed_at: changed_at(conn).await?,
        holdout: holdout::get(conn).await?.map(|row| row.holdout),
        ..Live::default()
    };
    for row in rows {
        live.next_at = [live.next_at, row.next_at].into_iter().flatten().min();
        let mut design: Design = stored(row.design, "experiment")?;
        let at_launch = design.allocation.arms.iter().map(|it| it.weight_bps > 0);
        let now = row.weights_bps.iter().map(|it| *it > 0);
        let dealt = at_launch.zip(now).map(|(then, now)| then || now).collect();
        design
            .allocation
            .share_out(row.coverage_bps, &row.weights_bps);
        live.experiments.push(LiveExperiment {
            key: row.key,
            phase: row.phase,
            started_at: row.started_at,
            design,
            shipped: row.shipped,
            projection: row.projection,
            dealt,
        });
    }
    let shown = live.experiments.iter();
    let definitions = shown.filter(|it| !it.is_holdout()).map(|it| {
        let arms = &it.design.allocation.arms;
        let decided = it.shipped.as_ref();
        Definition {
            key: &it.key,
            allocation: &it.design.allocation,
            decided: decided.and_then(|key| arms.iter().find(|arm| arm.key == *key)),
        }
    });
    live.payload = Payload::of(definitions, live.holdout.as_ref());
    Ok(live)
}

/// The last moment at which an experiment, its arms' weights or the holdout changed.
async fn changed_at(conn: &mut PgConnection) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select greatest(
             (select max(updated_at) from engine.experiment
              where organisation = engine.current_organisation()),
             (select max(from_at) from engine.experiment_allocation
              where organisation = engine.current_organisation() and from_at <= clock_timestamp()),
             (select max(changed_at) from engine.experiment_holdout
              where organisation = engine.current_organisation()))",
    )
    .fetch_one(conn)
    .await?)
}
