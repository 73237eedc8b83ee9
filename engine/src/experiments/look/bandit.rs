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
        results::{Counted, periods},
    },
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    experiments::phase::{self, AllocationRow},
    rules,
};

/// Writes the weights of the next batch. A later look before it begins writes them once more.
pub(super) async fn weigh(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    key: &str,
    record: &Record,
    now: Timestamp,
) -> Result<()> {
    let Some(rules) = &record.design.bandit else {
        return Ok(());
    };
    let measurement = &record.measurement;
    let next = measurement.begin_of(measurement.batch(now).saturating_add(1));
    let Some(settings) = settings(record, rules) else {
        return Ok(());
    };
    let observed = record.observed();
    let place = record
        .design
        .metrics
        .iter()
        .position(|it| it.role == Role::Primary);
    let periods = periods(
        &observed,
        &Counted::of(&observed),
        place.unwrap_or_default(),
    );
    let batch = next_batch(&periods, &settings);
    let weights_bps: Vec<i32> = batch
        .weights_bps
        .iter()
        .map(|weight| i32::try_from(*weight).unwrap_or_default())
        .collect();
    // Weights of the next batch that an earlier look has written, or those that would go on.
    let latest = record.shared_out.last();
    let same = latest.is_some_and(|it| it.weights_bps == weights_bps);
    if same || weights_bps.len() != record.design.allocation.arms.len() {
        return Ok(());
    }
    let number = i32::try_from(measurement.phase).unwrap_or(i32::MAX);
    let whole = record.design.allocation.coverage_bps.into();
    let row = AllocationRow {
        from_at: next.into(),
        coverage_bps: latest.map_or(whole, |it| it.coverage_bps),
        weights_bps,
    };
    phase::allocate(conn, organisation, key, number, &row).await?;
    Ok(rules::touch(conn, organisation).await?)
}

fn settings(record: &Record, rules: &BanditRules) -> Option<Settings> {
    let place = record
        .design
        .metrics
        .iter()
        .position(|it| it.role == Role::Primary)?;
    let metric = record.measurement.metrics.get(place)?;
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
