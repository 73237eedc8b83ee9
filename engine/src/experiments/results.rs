//! What experiments show, from what is kept as events arrive.

use super::{designs::get, phases::phase_of};
use crate::{Error, Result, projection::Totals};
use tessera_domain::{
    experiments::{
        design::Design,
        measurement::Measurement,
        report::Ending,
        results::{Observed, Reading, Results, SharedOut, results},
    },
    projection::{AllMoments, Definition, Measured, News, Sums},
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    experiments::{
        change::{self, ChangeRow},
        phase::{self, MeasurementRow, PhaseRow},
    },
    projection,
};

/// Everything that results follow from.
#[derive(Debug)]
pub struct Record {
    /// The moment.
    pub as_of: Timestamp,
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
    /// The readings of tests that are read once, as they are kept.
    pub readings: Vec<Reading>,
    /// Whether everything that happened is in it: false while what came before is still being read.
    pub is_complete: bool,
    /// How the phase ended; none while it runs.
    pub ending: Option<Ending>,
}

impl Record {
    /// What it shows.
    pub fn results(&self) -> Results {
        let results = results(&self.observed());
        match self.is_complete {
            true => results,
            false => results.not_counted_yet(),
        }
    }

    /// As [`results`] takes it.
    pub fn observed(&self) -> Observed<'_> {
        Observed {
            design: &self.design,
            measurement: &self.measurement,
            sums: &self.sums,
            moments: &self.moments,
            shared_out: &self.shared_out,
            mismatch_so_far: self.mismatch_so_far,
            readings: &self.readings,
            now: self.as_of,
        }
    }
}

/// What is kept of a phase of an experiment, of the latest one unless a number is given, as of `now`.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] when it has not run, [`Error::BrokenState`],
/// [`Error::Store`].
pub async fn record(
    conn: &mut PgConnection,
    key: &str,
    number: Option<i32>,
    now: Timestamp,
) -> Result<Record> {
    let (row, measured) = phase(conn, key, number).await?;
    let shared_out = phase::allocations(conn, key, row.phase).await?;
    let ended = row.ended_at.is_some();
    let ending = match ended {
        true => change::ending(conn, key, row.phase).await?.map(ending),
        false => None,
    };
    let is_complete = measured.is_complete && ended == measured.measurement.ends_at.is_some();
    let (measurement, Totals { sums, moments }) = kept(conn, measured, now).await?;
    Ok(Record {
        as_of: now,
        is_complete,
        ending,
        design: row.design,
        measurement,
        sums,
        moments,
        shared_out,
        mismatch_so_far: row.mismatch_p,
        readings: row.readings,
    })
}

/// What is kept, with what came of people by `now` whom nobody has looked at since: windows end without
/// an event.
async fn kept(
    conn: &mut PgConnection,
    measured: MeasurementRow,
    now: Timestamp,
) -> Result<(Measurement, Totals)> {
    let id = measured.projection;
    let mut totals = Totals {
        sums: projection::sums(conn, id).await?,
        moments: projection::moments(conn, id).await?,
    };
    let definition = Definition::Experiment(measured.measurement);
    if definition.heeds_time() {
        for kept in projection::due(conn, id, now.into()).await? {
            let moved = definition.advance(Some(&kept.state), News::Later, now)?;
            if let Some(moved) = moved {
                totals.add(moved.sums, moved.moments);
            }
        }
    }
    let Definition::Experiment(measurement) = definition else {
        return Err(Error::Internal("find what a phase measures"));
    };
    Ok((measurement, totals.settled()))
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

fn ending(row: ChangeRow) -> Ending {
    let text = |name: &str| row.body[name].as_str().map(str::to_owned);
    Ending {
        at: row.at.into(),
        reason: text("reason").unwrap_or_default(),
        shipped: text("arm"),
        by: row.actor,
    }
}
