//! Whether figures can be trusted.
//!
//! Law: who saw two arms, or one that nobody is dealt to, is counted and in no comparison. What makes
//! figures worthless breaks an experiment, what makes them doubtful is a warning.

use super::{
    ArmResult, Counted, MetricResult, Observed,
    periods::{buckets, dealt_by},
};
use crate::experiments::{
    decision::{people as people_text, whole as whole_text},
    measurement::{Dimension, DimensionValue},
    mismatch::{
        Mismatch, Share, ValueMismatch, by_value,
        stray::{MOST, Stray},
    },
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
    /// What the test compares: the people of each arm, in the order of the design, and how many were expected.
    pub arms: Vec<ArmShare>,
    /// The same for each value of each dimension; none where the parts of arms changed, as a bandit's do.
    pub dimensions: Vec<DimensionHealth>,
    /// Who saw several arms.
    pub crossed: Stray,
    /// What speaks against the figures, the worst first.
    pub issues: Vec<Issue>,
}

/// An arm's people, and how many were expected: by the buckets that they were dealt by, and of those of whom
/// it is known which these were.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArmShare {
    /// The arm's key.
    pub arm: String,
    /// How many came.
    pub people: u64,
    /// How many were expected.
    pub expected: f64,
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
    let shares = shares(observed, counted);
    let mismatch = Mismatch::of(&shares, observed.mismatch_so_far);
    let dimensions = dimensions(observed, counted);
    let exposed: i64 = counted.arms().iter().sum();
    let all = whole(exposed.saturating_add(counted.crossed));
    let crossed = Stray::of(whole(counted.crossed), all);
    let mut issues = Vec::new();
    closed_arms(observed, &shares, all, &mut issues);
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
        if let Some(worst) = worst.filter(|it| it.is_found) {
            issues.push(Issue {
                // A stranger fills a rare value with a few exposures.
                state: State::Warning,
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
            text: format!(
                "{} of {} saw several arms, {:.2} %: more than the {:.0} % who may have changed devices.",
                whole_text(crossed.share.numerator),
                people_text(all),
                crossed.share.rate.unwrap_or(0.0) * 100.0,
                MOST * 100.0
            ),
            p: Some(crossed.p),
        });
    }
    drifts(metrics, &mut issues);
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.state));
    let worst = issues.iter().map(|issue| issue.state).max();
    Health {
        state: worst.unwrap_or(State::Fine),
        mismatch,
        arms: expected(&observed.measurement.arms, &shares),
        dimensions,
        crossed,
        issues,
    }
}

/// The people of each arm, and how many were expected.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
fn expected(arms: &[String], times: &[Vec<Share>]) -> Vec<ArmShare> {
    let nobody = arms.iter().map(|arm| ArmShare {
        arm: arm.clone(),
        people: 0,
        expected: 0.0,
    });
    let mut all: Vec<ArmShare> = nobody.collect();
    for time in times {
        let open = || time.iter().filter(|share| share.weight > 0);
        let people: u64 = open().map(|share| share.people).sum();
        let buckets: u64 = open().map(|share| u64::from(share.weight)).sum();
        for (arm, share) in all.iter_mut().zip(time) {
            arm.people += share.people;
            arm.expected += people as f64 * f64::from(share.weight) / buckets.max(1) as f64;
        }
    }
    all
}

fn whole(people: i64) -> u64 {
    u64::try_from(people).unwrap_or_default()
}

/// People who saw an arm while nobody was dealt to it: by an exposure that is forged, or by a page that
/// asks nobody. They are in none of the other arms, so a few are no more than a warning, and many may
/// have been taken from some arm.
fn closed_arms(observed: &Observed<'_>, times: &[Vec<Share>], all: u64, issues: &mut Vec<Issue>) {
    let strays = |place: usize| -> u64 {
        let shares = times.iter().filter_map(|shares| shares.get(place));
        let closed = shares.filter(|share| share.weight == 0);
        closed.map(|share| share.people).sum()
    };
    let arms = &observed.measurement.arms;
    let strays: Vec<(&String, u64)> = arms.iter().zip((0..arms.len()).map(strays)).collect();
    let together = Stray::of(strays.iter().map(|(_, people)| people).sum(), all);
    for (arm, people) in strays.into_iter().filter(|(_, people)| *people > 0) {
        issues.push(Issue {
            state: match together.is_too_many {
                true => State::Broken,
                false => State::Warning,
            },
            code: "closed_arm",
            text: format!(
                "{} saw the arm {arm}, which has no weight.",
                people_text(people)
            ),
            p: Some(together.p),
        });
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

/// People and buckets of each arm, for each time in which arms had the same part of the buckets. Of a batch
/// in which these parts changed nobody knows who was dealt by which, so it is in none.
fn shares(observed: &Observed<'_>, counted: &Counted) -> Vec<Vec<Share>> {
    let mut times: Vec<(Vec<u32>, Vec<Share>)> = Vec::new();
    for (batch, people) in &counted.exposed {
        let mut dealt = dealt_by(observed, *batch).map(|row| buckets(observed, row));
        let Some(first) = dealt.next() else {
            continue;
        };
        if dealt.any(|earlier| earlier != first) {
            continue;
        }
        let at = match times.iter().position(|(known, _)| *known == first) {
            Some(at) => at,
            None => {
                let nobody = first.iter().map(|&weight| Share { weight, people: 0 });
                let nobody = nobody.collect();
                times.push((first, nobody));
                times.len() - 1
            }
        };
        if let Some((_, shares)) = times.get_mut(at) {
            for (share, people) in shares.iter_mut().zip(people) {
                share.people += whole(*people);
            }
        }
    }
    times.into_iter().map(|(_, shares)| shares).collect()
}

/// The tests of each dimension, unless the parts of arms changed, so that nobody knows what to expect of a
/// value.
fn dimensions(observed: &Observed<'_>, counted: &Counted) -> Vec<DimensionHealth> {
    let mut dealt = observed.shared_out.iter().map(|row| buckets(observed, row));
    let expected = dealt.next().unwrap_or_default();
    if dealt.any(|later| later != expected) {
        return Vec::new();
    }
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
                people: whole(people),
            });
            (name.unwrap_or_default(), shares.collect())
        });
        DimensionHealth {
            property: dimension.property.clone(),
            values: by_value(tested.collect()),
        }
    };
    let dimensions = observed.measurement.dimensions.iter();
    dimensions.enumerate().map(of).collect()
}
