//! Against implicit, scikit-learn and scipy (`tests/oracles/recommendation.py`).

use super::*;
use nalgebra::DMatrix;
use serde::Deserialize;
use tessera_domain::automation::recommendation::{
    Als, Cooccurrence, Gain, Histories, Taste, factorise,
    metrics::{ndcg, recall},
};

#[derive(Deserialize)]
struct Fixture {
    factors: Vec<Factors>,
    likenesses: Vec<Likenesses>,
    measures: Vec<Measures>,
    gains: Vec<Gains>,
}

#[derive(Deserialize)]
struct Factors {
    iterations: u32,
    regularisation: f64,
    alpha: f64,
    rows: Vec<Vec<(usize, f64)>>,
    start: Vec<Vec<f64>>,
    items: Vec<Vec<f64>>,
    scores: Vec<Vec<f64>>,
    explained: Vec<Explained>,
}

#[derive(Deserialize)]
struct Explained {
    person: usize,
    item: usize,
    score: f64,
    parts: Vec<f64>,
}

#[derive(Deserialize)]
struct Likenesses {
    days: Vec<Vec<i64>>,
    shrinkage: f64,
    neighbours: Vec<Vec<(usize, usize, usize, f64)>>,
}

#[derive(Deserialize)]
struct Measures {
    ranked: Vec<u32>,
    taken: BTreeSet<u32>,
    shown: usize,
    recall: f64,
    ndcg: f64,
}

#[derive(Deserialize)]
struct Gains {
    left: Vec<f64>,
    right: Vec<f64>,
    comparisons: usize,
    mean: f64,
    interval: [f64; 2],
}

fn fixture() -> Fixture {
    let json = include_str!("../../../../../tests/oracles/fixtures/recommendation.json");
    serde_json::from_str(json).expect("a fixture")
}

/// A column for each of the fixture's rows.
fn columns(rows: &[Vec<f64>]) -> DMatrix<f64> {
    DMatrix::from_fn(rows[0].len(), rows.len(), |row, column| rows[column][row])
}

fn distance<'a>(
    ours: impl IntoIterator<Item = &'a f64>,
    theirs: impl IntoIterator<Item = &'a f64>,
) -> f64 {
    let pairs = ours.into_iter().zip(theirs);
    pairs
        .map(|(one, other)| (one - other).abs())
        .fold(0.0, f64::max)
}

#[test]
fn factors_scores_and_their_parts_are_those_of_implicit() {
    for case in fixture().factors {
        let als = Als {
            iterations: case.iterations,
            regularisation: case.regularisation,
            alpha: case.alpha,
        };
        let items = factorise(&case.rows, columns(&case.start), &als).expect("factors");
        let of_items = distance(&items, &columns(&case.items));
        let gram = &items * items.transpose();
        let taste = |row: &Vec<(usize, f64)>| Taste::of(row, &items, &gram, &als).expect("a taste");
        let tastes: Vec<Taste> = case.rows.iter().map(taste).collect();
        let of_scores = tastes
            .iter()
            .zip(&case.scores)
            .map(|(taste, theirs)| distance(&items.tr_mul(&taste.factors), theirs));
        let of_scores = of_scores.fold(0.0, f64::max);
        let mut of_parts = 0.0_f64;
        for it in &case.explained {
            let row = &case.rows[it.person];
            let parts = tastes[it.person].contributions(it.item, row, &items, &als);
            assert_eq!(parts.len(), it.parts.len());
            of_parts = of_parts.max(distance(&parts, &it.parts));
            of_parts = of_parts.max((parts.iter().sum::<f64>() - it.score).abs());
        }
        println!("factors {of_items:.1e}, scores {of_scores:.1e}, parts {of_parts:.1e}");
        assert!(of_items <= 1e-8 && of_scores <= 1e-8 && of_parts <= 1e-8);
    }
}

#[test]
fn likenesses_are_cosines_of_scikit_learn_and_heed_the_order_by_its_definition() {
    for case in fixture().likenesses {
        let people = (0..).zip(&case.days);
        let all = people.flat_map(|(number, days)| {
            let taken = days.iter().enumerate().filter(|(_, at)| **at >= 0);
            taken.map(move |(place, &at)| took(number, &item(place), at))
        });
        let histories = Histories::of(&interactions(all.collect()), &Groups::new(), day(100));
        let ours = Cooccurrence::of(&histories, 100, case.shrinkage);
        for (one, theirs) in case.neighbours.iter().enumerate() {
            let ours: Vec<_> = ours.neighbours(one).collect();
            assert_eq!(ours.len(), theirs.len());
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert_eq!(
                    (ours.item, ours.people, ours.of),
                    (theirs.0, theirs.1, theirs.2)
                );
                assert!((ours.likeness - theirs.3).abs() <= 1e-12);
            }
            let nearest = Cooccurrence::of(&histories, 2, case.shrinkage);
            let nearest: Vec<_> = nearest.neighbours(one).collect();
            assert_eq!(nearest, ours[..ours.len().min(2)]);
        }
    }
}

#[test]
fn recall_and_ndcg_are_those_of_scikit_learn() {
    for case in fixture().measures {
        let ours = [recall, ndcg].map(|it| it(&case.ranked, &case.taken, case.shown));
        for (ours, theirs) in ours.into_iter().zip([case.recall, case.ndcg]) {
            assert!((ours.expect("a measure") - theirs).abs() <= 1e-12);
        }
    }
}

#[test]
fn gains_have_the_paired_intervals_of_scipy() {
    for case in fixture().gains {
        let ours = Gain::between(&case.left, &case.right, case.comparisons).expect("a gain");
        // Millionths, which is how gains are kept.
        assert!((ours.mean - case.mean).abs() <= 5.1e-7);
        assert!(distance(&ours.interval, &case.interval) <= 5.1e-7);
    }
}

#[test]
fn one_person_says_nothing_about_a_gain() {
    assert_eq!(Gain::between(&[], &[], 1), None);
    assert_eq!(Gain::between(&[1.0], &[0.0], 1), None);
}

#[test]
fn the_heaviest_weights_and_the_lightest_penalty_leave_a_solution() {
    let mut chance = Chance(3);
    let als = Als {
        iterations: 10,
        regularisation: 0.001,
        alpha: 1_000.0,
    };
    let start = DMatrix::from_fn(16, 8, |_, _| chance.uniform() - 0.5);
    let row = |person: usize| vec![(person % 8, 10_000.0), ((person + 1) % 8, 1e-9)];
    let rows: Vec<Vec<(usize, f64)>> = (0..30).map(row).collect();
    let items = factorise(&rows, start, &als).expect("factors");
    assert!(items.iter().all(|it| it.is_finite() && it.abs() < 1e3));
}
