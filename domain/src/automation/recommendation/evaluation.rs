//! Whether a method is better than popularity, on choices that none was trained on.
//!
//! Law: a method is used only where the paired interval of its gain over popularity lies above 0: Student's,
//! over people, of the differences of their NDCG, at a confidence that holds for all methods together
//! (Bonferroni). Of those the one with the largest gain is used, and popularity where there is none.

use super::model::Method;
use crate::{
    statistics::{proportion::CONFIDENCE, student::Student},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Fewest people on whose choices methods are compared.
pub const MIN_TESTED: usize = 50;

/// How methods did on people's later choices, and which is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// What people chose after this moment was not learned from.
    pub after: Timestamp,
    /// How many items were shown to each.
    pub shown: usize,
    /// The people who took something new after the moment.
    pub people: usize,
    /// How popularity did.
    pub popularity: Measures,
    /// How the others did; empty where the people are too few.
    pub candidates: Vec<Candidate>,
    /// The method in force.
    pub method: Method,
    /// Why.
    pub why: Why,
}

/// Means over people; null without people.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measures {
    /// See [`recall`](super::metrics::recall).
    pub recall: Option<f64>,
    /// See [`ndcg`](super::metrics::ndcg).
    pub ndcg: Option<f64>,
    /// The share of all items that anybody was shown; null without items.
    pub coverage: Option<f64>,
}

/// How a method did that must beat popularity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// The method.
    pub method: Method,
    /// How it did.
    pub measures: Measures,
    /// By how much its recall is above popularity's.
    pub recall_gain: Option<Gain>,
    /// By how much its NDCG is above popularity's, which decides.
    pub ndcg_gain: Option<Gain>,
}

/// A mean of paired differences.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gain {
    /// The mean.
    pub mean: f64,
    /// Bounds of its interval.
    pub interval: [f64; 2],
}

/// Why a method is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is better than popularity.
    BetterThanPopularity,
    /// No method is shown to be better than popularity.
    NoneIsBetter,
    /// The people are too few to compare methods.
    TooFewPeople,
}

/// What a method showed each person, measured.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) recall: Vec<f64>,
    pub(super) ndcg: Vec<f64>,
    pub(super) items: BTreeSet<String>,
}

impl Shown {
    fn measures(&self, items: usize) -> Measures {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let coverage = (items > 0).then(|| self.items.len() as f64 / items as f64);
        Measures {
            recall: mean(&self.recall).map(kept),
            ndcg: mean(&self.ndcg).map(kept),
            coverage: coverage.map(kept),
        }
    }
}

impl Evaluation {
    /// Decides between popularity and the others, of `items` that could be shown.
    pub(super) fn of(
        popularity: &Shown,
        others: &[(Method, Shown)],
        items: usize,
        (after, shown): (Timestamp, usize),
    ) -> Self {
        let candidate = |(method, other): &(Method, Shown)| Candidate {
            method: *method,
            measures: other.measures(items),
            recall_gain: Gain::between(&other.recall, &popularity.recall, others.len()),
            ndcg_gain: Gain::between(&other.ndcg, &popularity.ndcg, others.len()),
        };
        let candidates: Vec<Candidate> = others.iter().map(candidate).collect();
        let people = popularity.ndcg.len();
        let better = candidates
            .iter()
            .filter_map(|it| Some((it.method, it.ndcg_gain?)));
        let better = better
            .filter(|(_, gain)| gain.interval[0] > 0.0)
            .max_by(|left, right| left.1.mean.total_cmp(&right.1.mean));
        let (method, why) = match better {
            _ if people < MIN_TESTED => (Method::Popularity, Why::TooFewPeople),
            Some((method, _)) => (method, Why::BetterThanPopularity),
            None => (Method::Popularity, Why::NoneIsBetter),
        };
        Self {
            after,
            shown,
            people,
            popularity: popularity.measures(items),
            candidates,
            method,
            why,
        }
    }

    /// Why the method is in force, as a sentence.
    pub fn words(&self) -> String {
        let Self { method, people, .. } = self;
        match self.why {
            Why::TooFewPeople => format!(
                "The method in force is {method}: too few people chose something later to compare others, {people} of {MIN_TESTED}."
            ),
            Why::NoneIsBetter => format!(
                "The method in force is {method}: on what {people} people chose later, no other was shown to be better."
            ),
            Why::BetterThanPopularity => {
                let percent = |measures: &Measures| measures.recall.unwrap_or_default() * 100.0;
                let used = self.candidates.iter().find(|it| it.method == *method);
                let used = used.map_or(0.0, |it| percent(&it.measures));
                format!(
                    "The method in force is {method}: its first {} had {used:.0} % of what {people} people chose later, popularity's {:.0} %.",
                    self.shown,
                    percent(&self.popularity),
                )
            }
        }
    }
}

impl Gain {
    /// The mean of `left` - `right`, pair by pair, with Student's interval at the confidence that holds for
    /// `comparisons` of them together. None with fewer than two pairs.
    pub fn between(left: &[f64], right: &[f64], comparisons: usize) -> Option<Self> {
        let differences: Vec<f64> = left
            .iter()
            .zip(right)
            .map(|(one, other)| one - other)
            .collect();
        let centre = mean(&differences)?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let [count, comparisons] = [differences.len(), comparisons].map(|it| it as f64);
        let student = Student::new(count - 1.0)?;
        let squares: f64 = differences.iter().map(|it| (it - centre).powi(2)).sum();
        let error = (squares / (count - 1.0) / count).sqrt();
        let spread = student.quantile((1.0 - CONFIDENCE) / 2.0 / comparisons) * error;
        Some(Self {
            mean: kept(centre),
            interval: [kept(centre - spread), kept(centre + spread)],
        })
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let count = values.len() as f64;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / count)
}

/// Rounded to millionths, which JSON keeps exactly.
fn kept(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
