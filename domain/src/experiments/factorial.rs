//! Experiments with several factors, of which every combination of levels is a cell: what each factor
//! does, and whether two of them do something together.
//!
//! Law: sums of squares are of type II: what a term explains beyond all terms that do not hold it. So they
//! depend neither on the order of factors nor on the coding of levels, and an interaction that is not
//! there costs the factors nothing. A term of which empty cells hide a part is not tested at all.

pub mod design;
mod fit;
pub mod independence;

use super::{
    moments::{Moments, VALUE},
    numbers::{count, size},
};
use crate::{refusal::Refusal, statistics::student::Student};
use design::{Design, Term};
use fit::{Fit, weighted_rows};
use nalgebra::DVector;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

/// An analysis of variance (Fisher 1925; Langsrud 2003 on types), by ordinary least squares on factors
/// and interactions of two. Interactions of more are part of the residual.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// Each factor, and then each pair of factors.
    pub terms: Vec<TermTest>,
    /// Each level of each factor, but for the first, against its first.
    pub contrasts: Vec<Contrast>,
    /// Degrees of freedom of the residual; null when no people are left for it.
    pub residual_freedom: Option<i64>,
    /// Variance of the residual; null without freedom.
    pub residual_variance: Option<f64>,
}

/// Whether a term explains more than chance does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TermTest {
    /// Number of the factor, or of the two that interact.
    pub factors: Vec<usize>,
    /// Degrees of freedom.
    pub freedom: usize,
    /// Sum of squares, in units squared; null where cells are missing.
    pub sum_of_squares: Option<f64>,
    /// The F statistic.
    pub f: Option<f64>,
    /// Its p value.
    pub p: Option<f64>,
    /// Why there is no p value; null if there is one.
    pub missing: Option<Missing>,
}

/// What a level of a factor does against its first level, all combinations of the other factors' levels
/// counting the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contrast {
    /// Number of the factor.
    pub factor: usize,
    /// Number of the level, from 1 on.
    pub level: usize,
    /// Difference of the means, in units; null where cells are missing.
    pub difference: Option<f64>,
    /// Its standard error; null without a variance.
    pub standard_error: Option<f64>,
    /// Its interval by Student's t; null without a standard error.
    pub interval: Option<[f64; 2]>,
}

/// Why something cannot be tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Cells that it needs have no people.
    EmptyCells,
    /// No more people than means.
    TooFewPeople,
    /// Nobody differs from the others of their cell.
    NoVariance,
}

/// Analyses the values of people by the cell that they are in, cells being in the order of [`Design`],
/// with intervals at `alpha`.
///
/// # Errors
/// When there are more or fewer cells than the design has.
pub fn analyse(design: &Design, cells: &[Moments], alpha: f64) -> Result<Analysis, Refusal> {
    Refusal::unless_count(
        "cells",
        cells.len(),
        design.cells()..=design.cells(),
        "cells",
    )?;
    let terms = design.terms();
    let (rows, values) = weighted_rows(cells);
    let fit = |chosen: &[&Term]| Fit::of(design, &rows, &values, chosen);
    let whole = fit(&terms.iter().collect::<Vec<_>>());
    let residual = Residual::of(cells, &whole);
    let tests = terms.iter().map(|term| {
        let others: Vec<&Term> = terms.iter().filter(|it| !it.holds(term)).collect();
        let without = fit(&others);
        let with = fit(&others.into_iter().chain([term]).collect::<Vec<_>>());
        test(term, design, &without, &with, &residual)
    });
    let contrasts = (0..design.factors()).flat_map(|factor| {
        let levels = 1..design.levels(factor);
        levels.map(move |level| (factor, level))
    });
    Ok(Analysis {
        terms: tests.collect(),
        contrasts: contrasts
            .map(|(factor, level)| contrast(design, factor, level, &whole, &residual, alpha))
            .collect(),
        residual_freedom: residual.freedom,
        residual_variance: residual.variance,
    })
}

struct Residual {
    freedom: Option<i64>,
    variance: Option<f64>,
}

impl Residual {
    fn of(cells: &[Moments], whole: &Fit) -> Self {
        let people: i64 = cells.iter().map(|cell| cell.people).sum();
        let means = i64::try_from(whole.rank()).unwrap_or(i64::MAX);
        let freedom = Some(people.saturating_sub(means)).filter(|&freedom| freedom > 0);
        let within = cells.iter().filter_map(|cell| {
            let variance = cell.covariance(VALUE, VALUE)?;
            Some(variance * count(cell.people - 1))
        });
        let squares: f64 = within.sum::<f64>() + whole.residual_squares();
        Self {
            freedom,
            variance: freedom.map(|freedom| squares / count(freedom)),
        }
    }

    /// Variance and freedom to test with.
    fn to_test(&self) -> Result<(f64, f64), Missing> {
        let (variance, freedom) = self
            .variance
            .zip(self.freedom)
            .ok_or(Missing::TooFewPeople)?;
        if variance > 0.0 {
            Ok((variance, count(freedom)))
        } else {
            Err(Missing::NoVariance)
        }
    }
}

fn test(term: &Term, design: &Design, without: &Fit, with: &Fit, residual: &Residual) -> TermTest {
    let freedom = term.freedom(design);
    let is_whole = with.rank() == without.rank() + freedom;
    let explained = without.residual_squares() - with.residual_squares();
    let sum_of_squares = is_whole.then_some(explained.max(0.0));
    let tested = sum_of_squares
        .ok_or(Missing::EmptyCells)
        .and_then(|squares| {
            let (variance, rest) = residual.to_test()?;
            let freedom = size(freedom);
            let f = squares / freedom / variance;
            let distribution =
                FisherSnedecor::new(freedom, rest).map_err(|_| Missing::TooFewPeople)?;
            Ok((f, distribution.sf(f).clamp(0.0, 1.0)))
        });
    TermTest {
        factors: term.factors().to_vec(),
        freedom,
        sum_of_squares,
        f: tested.ok().map(|(f, _)| f),
        p: tested.ok().map(|(_, p)| p),
        missing: tested.err(),
    }
}

fn contrast(
    design: &Design,
    factor: usize,
    level: usize,
    whole: &Fit,
    residual: &Residual,
    alpha: f64,
) -> Contrast {
    let contrast: DVector<f64> = design.contrast(factor, level);
    let estimate = whole.estimate(&contrast);
    let standard_error = estimate
        .zip(residual.to_test().ok())
        .map(|(estimate, (variance, _))| (estimate.unit_variance * variance).sqrt());
    let spread = standard_error
        .zip(residual.to_test().ok())
        .filter(|_| alpha > 0.0 && alpha < 1.0)
        .and_then(|(error, (_, freedom))| {
            Some(error * Student::new(freedom)?.quantile(alpha / 2.0))
        });
    Contrast {
        factor,
        level,
        difference: estimate.map(|it| it.value),
        standard_error,
        interval: estimate
            .zip(spread)
            .map(|(it, spread)| [it.value - spread, it.value + spread]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiments::moments::Observation;

    fn cell(values: &[i64]) -> Moments {
        let mut all = Moments::default();
        for &value in values {
            all.add(&Moments::of(Observation([value * 1_000_000, 0, 0, 0])), 1);
        }
        all
    }

    fn two_by_two(cells: [&[i64]; 4]) -> Analysis {
        let design = Design::new(vec![2, 2]).expect("a design");
        analyse(&design, &cells.map(cell), 0.05).expect("an analysis")
    }

    fn missing(analysis: &Analysis) -> Vec<Option<Missing>> {
        analysis.terms.iter().map(|term| term.missing).collect()
    }

    #[test]
    fn an_empty_cell_hides_the_interaction_and_leaves_the_factors() {
        let analysis = two_by_two([&[1, 3], &[2, 5], &[4, 4], &[]]);
        assert_eq!(missing(&analysis), [None, None, Some(Missing::EmptyCells)]);
        assert_eq!(analysis.terms[2].p, None);
        // The means of a factor's levels are no longer what the cells say.
        assert_eq!(analysis.contrasts[0].difference, None);
    }

    #[test]
    fn a_level_that_nobody_saw_has_no_test() {
        let analysis = two_by_two([&[1, 3], &[2, 5], &[], &[]]);
        let hidden = Some(Missing::EmptyCells);
        assert_eq!(missing(&analysis), [hidden, None, hidden]);
    }

    #[test]
    fn nobody_at_all_tests_nothing() {
        let analysis = two_by_two([&[]; 4]);
        assert_eq!(missing(&analysis), [Some(Missing::EmptyCells); 3]);
        assert_eq!(analysis.residual_variance, None);
    }

    #[test]
    fn one_person_a_cell_is_too_few() {
        let analysis = two_by_two([&[1], &[3], &[2], &[9]]);
        assert_eq!(missing(&analysis), [Some(Missing::TooFewPeople); 3]);
        let difference = analysis.contrasts[0].difference.expect("a difference");
        assert!((difference - 3.5).abs() < 1e-12);
        assert_eq!(analysis.contrasts[0].interval, None);
    }

    #[test]
    fn people_who_are_all_alike_do_not_pass_for_certainty() {
        let analysis = two_by_two([&[1, 1], &[1, 1], &[2, 2], &[2, 2]]);
        assert_eq!(missing(&analysis), [Some(Missing::NoVariance); 3]);
        assert_eq!(analysis.contrasts[0].standard_error, None);
    }

    #[test]
    fn cells_are_as_many_as_the_design_has() {
        let design = Design::new(vec![2, 2]).expect("a design");
        assert!(analyse(&design, &[Moments::default(); 3], 0.05).is_err());
    }
}
