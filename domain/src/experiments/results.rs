//! What a phase of an experiment shows.
//!
//! Law: results are a function of the design, of what was kept and of the moment. The same from what is
//! kept as events arrive and from the event log, to the last digit: sums are integers until here.

mod compared;
mod counted;
mod health;
mod periods;
mod reading;

pub use compared::{ArmResult, MetricResult};
pub(super) use compared::{Reach, direction};
pub use counted::Counted;
pub use health::{DimensionHealth, Health, Issue, State};
pub use periods::{periods, periods_with_weights};
pub use reading::{Figures, Reading, new_readings};

use super::{
    decision::Decision,
    design::{ChosenMetric, Design, Method},
    factorial::{Analysis, analyse, design::Design as Layout},
    measurement::Measurement,
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
    /// The readings of metrics whose test is read once, by name; of the others it is read now, if it is due.
    pub readings: &'a [Reading],
    /// The moment.
    pub now: Timestamp,
}

impl Observed<'_> {
    /// The reading of a metric.
    fn reading(&self, metric: &str) -> Option<&Reading> {
        self.readings.iter().find(|it| it.metric == metric)
    }
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
    /// What each factor does, and each pair of them, for each metric that is neither a ratio nor a quantile;
    /// empty without factors.
    pub factors: Vec<FactorResult>,
    /// Whether the figures can be trusted.
    pub health: Health,
    /// What to do; of a phase that has ended, what the figures said at its end.
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
    /// Its analysis of variance; null where it is not shown.
    pub analysis: Option<Analysis>,
    /// Why there is no analysis; null where there is one.
    pub missing: Option<NotAnalysed>,
    /// Whether p values and intervals hold for one look only, while the method that decides allows any
    /// number of looks: then they are to read, and prove nothing.
    pub for_one_look: bool,
}

/// Why factors are not analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAnalysed {
    /// The test is read once, and fewer people are measured than were planned.
    NotDue,
    /// Weights of arms moved, so that people of one time are not like those of another.
    WeightsMoved,
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
    let decision = match ended_at {
        Some(_) => decision.at_the_end(),
        None => decision,
    };
    Results {
        experiment: measurement.experiment.clone(),
        phase: measurement.phase,
        as_of: now,
        started_at: measurement.starts_at,
        ended_at,
        days,
        method: design.statistics.method,
        people: counted.people(measurement),
        factors: factors(observed, &counted),
        metrics,
        health,
        decision,
    }
}

impl Results {
    /// The same while not everything that happened is in it: nothing is decided by a part.
    #[must_use]
    pub fn not_counted_yet(self) -> Self {
        let decision = Decision::not_counted_yet();
        let decision = match self.ended_at {
            Some(_) => decision.at_the_end(),
            None => decision,
        };
        Self { decision, ..self }
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
fn factors(observed: &Observed<'_>, counted: &Counted) -> Vec<FactorResult> {
    let design = observed.design;
    let levels: Vec<usize> = design.factors.iter().map(|it| it.levels.len()).collect();
    let Ok(layout) = Layout::new(levels) else {
        return Vec::new();
    };
    let of = |(place, chosen): (usize, &ChosenMetric)| {
        let metric = observed.measurement.metrics.get(place)?;
        if !compared::is_sum(metric) {
            return None;
        }
        let now = Figures::of(observed, counted, place);
        let is_fixed = matches!(design.statistics.method, Method::Fixed { .. });
        let read = observed
            .reading(&chosen.metric)
            .map(|it| it.figures.clone());
        let figures = match read {
            None if is_fixed => Err(NotAnalysed::NotDue),
            None => Ok(now),
            Some(read) => Ok(read),
        };
        let analysis = figures.and_then(|figures| match figures {
            Figures::Sums(times) => match times.as_slice() {
                [cells] => Ok(analyse(&layout, cells, design.statistics.alpha()).ok()),
                _ => Err(NotAnalysed::WeightsMoved),
            },
            Figures::Values(_) => Ok(None),
        });
        Some(FactorResult {
            metric: chosen.metric.clone(),
            missing: analysis.as_ref().err().copied(),
            analysis: analysis.ok().flatten(),
            for_one_look: !is_fixed,
        })
    };
    design.metrics.iter().enumerate().filter_map(of).collect()
}
