//! Corrects what many comparisons find by chance alone.
//!
//! Law: a hypothesis is significant exactly if its corrected value is at most alpha, which no correction
//! makes easier, and in whatever order hypotheses come. One without evidence, or with evidence that is no
//! number in its range, stays without a corrected value and is never significant. It still counts in
//! its family, as one that found nothing: a family is what was planned, so that what happens to be
//! missing cannot make the others significant.

pub(crate) mod adjust;

use super::{
    assignment::BPS,
    numbers::{part, size},
};
use adjust::{false_discovery, holm};
use serde::{Deserialize, Serialize};

/// How a family of hypotheses is corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// Not at all.
    None,
    /// Holm (1979), on p: the chance of any false discovery is at most alpha, whatever depends on what.
    Holm,
    /// Benjamini and Hochberg (1995), on p: the expected share of false discoveries among all is at most
    /// alpha, for p values that are independent or positively dependent.
    BenjaminiHochberg,
    /// Bonferroni's, on p, where primary metrics divide a share of alpha among them and all others the
    /// rest, as in Eppo's documentation (Multiple testing correction). Where only one of the two kinds is
    /// in a family, it has all of alpha.
    PreferentialBonferroni {
        /// The share of primary metrics, in basis points; more than 10,000 count as 10,000.
        primary_share_bps: u16,
    },
    /// e-BH (Wang and Ramdas 2022), on e: as for Benjamini and Hochberg, whatever depends on what, and
    /// whenever one looks and stops. Only for current e values: with their running maxima the guarantee
    /// is lost (Tavyrikov, Goeman and de Heide 2025, arXiv 2501.19360).
    EBenjaminiHochberg,
}

/// Which hypotheses make a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All together.
    All,
    /// Those of the same metric.
    PerMetric,
    /// Those of the same arm.
    PerArm,
    /// Those of primary metrics; the others stay as they are, each by itself.
    PrimaryOnly,
}

/// That an arm does not differ from its base in a metric, and the evidence against it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hypothesis {
    /// Number of the arm.
    pub arm: usize,
    /// Number of the metric.
    pub metric: usize,
    /// Whether the metric is a primary one.
    pub is_primary: bool,
    /// The p value, from 0 to 1.
    pub p: Option<f64>,
    /// The current e value, from 0 on; infinite where it is too large for a number.
    pub e: Option<f64>,
}

/// What remains of the evidence in its family.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Verdict {
    /// The corrected p value, for [`Correction::EBenjaminiHochberg`] the reciprocal of the corrected e
    /// value; null without evidence.
    pub corrected: Option<f64>,
    /// Whether the corrected value is at most alpha; never of a posterior, which has none.
    pub is_significant: bool,
    /// The alpha of an interval that goes with the verdict; null without evidence or alpha.
    ///
    /// Bonferroni's for [`Correction::Holm`] and [`Correction::PreferentialBonferroni`], with which all
    /// intervals hold together; Holm may find significant what its interval does not. Alpha · R / K where
    /// R of K are significant, and at least one is counted, for the two that bound false discoveries:
    /// then the expected share of intervals that miss among those of significant hypotheses is at most
    /// alpha (Benjamini and Yekutieli 2005; for e values Xu, Wang and Ramdas 2022, arXiv 2203.12572).
    pub interval_alpha: Option<f64>,
}

/// The verdict on each hypothesis, in their order, at `alpha`, which lies between 0 and 1: otherwise
/// nothing is significant or has an interval.
pub fn correct(
    hypotheses: &[Hypothesis],
    correction: Correction,
    scope: Scope,
    alpha: f64,
) -> Vec<Verdict> {
    let alpha = (alpha > 0.0 && alpha < 1.0).then_some(alpha);
    let mut families: Vec<(Family, Vec<usize>)> = Vec::new();
    for (at, hypothesis) in hypotheses.iter().enumerate() {
        let family = Family::of(at, hypothesis, scope);
        match families.iter_mut().find(|(known, _)| *known == family) {
            Some((_, members)) => members.push(at),
            None => families.push((family, vec![at])),
        }
    }
    let mut verdicts = vec![Verdict::default(); hypotheses.len()];
    for (_, members) in families {
        let family: Vec<Hypothesis> = members
            .iter()
            .filter_map(|&at| hypotheses.get(at).copied())
            .collect();
        for (at, found) in members.into_iter().zip(judge(&family, correction, alpha)) {
            if let Some(verdict) = verdicts.get_mut(at) {
                *verdict = found;
            }
        }
    }
    verdicts
}

#[derive(PartialEq, Eq)]
enum Family {
    Whole,
    Metric(usize),
    Arm(usize),
    Alone(usize),
}

impl Family {
    fn of(at: usize, hypothesis: &Hypothesis, scope: Scope) -> Self {
        match scope {
            Scope::All => Self::Whole,
            Scope::PerMetric => Self::Metric(hypothesis.metric),
            Scope::PerArm => Self::Arm(hypothesis.arm),
            Scope::PrimaryOnly if hypothesis.is_primary => Self::Whole,
            Scope::PrimaryOnly => Self::Alone(at),
        }
    }
}

fn judge(family: &[Hypothesis], correction: Correction, alpha: Option<f64>) -> Vec<Verdict> {
    let members = size(family.len());
    let evidence: Vec<Option<f64>> = family
        .iter()
        .map(|hypothesis| match correction {
            Correction::EBenjaminiHochberg => reciprocal(hypothesis.e),
            _ => hypothesis.p.filter(|p| (0.0..=1.0).contains(p)),
        })
        .collect();
    let shares: Vec<f64> = match correction {
        Correction::PreferentialBonferroni { primary_share_bps } => {
            shares_of_alpha(family, primary_share_bps)
        }
        _ => vec![1.0; family.len()],
    };
    let corrected = match correction {
        Correction::None => evidence,
        Correction::Holm => holm(&evidence),
        Correction::BenjaminiHochberg | Correction::EBenjaminiHochberg => {
            false_discovery(&evidence)
        }
        Correction::PreferentialBonferroni { .. } => evidence
            .iter()
            .zip(&shares)
            // Without a share even a p of 0 finds nothing.
            .map(|(p, &share)| {
                p.map(|p| {
                    if share > 0.0 {
                        (p / share).min(1.0)
                    } else {
                        1.0
                    }
                })
            })
            .collect(),
    };
    let is_significant = |value: &Option<f64>| value.zip(alpha).is_some_and(|(it, at)| it <= at);
    let discoveries = corrected.iter().filter(|it| is_significant(it)).count();
    let part_of_alpha = match correction {
        Correction::None | Correction::PreferentialBonferroni { .. } => 1.0,
        Correction::Holm => 1.0 / members,
        Correction::BenjaminiHochberg | Correction::EBenjaminiHochberg => {
            size(discoveries.max(1)) / members
        }
    };
    corrected
        .iter()
        .zip(shares)
        .map(|(value, share)| Verdict {
            corrected: *value,
            is_significant: is_significant(value),
            interval_alpha: value
                .and(alpha)
                .map(|alpha| alpha * part_of_alpha * share)
                .filter(|&alpha| alpha > 0.0),
        })
        .collect()
}

/// Markov's inequality: the reciprocal of an e value is a p value.
fn reciprocal(e: Option<f64>) -> Option<f64> {
    e.filter(|&e| e >= 0.0).map(|e| e.recip().min(1.0))
}

fn shares_of_alpha(family: &[Hypothesis], primary_share_bps: u16) -> Vec<f64> {
    let primaries = family.iter().filter(|it| it.is_primary).count();
    let others = family.len() - primaries;
    let of_primaries = match (primaries, others) {
        (_, 0) => 1.0,
        (0, _) => 0.0,
        _ => part(primary_share_bps.min(BPS)),
    };
    family
        .iter()
        .map(|it| match it.is_primary {
            true => of_primaries / size(primaries),
            false => (1.0 - of_primaries) / size(others),
        })
        .collect()
}
