//! Factorial designs: statsmodels and scipy, and what changes nothing.

use super::chance::{Chance, person};
use proptest::prelude::*;
use serde::Deserialize;
use tessera_domain::experiments::{
    factorial::{Analysis, Missing, analyse, design::Design, independence::independence},
    moments::{Moments, Observation},
};

#[derive(Deserialize)]
struct Fixture {
    designs: Vec<Case>,
    empty_cells: Vec<EmptyCell>,
    tables: Vec<Table>,
}

#[derive(Deserialize)]
struct Case {
    levels: Vec<usize>,
    cells: Vec<Vec<i64>>,
    terms: Vec<Term>,
    contrasts: Vec<Contrast>,
    residual_freedom: i64,
    residual_variance: f64,
}

#[derive(Deserialize)]
struct Term {
    factors: Vec<usize>,
    freedom: usize,
    sum: f64,
    f: f64,
    p: f64,
}

#[derive(Deserialize)]
struct Contrast {
    factor: usize,
    level: usize,
    difference: f64,
    standard_error: f64,
    interval: [f64; 2],
}

#[derive(Deserialize)]
struct EmptyCell {
    cells: Vec<Vec<i64>>,
    tests: Vec<Tested>,
}

#[derive(Deserialize)]
struct Tested {
    f: f64,
    p: f64,
}

#[derive(Deserialize)]
struct Table {
    table: Vec<Vec<u64>>,
    statistic: f64,
    freedom: usize,
    p: f64,
}

fn fixture() -> Fixture {
    let json = include_str!("../../../../tests/oracles/fixtures/factorial.json");
    serde_json::from_str(json).expect("a fixture")
}

/// From values in millionths.
fn moments(cells: &[Vec<i64>]) -> Vec<Moments> {
    let cell = |values: &Vec<i64>| {
        let mut all = Moments::default();
        for &value in values {
            all.add(&Moments::of(Observation([value, 0, 0, 0])), 1);
        }
        all
    };
    cells.iter().map(cell).collect()
}

fn analysed(levels: &[usize], cells: &[Moments]) -> Analysis {
    let design = Design::new(levels.to_vec()).expect("a design");
    analyse(&design, cells, 0.05).expect("an analysis")
}

/// The largest difference so far, of values relative to `scale`.
struct Largest(f64);

impl Largest {
    fn see(&mut self, ours: Option<f64>, theirs: f64, scale: f64) {
        let ours = ours.unwrap_or_else(|| panic!("none, not {theirs}"));
        self.0 = self.0.max((ours - theirs).abs() / scale);
    }
}

#[test]
fn designs_are_analysed_as_by_statsmodels() {
    let mut largest = Largest(0.0);
    for case in fixture().designs {
        let ours = analysed(&case.levels, &moments(&case.cells));
        assert_eq!(ours.residual_freedom, Some(case.residual_freedom));
        largest.see(
            ours.residual_variance,
            case.residual_variance,
            case.residual_variance,
        );
        assert_eq!(ours.terms.len(), case.terms.len());
        for (ours, theirs) in ours.terms.iter().zip(&case.terms) {
            assert_eq!(
                (&ours.factors, ours.freedom),
                (&theirs.factors, theirs.freedom)
            );
            largest.see(ours.sum_of_squares, theirs.sum, theirs.sum);
            largest.see(ours.f, theirs.f, theirs.f);
            largest.see(ours.p, theirs.p, theirs.p);
        }
        assert_eq!(ours.contrasts.len(), case.contrasts.len());
        for (ours, theirs) in ours.contrasts.iter().zip(&case.contrasts) {
            assert_eq!((ours.factor, ours.level), (theirs.factor, theirs.level));
            let scale = theirs.difference.abs().max(theirs.standard_error);
            largest.see(ours.difference, theirs.difference, scale);
            largest.see(ours.standard_error, theirs.standard_error, scale);
            for end in 0..2 {
                largest.see(ours.interval.map(|it| it[end]), theirs.interval[end], scale);
            }
        }
    }
    println!("largest relative difference {:e}", largest.0);
    assert!(largest.0 <= 1e-9, "{:e}", largest.0);
}

#[test]
fn an_empty_cell_leaves_the_factors_as_a_model_without_interaction_has_them() {
    let mut largest = Largest(0.0);
    for case in fixture().empty_cells {
        let ours = analysed(&[2, 2], &moments(&case.cells));
        for (ours, theirs) in ours.terms.iter().zip(&case.tests) {
            largest.see(ours.f, theirs.f, theirs.f);
            largest.see(ours.p, theirs.p, theirs.p);
        }
        assert_eq!(ours.terms[2].missing, Some(Missing::EmptyCells));
    }
    println!("largest relative difference {:e}", largest.0);
    assert!(largest.0 <= 1e-9, "{:e}", largest.0);
}

#[test]
fn assignments_are_as_independent_as_scipy_says() {
    let mut largest = Largest(0.0);
    for case in fixture().tables {
        let ours = independence(&case.table).expect("a test");
        assert_eq!(ours.freedom, case.freedom);
        largest.see(Some(ours.statistic), case.statistic, case.statistic);
        largest.see(Some(ours.p), case.p, case.p.max(1e-300));
    }
    println!("largest relative difference {:e}", largest.0);
    assert!(largest.0 <= 1e-9, "{:e}", largest.0);
}

fn cells(count: usize) -> impl Strategy<Value = Vec<Vec<i64>>> {
    let cell = prop::collection::vec(-5_000_000..5_000_000_i64, 0..6);
    prop::collection::vec(cell, count)
}

fn is_close(one: Option<f64>, other: Option<f64>, tolerance: f64) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            (one - other).abs() <= tolerance * one.abs().max(other.abs()).max(1.0)
        }
        (one, other) => one == other,
    }
}

proptest! {
    #[test]
    fn neither_the_order_of_factors_nor_of_levels_plays_a_part(cells in cells(6)) {
        let plain = analysed(&[2, 3], &moments(&cells));
        // The other factor first, and its levels from the last on.
        let turned: Vec<Vec<i64>> = [2, 1, 0]
            .iter()
            .flat_map(|&level| [cells[level].clone(), cells[3 + level].clone()])
            .collect();
        let turned = analysed(&[3, 2], &moments(&turned));
        for (one, other) in [(0, 1), (1, 0), (2, 2)] {
            let (one, other) = (&plain.terms[one], &turned.terms[other]);
            prop_assert_eq!((one.freedom, one.missing), (other.freedom, other.missing));
            prop_assert!(is_close(one.sum_of_squares, other.sum_of_squares, 1e-9));
            prop_assert!(is_close(one.p, other.p, 1e-7), "{:?} {:?}", one, other);
        }
        let [one, other] = [plain.contrasts[0].difference, turned.contrasts[2].difference];
        prop_assert!(is_close(one, other, 1e-9));
    }

    #[test]
    fn a_constant_that_all_people_have_more_of_plays_no_part(cells in cells(8)) {
        let moved: Vec<Vec<i64>> = cells
            .iter()
            .map(|cell| cell.iter().map(|value| value + 900_000_000_000_000).collect())
            .collect();
        let (plain, moved) =
            (analysed(&[2, 2, 2], &moments(&cells)), analysed(&[2, 2, 2], &moments(&moved)));
        for (one, other) in plain.terms.iter().zip(&moved.terms) {
            prop_assert!(is_close(one.sum_of_squares, other.sum_of_squares, 1e-4));
        }
    }

    #[test]
    fn what_is_missing_is_null_and_everything_else_a_number(cells in cells(12)) {
        let analysis = analysed(&[3, 4], &moments(&cells));
        for term in &analysis.terms {
            prop_assert_eq!(term.p.is_none(), term.missing.is_some());
            for figure in [term.sum_of_squares, term.f, term.p].into_iter().flatten() {
                prop_assert!(figure.is_finite() && figure >= 0.0);
            }
        }
        for contrast in &analysis.contrasts {
            let ends = contrast.interval.map_or([None; 2], |it| it.map(Some));
            let figures = [contrast.difference, contrast.standard_error, ends[0], ends[1]];
            prop_assert!(figures.into_iter().flatten().all(f64::is_finite));
        }
    }
}

#[test]
fn experiments_without_an_interaction_have_one_by_chance_alone() {
    const RUNS: u32 = 1_000;
    let mut chance = Chance(17);
    let (mut alarms, mut found) = (0, 0);
    for _ in 0..RUNS {
        for (interaction, count) in [(0.0, &mut alarms), (1.0, &mut found)] {
            let cells: Vec<Moments> = (0..4)
                .map(|cell| {
                    let (one, other) = (f64::from(cell / 2), f64::from(cell % 2));
                    let mut all = Moments::default();
                    // As many people as a split of 70 to 30 in both experiments has.
                    for _ in 0..[49, 21, 21, 9][usize::try_from(cell).expect("a cell")] {
                        let mean = one + 2.0 * other + interaction * one * other;
                        all.add(&person(mean + chance.normal()), 1);
                    }
                    all
                })
                .collect();
            let p = analysed(&[2, 2], &cells).terms[2].p.expect("p");
            *count += u32::from(p <= 0.05);
        }
    }
    println!(
        "of {RUNS}: {alarms} without an interaction, {found} with one of a standard deviation"
    );
    assert!((28..=72).contains(&alarms), "{alarms}");
    assert!(found > 450, "{found}");
}

#[test]
fn intervals_of_very_many_people_are_near_normal_and_soon_there() {
    for people in [10_000_000_i64, 30_000_000] {
        let mut cell = Moments::of(Observation([0; 4]));
        cell.people = people / 4;
        cell.sums[0] = i128::from(people / 40) * 1_000_000;
        cell.products[0] = i128::from(people / 40) * 1_000_000_000_000;
        let analysis = analysed(&[2, 2], &[cell; 4]);
        let contrast = &analysis.contrasts[0];
        let (error, interval) = (contrast.standard_error, contrast.interval);
        let width = interval.expect("an interval")[1] - contrast.difference.expect("a difference");
        let critical = width / error.expect("an error");
        assert!((critical - 1.959_964).abs() < 1e-5, "{people}: {critical}");
    }
}
