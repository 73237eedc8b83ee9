//! Bandits: the weights of the next batch, from all that came before it.
//!
//! Law: weights move only where a batch begins, so each exposure has the propensity of its batch. They are
//! written before, and hold from then on.

use crate::{Result, experiments::results::Record};
use tessera_domain::{
    experiments::{
        bandit::{Best, Settings, next_batch},
        design::{BanditRules, Role},
        metric::Better,
        results::{Counted, SharedOut, State, periods},
    },
    time::{MICROS_PER_MINUTE, Timestamp},
};
use tessera_store::{OrganisationId, PgConnection, experiments::phase, rules};

/// How long before its batch begins weights are written at the latest: what is written must have been
/// committed by then.
const LEAD_MICROS: i64 = MICROS_PER_MINUTE / 6;

/// Weights of a batch that has not begun.
#[derive(Debug)]
pub(super) struct Weights {
    from: Timestamp,
    weights_bps: Vec<i32>,
}

impl Weights {
    /// Those of the batch after the moment of a record; none without a bandit, while it cannot say, and of a
    /// phase that is broken.
    pub(super) fn of(record: &Record, health: State) -> Option<Self> {
        if health == State::Broken {
            return None;
        }
        let settings = settings(record, record.design.bandit.as_ref()?)?;
        let measurement = &record.measurement;
        let next = measurement.batch(record.as_of).saturating_add(1);
        let observed = record.observed();
        let periods = periods(&observed, &Counted::of(&observed), primary(record)?);
        let batch = next_batch(&periods, &settings);
        let weights = batch.weights_bps.iter();
        let weights_bps: Vec<i32> = weights
            .map(|weight| i32::try_from(*weight).unwrap_or_default())
            .collect();
        let is_whole = weights_bps.len() == record.design.allocation.arms.len();
        is_whole.then_some(Self {
            from: measurement.begin_of(next),
            weights_bps,
        })
    }

    /// Whether visitors are shared out otherwise in the end: by weights of the batch that an earlier look has
    /// written, or by those that would go on.
    pub(super) fn are_others(&self, shared_out: &[SharedOut]) -> bool {
        let latest = shared_out.last();
        latest.is_some_and(|it| it.weights_bps != self.weights_bps)
    }

    /// Writes them, unless their batch is about to begin. A later look before it begins writes them once
    /// more. Runs under [`rules::lock`].
    pub(super) async fn write(
        self,
        conn: &mut PgConnection,
        organisation: OrganisationId,
        key: &str,
        phase: i32,
        now: Timestamp,
    ) -> Result<()> {
        let shared_out = phase::allocations(conn, key, phase).await?;
        let is_late = now.0.saturating_add(LEAD_MICROS) >= self.from.0;
        let Some(latest) = shared_out.last().filter(|_| !is_late) else {
            return Ok(());
        };
        if !self.are_others(&shared_out) {
            return Ok(());
        }
        let row = SharedOut {
            from: self.from,
            coverage_bps: latest.coverage_bps,
            weights_bps: self.weights_bps,
        };
        phase::allocate(conn, organisation, key, phase, &row).await?;
        Ok(rules::touch(conn, organisation).await?)
    }
}

/// The place of the primary metric.
fn primary(record: &Record) -> Option<usize> {
    let mut chosen = record.design.metrics.iter();
    chosen.position(|it| it.role == Role::Primary)
}

fn settings(record: &Record, rules: &BanditRules) -> Option<Settings> {
    let metric = record.measurement.metrics.get(primary(record)?)?;
    Some(Settings {
        algorithm: rules.algorithm,
        best: match metric.better {
            Better::Higher => Best::Most,
            Better::Lower => Best::Least,
        },
        floor_bps: rules.floor_bps.into(),
        burn_in: rules.burn_in.into(),
    })
}
