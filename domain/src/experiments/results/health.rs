//! Whether figures can be trusted.
//!
//! Law: arms that are closed stay in the test of assignments, and who saw two arms is counted. What makes
//! figures worthless breaks an experiment, what makes them doubtful is a warning.

use super::{
    ArmResult, Counted, MetricResult, Observed,
    periods::{buckets, in_force},
};
use crate::experiments::{
    measurement::{Dimension, DimensionValue},
    mismatch::{ALPHA, Crossed, Mismatch, Share, ValueMismatch, by_value},
};
use serde::Serialize;

/// Alpha of warnings, which all comparisons share.
const WARNING_ALPHA: f64 = 0.01;

/// How trustworthy figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing speaks against them.
    Fine,
    /// Something makes them doubtful.
    Warning,
    /// They are worthless.
    Broken,
}

/// Whether figures can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// The worst of the issues.
    pub state: State,
    /// Whether arms have as many people as their weights say.
    pub mismatch: Mismatch,
    /// The same for each value of each dimension; of a bandit, whose weights move, there is none.
    pub dimensions: Vec<DimensionHealth>,
    /// Who saw several arms.
    pub crossed: Crossed,
    /// What speaks against the figures, the worst first.
    pub issues: Vec<Issue>,
}

/// Assignments by a dimension.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DimensionHealth {
    /// The property.
    pub property: String,
    /// Its values, the least likely by chance first; `(other)` is all that are not listed, `(none)` is
    /// exposures without one.
    pub values: Vec<ValueMismatch>,
}

/// Something that speaks against the figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Issue {
    /// How bad it is.
    pub state: State,
    /// What it is, for programs.
    pub code: &'static str,
    /// What it is.
    pub text: String,
    /// Its p; null where there is none.
    pub p: Option<f64>,
}

/// The health of a phase.
pub(super) fn health(
    observed: &Observed<'_>,
    counted: &Counted,
    metrics: &[MetricResult],
) -> Health {
    let mismatch = Mismatch::of(&shares(observed, counted), observed.mismatch_so_far);
    let dimensions = dimensions(observed, counted);
    let arms = counted.arms();
    let exposed: i64 = arms.iter().sum();
    let whole = |people: i64| u64::try_from(people).unwrap_or_default();
    let crossed = Crossed::of(
        whole(counted.crossed),
        whole(exposed.saturating_add(counted.crossed)),
    );
    let mut issues = Vec::new();
    closed_arms(observed, &arms, &mut issues);
    if mismatch.is_found() {
        issues.push(Issue {
            state: State::Broken,
            code: "sample_ratio_mismatch",
            text: "Arms have not as many people as their weights say.".to_owned(),
            p: mismatch.always_valid,
        });
    }
    for dimension in &dimensions {
        let worst = dimension.values.first();
        if let Some(worst) = worst.filter(|it| it.corrected.is_some_and(|p| p <= ALPHA)) {
            issues.push(Issue {
                state: State::Broken,
                code: "sample_ratio_mismatch_of_value",
                text: format!(
                    "Arms have not as many people as their weights say where {} is {}.",
                    dimension.property, worst.value
                ),
                p: worst.corrected,
            });
        }
    }
    if crossed.is_too_many {
        issues.push(Issue {
            state: State::Broken,
            code: "crossed",
            text: "More people saw several arms than by changing devices.".to_owned(),
            p: None,
        });
    }
    drifts(metrics, &mut issues);
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.state));
    let worst = issues.iter().map(|issue| issue.state).max();
    Health {
        state: worst.unwrap_or(State::Fine),
        mismatch,
        dimensions,
        crossed,
        issues,
    }
}

/// People who saw an arm that nobody may see.
fn closed_arms(observed: &Observed<'_>, arms: &[i64], issues: &mut Vec<Issue>) {
    for (place, people) in arms.iter().enumerate() {
        let weights = observed.shared_out.iter();
        let was_open = weights
            .filter_map(|it| it.weights_bps.get(place))
            .any(|weight| *weight > 0);
        if *people > 0 && !was_open {
            let key = observed.measurement.arms.get(place);
            issues.push(Issue {
                state: State::Broken,
                code: "closed_arm",
                text: format!(
                    "{people} people saw the arm {}, which has no weight.",
                    key.map_or("", String::as_str)
                ),
                p: None,
            });
        }
    }
}

/// Arms that differed before the experiment, and effects that change with time.
fn drifts(metrics: &[MetricResult], issues: &mut Vec<Issue>) {
    type P = fn(&ArmResult) -> Option<f64>;
    let tests: [(P, &str, &str); 2] = [
        (
            |arm| Some(arm.carry_over?.p),
            "carry_over",
            "differed before the experiment",
        ),
        (
            |arm| arm.drift?.slope_p,
            "drift",
            "has an effect that changes from day to day",
        ),
    ];
    for (p_of, code, text) in tests {
        let of = |metric| {
            let arms = (metric as &MetricResult).arms.iter();
            arms.filter_map(move |arm| Some((metric, arm, p_of(arm)?)))
        };
        let found: Vec<_> = metrics.iter().flat_map(of).collect();
        let count = u32::try_from(found.len().max(1)).unwrap_or(u32::MAX);
        for (metric, arm, p) in found {
            if p <= WARNING_ALPHA / f64::from(count) {
                issues.push(Issue {
                    state: State::Warning,
                    code,
                    text: format!("The arm {} {text}, in {}.", arm.arm, metric.metric),
                    p: Some(p),
                });
            }
        }
    }
}

/// People and buckets of each arm, for each time in which weights stayed the same. A ramp adds buckets to
/// all arms alike, so it is no other time.
fn shares(observed: &Observed<'_>, counted: &Counted) -> Vec<Vec<Share>> {
    let mut times: Vec<(&[i32], Vec<Share>)> = Vec::new();
    for (batch, people) in &counted.exposed {
        let Some(row) = in_force(observed, *batch) else {
            continue;
        };
        let weights = row.weights_bps.as_slice();
        let at = match times.iter().position(|(known, _)| *known == weights) {
            Some(at) => at,
            None => {
                let buckets = buckets(observed, weights).into_iter();
                let nobody = buckets.map(|weight| Share { weight, people: 0 });
                times.push((weights, nobody.collect()));
                times.len() - 1
            }
        };
        if let Some((_, shares)) = times.get_mut(at) {
            for (share, people) in shares.iter_mut().zip(people) {
                share.people += u64::try_from(*people).unwrap_or_default();
            }
        }
    }
    times.into_iter().map(|(_, shares)| shares).collect()
}

/// The tests of each dimension, unless weights moved, so that nobody knows what to expect of a value.
fn dimensions(observed: &Observed<'_>, counted: &Counted) -> Vec<DimensionHealth> {
    let mut weights = observed.shared_out.iter().map(|it| &it.weights_bps);
    let first = weights.next();
    if weights.any(|it| Some(it) != first) {
        return Vec::new();
    }
    let expected = first.map_or_else(Vec::new, |weights| buckets(observed, weights));
    let of = |(place, dimension): (usize, &Dimension)| {
        let values = counted.by_value.iter().filter(|((at, _), _)| *at == place);
        let tested = values.map(|((_, value), people)| {
            let name = match value {
                DimensionValue::Listed(at) => dimension.values.get(*at).cloned(),
                DimensionValue::Other => Some("(other)".to_owned()),
                DimensionValue::Absent => Some("(none)".to_owned()),
            };
            let shares = expected.iter().zip(people).map(|(&weight, &people)| Share {
                weight,
                people: u64::try_from(people).unwrap_or_default(),
            });
            let mismatch = Mismatch::of(&[shares.collect()], None);
            (name.unwrap_or_default(), mismatch)
        });
        DimensionHealth {
            property: dimension.property.clone(),
            values: by_value(tested.collect()),
        }
    };
    let dimensions = observed.measurement.dimensions.iter();
    dimensions.enumerate().map(of).collect()
}
