//! What a phase of an experiment shows.
//!
//! Law: results are a function of the design, of what was kept and of the moment. The same from what is
//! kept as events arrive and from the event log, to the last digit: sums are integers until here.

mod compared;
mod counted;
mod health;
mod periods;

pub(super) use compared::direction;
pub use compared::{ArmResult, MetricResult};
pub use counted::Counted;
pub use health::{DimensionHealth, Health, Issue, State};
pub use periods::{periods, periods_with_weights};

use super::{
    decision::Decision,
    design::{ChosenMetric, Design, Method},
    factorial::{Analysis, analyse, design::Design as Layout},
    measurement::Measurement,
    metric::Measure,
};
use crate::{
    projection::{AllMoments, Measured, Sums},
    time::{MICROS_PER_DAY, Timestamp},
};
use serde::{Deserialize, Serialize};

/// What is known of a phase.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// The design as it was at launch.
    pub design: &'a Design,
    /// What is measured.
    pub measurement: &'a Measurement,
    /// Counts of people.
    pub sums: &'a Sums,
    /// Moments of metrics.
    pub moments: &'a AllMoments<Measured>,
    /// How visitors were shared out, in the order of time.
    pub shared_out: &'a [SharedOut],
    /// The least p that the anytime test of assignments has had so far.
    pub mismatch_so_far: Option<f64>,
    /// The moment.
    pub now: Timestamp,
}

/// How visitors are shared out from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedOut {
    /// The moment.
    pub from: Timestamp,
    /// Part of the visitors who take part, in ten-thousandths.
    pub coverage_bps: i32,
    /// Weights of the arms in ten-thousandths, in the order of the design.
    pub weights_bps: Vec<i32>,
}

/// What a phase shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Results {
    /// The experiment's key.
    pub experiment: String,
    /// The phase's number.
    pub phase: u32,
    /// The moment.
    pub as_of: Timestamp,
    /// When the phase began.
    pub started_at: Timestamp,
    /// When it ended; null while it runs.
    pub ended_at: Option<Timestamp>,
    /// Days that it has run.
    pub days: f64,
    /// Which evidence decides.
    pub method: Method,
    /// People who saw one arm, and each arm's.
    pub people: People,
    /// Each metric, in the order of the design.
    pub metrics: Vec<MetricResult>,
    /// What each factor does, and each pair of them, for each metric that has an analysis; empty without
    /// factors.
    pub factors: Vec<FactorResult>,
    /// Whether the figures can be trusted.
    pub health: Health,
    /// What to do.
    pub decision: Decision,
}

/// How many people there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct People {
    /// Who saw one arm.
    pub exposed: i64,
    /// Who saw several, and are in none.
    pub crossed: i64,
    /// Each arm's, in the order of the design.
    pub arms: Vec<ArmPeople>,
}

/// How many people an arm has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArmPeople {
    /// The arm's key.
    pub arm: String,
    /// How many saw it and no other.
    pub people: i64,
}

/// A metric by the factors of the design.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FactorResult {
    /// The metric's name.
    pub metric: String,
    /// Its analysis of variance.
    pub analysis: Analysis,
}

/// What a phase shows at a moment.
pub fn results(observed: &Observed<'_>) -> Results {
    let Observed {
        design,
        measurement,
        now,
        ..
    } = *observed;
    let counted = Counted::of(observed);
    let metrics = compared::metrics(observed, &counted);
    let health = health::health(observed, &counted, &metrics);
    let ended_at = measurement.ends_at;
    let until = ended_at.map_or(now, |end| end.min(now));
    let days = days_between(measurement.starts_at, until);
    let decision = Decision::of(design, &counted, &metrics, &health, days);
    Results {
        experiment: measurement.experiment.clone(),
        phase: measurement.phase,
        as_of: now,
        started_at: measurement.starts_at,
        ended_at,
        days,
        method: design.statistics.method,
        people: counted.people(measurement),
        factors: factors(design, measurement, &counted),
        metrics,
        health,
        decision,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a phase has far fewer than 2^53 microseconds"
)]
fn days_between(from: Timestamp, until: Timestamp) -> f64 {
    until.0.saturating_sub(from.0).max(0) as f64 / MICROS_PER_DAY as f64
}

/// The analysis of each metric that is a mean, if the design has factors.
fn factors(design: &Design, measurement: &Measurement, counted: &Counted) -> Vec<FactorResult> {
    let levels: Vec<usize> = design.factors.iter().map(|it| it.levels.len()).collect();
    let Ok(layout) = Layout::new(levels) else {
        return Vec::new();
    };
    let of = |(place, chosen): (usize, &ChosenMetric)| {
        let metric = measurement.metrics.get(place)?;
        if matches!(
            metric.measure,
            Measure::Ratio { .. } | Measure::Quantile { .. }
        ) {
            return None;
        }
        let cells = counted.moments_of(place)?;
        let analysis = analyse(&layout, &cells, design.statistics.alpha()).ok()?;
        Some(FactorResult {
            metric: chosen.metric.clone(),
            analysis,
        })
    };
    design.metrics.iter().enumerate().filter_map(of).collect()
}
