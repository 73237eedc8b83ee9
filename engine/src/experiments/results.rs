//! What experiments show, from what is kept as events arrive.

use super::{designs::get, phases::phase_of};
use crate::{Error, Result};
use tessera_domain::{
    experiments::{
        design::Design,
        measurement::Measurement,
        results::{Observed, Results, SharedOut, results},
    },
    projection::{AllMoments, Measured, Sums},
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    experiments::phase::{self, AllocationRow, MeasurementRow, PhaseRow},
    projection,
};

/// Everything that results follow from, but for the moment.
#[derive(Debug)]
pub struct Record {
    /// The design as it was at launch.
    pub design: Design,
    /// What is measured.
    pub measurement: Measurement,
    /// Counts of people.
    pub sums: Sums,
    /// Moments of metrics.
    pub moments: AllMoments<Measured>,
    /// How visitors were shared out.
    pub shared_out: Vec<SharedOut>,
    /// The least p that the anytime test of assignments has had so far.
    pub mismatch_so_far: Option<f64>,
    /// Whether everything that happened is in it: false while what came before is still being read.
    pub is_complete: bool,
}

impl Record {
    /// What it shows at a moment.
    pub fn results(&self, now: Timestamp) -> Results {
        results(&self.observed(now))
    }

    /// As [`results`] takes it.
    pub fn observed(&self, now: Timestamp) -> Observed<'_> {
        Observed {
            design: &self.design,
            measurement: &self.measurement,
            sums: &self.sums,
            moments: &self.moments,
            shared_out: &self.shared_out,
            mismatch_so_far: self.mismatch_so_far,
            now,
        }
    }
}

/// What is kept of a phase of an experiment, of the latest one unless a number is given.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] when it has not run, [`Error::Store`].
pub async fn record(conn: &mut PgConnection, key: &str, number: Option<i32>) -> Result<Record> {
    let (row, measured) = phase(conn, key, number).await?;
    let sums = projection::sums(conn, measured.projection).await?;
    let moments = projection::moments(conn, measured.projection).await?;
    let shared_out = phase::allocations(conn, key, row.phase).await?;
    let ended = row.ended_at.is_some();
    Ok(Record {
        is_complete: measured.live && ended == measured.measurement.ends_at.is_some(),
        design: row.design,
        measurement: measured.measurement,
        sums,
        moments,
        shared_out: shared_out.into_iter().map(shared).collect(),
        mismatch_so_far: row.mismatch_p,
    })
}

/// A phase and what it measures.
pub(super) async fn phase(
    conn: &mut PgConnection,
    key: &str,
    number: Option<i32>,
) -> Result<(PhaseRow, MeasurementRow)> {
    let experiment = get(conn, key).await?;
    let number = number.unwrap_or(experiment.phase);
    if number == 0 {
        return Err(Error::Conflict("the experiment has not run".to_owned()));
    }
    let row = phase_of(conn, key, number).await?;
    let measured = phase::measurement(conn, key, number).await?;
    let measured = measured.ok_or(Error::Internal("find what a phase measures"))?;
    Ok((row, measured))
}

fn shared(row: AllocationRow) -> SharedOut {
    SharedOut {
        from: row.from_at.into(),
        coverage_bps: row.coverage_bps,
        weights_bps: row.weights_bps,
    }
}
