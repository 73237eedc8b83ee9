//! Phases of experiments: times in which nothing that results depend on changes; how visitors were shared
//! out in them, and what was measured.

use super::experiment::body;
use crate::{
    OrganisationId, Result, projection,
    rule_set::{self, RuleKind},
    rules::stored,
};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::experiments::{
    design::Design,
    measurement::Measurement,
    results::{Reading, SharedOut},
};

/// A phase.
#[derive(Debug, Clone)]
pub struct PhaseRow {
    /// Its number, from 1.
    pub phase: i32,
    /// The design as it was at launch.
    pub design: Design,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// The least p that the anytime test of assignments has had.
    pub mismatch_p: Option<f64>,
    /// The readings of tests that are read once.
    pub readings: Vec<Reading>,
}

/// What is measured in a phase.
#[derive(Debug, Clone)]
pub struct MeasurementRow {
    /// Number of the projection.
    pub projection: i32,
    /// What is measured.
    pub measurement: Measurement,
    /// Whether everything that happened before is in it.
    pub is_complete: bool,
    /// Whether it is over for good: its sums stay, and nothing is kept of people.
    pub is_closed: bool,
}

/// Adds a phase.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    experiment: &str,
    phase: i32,
    design: &Design,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.experiment_phase (organisation, experiment, phase, design, started_at)
         values ($1, $2, $3, $4, $5)",
        organisation.0,
        experiment,
        phase,
        body(design)?,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a phase.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn end(
    conn: &mut PgConnection,
    experiment: &str,
    phase: i32,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update engine.experiment_phase set ended_at = $3
         where organisation = engine.current_organisation() and experiment = $1 and phase = $2",
        experiment,
        phase,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes a p of the anytime test, if it is the least so far.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn note_mismatch(
    conn: &mut PgConnection,
    experiment: &str,
    phase: i32,
    p: f64,
) -> Result<()> {
    sqlx::query!(
        "update engine.experiment_phase set mismatch_p = $3
         where organisation = engine.current_organisation() and experiment = $1 and phase = $2
           and (mismatch_p is null or mismatch_p > $3)",
        experiment,
        phase,
        p,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps readings of metrics of which none is kept.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn note_readings(
    conn: &mut PgConnection,
    experiment: &str,
    phase: i32,
    readings: &[Reading],
) -> Result<()> {
    let readings = serde_json::to_value(readings).map_err(|source| crate::StoreError::Stored {
        what: "reading",
        source,
    })?;
    sqlx::query!(
        "update engine.experiment_phase set readings = readings || coalesce(
             (select jsonb_agg(it) from jsonb_array_elements($3) it
              where not exists (select from jsonb_array_elements(readings) kept
                                where kept ->> 'metric' = it ->> 'metric')), '[]')
         where organisation = engine.current_organisation() and experiment = $1 and phase = $2",
        experiment,
        phase,
        readings,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The phases of an experiment, or one of them, in their order.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn list(
    conn: &mut PgConnection,
    experiment: &str,
    phase: Option<i32>,
) -> Result<Vec<PhaseRow>> {
    let rows = sqlx::query!(
        "select phase, design, started_at, ended_at, mismatch_p, readings from engine.experiment_phase
         where organisation = engine.current_organisation() and experiment = $1
           and ($2::int is null or phase = $2)
         order by phase",
        experiment,
        phase,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PhaseRow {
                phase: row.phase,
                design: stored(row.design, "experiment")?,
                started_at: row.started_at,
                ended_at: row.ended_at,
                mismatch_p: row.mismatch_p,
                readings: stored(row.readings, "reading")?,
            })
        })
        .collect()
}

/// A phase that is to be looked at.
#[derive(Debug)]
pub struct WatchedPhase {
    /// Key of its experiment.
    pub experiment: String,
    /// Its number.
    pub phase: i32,
    /// When it ended; none while it runs.
    pub ended_at: Option<DateTime<Utc>>,
    /// When its decision last became another one.
    pub decided_at: Option<DateTime<Utc>>,
    /// The moment of its newest report.
    pub reported_at: Option<DateTime<Utc>>,
}

/// The phases that run, and those of which nothing has been signed since they ended; `decided` is the
/// kind of changes that note decisions.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn watched(conn: &mut PgConnection, decided: &str) -> Result<Vec<WatchedPhase>> {
    Ok(sqlx::query_as!(
        WatchedPhase,
        "select experiment, phase, ended_at, decided_at, reported_at
         from engine.experiment_phase as it
         cross join lateral (
             select max(as_of) as reported_at from engine.experiment_report
             where organisation = it.organisation and experiment = it.experiment
               and phase = it.phase) report
         cross join lateral (
             select max(at) as decided_at from engine.experiment_change
             where organisation = it.organisation and experiment = it.experiment
               and phase = it.phase and kind = $1) change
         where organisation = engine.current_organisation()
           and (ended_at is null or reported_at is null or reported_at < ended_at)
         order by experiment, phase",
        decided,
    )
    .fetch_all(conn)
    .await?)
}

/// Shares visitors out differently from a moment on.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn allocate(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    experiment: &str,
    phase: i32,
    allocation: &SharedOut,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.experiment_allocation
             (organisation, experiment, phase, from_at, coverage_bps, weights_bps)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organisation, experiment, phase, from_at) do update
         set coverage_bps = excluded.coverage_bps, weights_bps = excluded.weights_bps",
        organisation.0,
        experiment,
        phase,
        DateTime::<Utc>::from(allocation.from),
        allocation.coverage_bps,
        &allocation.weights_bps,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How visitors were shared out in a phase, in the order of time.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn allocations(
    conn: &mut PgConnection,
    experiment: &str,
    phase: i32,
) -> Result<Vec<SharedOut>> {
    Ok(sqlx::query_as!(
        SharedOut,
        r#"select from_at as "from", coverage_bps, weights_bps from engine.experiment_allocation
           where organisation = engine.current_organisation() and experiment = $1 and phase = $2
           order by from_at"#,
        experiment,
        phase,
    )
    .fetch_all(conn)
    .await?)
}

/// The name of the rule set of a phase's measurement.
fn measured_name(experiment: &str, phase: i32) -> String {
    format!("{experiment}/{phase}")
}

/// Begins to measure, in place of a version of the same phase that is complete, once this one is. Runs
/// under [`rules::lock`](crate::rules::lock).
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn measure(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    measurement: &Measurement,
    created_by: &str,
) -> Result<()> {
    let kind = RuleKind::Experiment;
    let phase = i32::try_from(measurement.phase).unwrap_or(i32::MAX);
    let name = measured_name(&measurement.experiment, phase);
    let body = serde_json::to_value(measurement).map_err(|source| crate::StoreError::Stored {
        what: "measurement",
        source,
    })?;
    rule_set::abandon(conn, kind, &name).await?;
    let version =
        rule_set::insert_named(conn, organisation, kind, &name, &body, created_by).await?;
    rule_set::build(conn, kind, &name, version).await?;
    projection::insert(conn, organisation, kind, &name, version).await?;
    Ok(())
}

/// What is measured in a phase: the version that is complete, or the one that is being built while there
/// is none.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn measurement(
    conn: &mut PgConnection,
    experiment: &str,
    phase: i32,
) -> Result<Option<MeasurementRow>> {
    let found = sqlx::query!(
        r#"select projection.id, body, projection.status <> 'building' as "is_complete!",
                  projection.status in ('closing', 'closed') as "is_closed!"
           from engine.projection join engine.rule_set using (organisation, kind, name, version)
           where organisation = engine.current_organisation() and kind = $1 and name = $2
             and projection.status <> 'removed'
           order by projection.status <> 'building' desc, version desc limit 1"#,
        RuleKind::Experiment.as_str(),
        measured_name(experiment, phase),
    )
    .fetch_optional(conn)
    .await?;
    found
        .map(|row| {
            Ok(MeasurementRow {
                projection: row.id,
                measurement: stored(row.body, "measurement")?,
                is_complete: row.is_complete,
                is_closed: row.is_closed,
            })
        })
        .transpose()
}
