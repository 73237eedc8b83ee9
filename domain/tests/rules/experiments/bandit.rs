//! Bandits: chances by scipy, what the textbook's algorithm does on three arms, and what weights always are.

use super::chance::{Chance, person};
use proptest::prelude::*;
use serde::Deserialize;
use tessera_domain::experiments::{
    bandit::{Algorithm, Batch, Best, FLOOR_BPS, Settings, next_batch},
    moments::{Moments, Observation},
};

#[derive(Deserialize)]
struct Fixture {
    posteriors: Vec<Posteriors>,
    chances: Vec<Chances>,
    textbook: Textbook,
}

#[derive(Deserialize)]
struct Posteriors {
    periods: Vec<Vec<Vec<i64>>>,
    mean: f64,
    effects: Vec<f64>,
    variances: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Chances {
    means: Vec<f64>,
    errors: Vec<f64>,
    chances: Vec<f64>,
    top_two: Vec<f64>,
}

#[derive(Deserialize)]
struct Textbook {
    means: Vec<f64>,
    people: u32,
    burn_in: u32,
    shares: Vec<f64>,
    regret: f64,
    regret_error: f64,
}

const SETTINGS: Settings = Settings {
    algorithm: Algorithm::Thompson,
    best: Best::Most,
    floor_bps: FLOOR_BPS,
    burn_in: 0,
};

fn fixture() -> Fixture {
    let json = include_str!("../../../../tests/oracles/fixtures/bandit.json");
    serde_json::from_str(json).expect("a fixture")
}

/// Two people with this mean, whose difference makes the error of the mean.
fn arm(mean: f64, error: f64) -> Moments {
    let mut two = person(mean - error);
    two.add(&person(mean + error), 1);
    two
}

#[test]
fn arms_differ_within_periods_as_by_statsmodels() {
    let (mut largest, mut by_quasi_variances) = (0.0_f64, 0.0_f64);
    for case in fixture().posteriors {
        let arms = case.effects.len();
        let moments = |values: &Vec<i64>| {
            let mut all = Moments::default();
            values
                .iter()
                .for_each(|&it| all.add(&Moments::of(Observation([it, 0, 0, 0])), 1));
            all
        };
        let periods: Vec<Vec<Moments>> = case
            .periods
            .iter()
            .map(|period| period.iter().map(moments).collect())
            .collect();
        let ours = next_batch(&periods, &SETTINGS)
            .posteriors
            .expect("posteriors");
        let people = |arm: usize| periods.iter().map(|it| it[arm].people).sum::<i64>() as f64;
        let total: f64 = (0..arms).map(people).sum();
        let mean: f64 = (0..arms)
            .map(|arm| people(arm) * ours[arm].mean / total)
            .sum();
        largest = largest.max((mean - case.mean).abs() / case.mean);
        for one in 0..arms {
            for other in 0..one {
                let error = case.variances[one][other];
                let theirs = case.effects[one] - case.effects[other];
                let difference = ours[one].mean - ours[other].mean;
                largest = largest.max((difference - theirs).abs() / error.sqrt());
                let variance = (ours[one].variance + ours[other].variance) / error - 1.0;
                if arms < 4 || periods.len() == 1 {
                    largest = largest.max(variance.abs());
                } else {
                    by_quasi_variances = by_quasi_variances.max(variance.abs());
                }
            }
        }
    }
    println!("largest difference {largest:e}; of a variance of many arms {by_quasi_variances:.3}");
    assert!(largest <= 1e-9, "{largest:e}");
    assert!(by_quasi_variances <= 0.2, "{by_quasi_variances}");
}

#[test]
fn chances_are_those_of_scipy() {
    let (mut largest, mut by_draws) = (0.0_f64, 0.0_f64);
    for case in fixture().chances {
        // A thousand times the values, so that millionths are exact enough.
        let arms = case.means.iter().zip(&case.errors);
        let period = vec![
            arms.map(|(mean, error)| arm(mean * 1e3, error * 1e3))
                .collect(),
        ];
        let settings = Settings {
            floor_bps: 0,
            algorithm: Algorithm::TopTwo,
            ..SETTINGS
        };
        let Batch {
            weights_bps,
            chances,
            ..
        } = next_batch(&period, &settings);
        for (ours, theirs) in chances.expect("chances").iter().zip(&case.chances) {
            largest = largest.max((ours - theirs).abs());
        }
        for (&ours, theirs) in weights_bps.iter().zip(&case.top_two) {
            by_draws = by_draws.max((f64::from(ours) / 1e4 - theirs).abs());
        }
    }
    println!("largest difference {largest:e}, top two by draws {by_draws:e}");
    assert!(largest <= 1e-7, "{largest:e}");
    // A million draws, and weights in basis points.
    assert!(by_draws <= 2e-3, "{by_draws:e}");
}

fn periods() -> impl Strategy<Value = Vec<Vec<Moments>>> {
    let moments = prop::collection::vec(-3..3_i8, 0..5).prop_map(|values| {
        let mut all = Moments::default();
        values
            .iter()
            .for_each(|&value| all.add(&person(f64::from(value)), 1));
        all
    });
    (1..7_usize, 1..5_usize).prop_flat_map(move |(arms, periods)| {
        let period = prop::collection::vec(moments.clone(), arms);
        prop::collection::vec(period, periods)
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    let algorithm = prop::sample::select(vec![Algorithm::Thompson, Algorithm::TopTwo]);
    let best = prop::sample::select(vec![Best::Most, Best::Least]);
    (algorithm, best, 0..4_000_u32, 0..8_i64).prop_map(|(algorithm, best, floor_bps, burn_in)| {
        Settings {
            algorithm,
            best,
            floor_bps,
            burn_in,
        }
    })
}

proptest! {
    #[test]
    fn weights_add_up_and_none_is_below_the_floor(periods in periods(), settings in settings()) {
        let batch = next_batch(&periods, &settings);
        prop_assert_eq!(batch.weights_bps.len(), periods[0].len());
        prop_assert_eq!(batch.weights_bps.iter().sum::<u32>(), 10_000);
        let equal = 10_000 / u32::try_from(periods[0].len()).expect("few");
        let floor = settings.floor_bps.min(equal);
        prop_assert!(batch.weights_bps.iter().all(|&weight| weight >= floor));
        if batch.is_burning_in || batch.posteriors.is_none() {
            prop_assert!(batch.weights_bps.iter().all(|weight| weight.abs_diff(equal) <= 1));
        }
        if let Some(chances) = batch.chances {
            prop_assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(chances.iter().all(|it| (0.0..=1.0).contains(it)));
        }
    }

    #[test]
    fn renamed_arms_have_renamed_weights(
        (periods, order) in periods().prop_flat_map(|periods| {
            let order: Vec<usize> = (0..periods[0].len()).collect();
            (Just(periods), Just(order).prop_shuffle())
        }),
        settings in settings(),
    ) {
        let plain = next_batch(&periods, &settings).weights_bps;
        let renamed: Vec<Vec<Moments>> = periods
            .iter()
            .map(|period| order.iter().map(|&arm| period[arm]).collect())
            .collect();
        let renamed = next_batch(&renamed, &settings).weights_bps;
        for (at, &arm) in order.iter().enumerate() {
            // The basis points that cannot be divided.
            prop_assert!(plain[arm].abs_diff(renamed[at]) <= 1, "{:?} {:?}", plain, renamed);
        }
    }

    #[test]
    fn the_least_is_the_most_of_the_opposite(periods in periods(), settings in settings()) {
        let opposite: Vec<Vec<Moments>> = periods
            .iter()
            .map(|period| period.iter().map(|it| Moments { sums: it.sums.map(|sum| -sum), ..*it }).collect())
            .collect();
        let best = match settings.best { Best::Most => Best::Least, Best::Least => Best::Most };
        let turned = next_batch(&opposite, &Settings { best, ..settings });
        for (one, other) in next_batch(&periods, &settings).weights_bps.iter().zip(turned.weights_bps) {
            prop_assert!(one.abs_diff(other) <= 1);
        }
    }
}

#[test]
fn an_arm_is_not_the_better_for_its_weight_in_a_good_week() {
    let people = |count: u32, rate: u32| {
        let mut all = Moments::default();
        for at in 0..count {
            all.add(&person(f64::from(u32::from(at % 100 < rate))), 1);
        }
        all
    };
    // 12% to 10%, and then 55% to 50%; together 16% to 46%.
    let periods = [
        vec![people(9_000, 12), people(1_000, 10)],
        vec![people(1_000, 55), people(9_000, 50)],
    ];
    let batch = next_batch(&periods, &SETTINGS);
    let posteriors = batch.posteriors.expect("posteriors");
    let difference = posteriors[0].mean - posteriors[1].mean;
    assert!(difference > 0.02 && difference < 0.05, "{difference}");
    assert!(batch.weights_bps[0] > 9_000, "{:?}", batch.weights_bps);
}

#[test]
fn an_arm_that_came_later_is_compared_over_its_own_time() {
    let before = vec![arm(9.0, 1.0), arm(8.0, 1.0), Moments::default()];
    let since = vec![arm(1.0, 1.0), arm(0.0, 1.0), arm(0.5, 1.0)];
    let batch = next_batch(&[before, since], &SETTINGS);
    let posteriors = batch.posteriors.expect("posteriors");
    assert!((posteriors[0].mean - posteriors[1].mean - 1.0).abs() < 1e-12);
    assert!((posteriors[0].mean - posteriors[2].mean - 0.5).abs() < 1e-12);
    assert!(posteriors[2].variance > posteriors[0].variance);
}

#[test]
fn arms_that_never_met_are_not_compared() {
    let nobody = Moments::default;
    let periods = [
        vec![arm(9.0, 1.0), nobody(), nobody()],
        vec![nobody(), arm(1.0, 1.0), arm(2.0, 1.0)],
    ];
    let batch = next_batch(&periods, &SETTINGS);
    assert_eq!(
        (batch.posteriors, batch.weights_bps),
        (None, vec![3_334, 3_333, 3_333])
    );
}

/// Runs a bandit in batches of 100, all arms earning `drift` more in each than in the one before: how many
/// people saw each arm. Where `is_joined`, it takes all batches for one period.
fn run(
    world: &Textbook,
    drift: f64,
    is_joined: bool,
    settings: &Settings,
    chance: &mut Chance,
) -> Vec<u32> {
    const BATCH: u32 = 100;
    let arms = world.means.len();
    let mut periods: Vec<Vec<Moments>> = vec![vec![Moments::default(); arms]];
    let mut seen = vec![0; arms];
    for batch in 0..world.people / BATCH {
        let weights = next_batch(&periods, settings).weights_bps;
        let weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
        if !is_joined {
            periods.push(vec![Moments::default(); arms]);
        }
        let period = periods.last_mut().expect("a period");
        for _ in 0..BATCH {
            let arm = chance.pick(&weights);
            seen[arm] += 1;
            period[arm].add(
                &person(world.means[arm] + f64::from(batch) * drift + chance.normal()),
                1,
            );
        }
    }
    seen
}

/// The average shares of people by arm, and the average regret.
fn runs(world: &Textbook, drift: f64, is_joined: bool, settings: &Settings) -> (Vec<f64>, f64) {
    const RUNS: u32 = 16;
    let mut chance = Chance(19);
    let mut seen = vec![0.0; world.means.len()];
    for _ in 0..RUNS {
        let run = run(world, drift, is_joined, settings, &mut chance);
        for (sum, people) in seen.iter_mut().zip(run) {
            assert!(people * 10_000 >= settings.floor_bps * world.people / 2);
            *sum += f64::from(people) / f64::from(RUNS);
        }
    }
    let best = world.means.iter().copied().fold(f64::MIN, f64::max);
    let regret = seen
        .iter()
        .zip(&world.means)
        .map(|(seen, mean)| seen * (best - mean))
        .sum();
    (
        seen.iter().map(|it| it / f64::from(world.people)).collect(),
        regret,
    )
}

#[test]
fn batches_play_arms_as_the_textbook_does_and_whatever_the_season() {
    let textbook = fixture().textbook;
    let (best, regret) = (textbook.shares[2], textbook.regret);
    println!(
        "textbook: {:.3?}, {regret:.1} ± {:.1}",
        textbook.shares, textbook.regret_error
    );
    let burn_in = i64::from(textbook.burn_in / 3);
    let measure = |name: &str, algorithm, floor_bps, drift, is_joined| {
        let settings = Settings {
            algorithm,
            floor_bps,
            burn_in,
            ..SETTINGS
        };
        let (shares, regret) = runs(&textbook, drift, is_joined, &settings);
        println!("{name}: {shares:.3?}, {regret:.1}");
        (shares[2], regret)
    };
    let steady = measure("by period", Algorithm::Thompson, 0, 0.0, false);
    assert!(
        (steady.0 - best).abs() < 0.07 && steady.1 < 2.0 * regret,
        "{steady:?}"
    );
    let floored = measure("floor of 1%", Algorithm::Thompson, 100, 0.0, false);
    assert!(floored.1 < 2.5 * regret, "{floored:?}");
    let top_two = measure("top two", Algorithm::TopTwo, 100, 0.0, false);
    assert!((top_two.0 - 0.5).abs() < 0.1, "{top_two:?}");
    // All arms earn a twentieth of a standard deviation less with every batch.
    let falling = measure("by period, falling", Algorithm::Thompson, 0, -0.05, false);
    assert!((falling.1 / steady.1 - 1.0).abs() < 0.05, "{falling:?}");
    let joined = measure("joined, falling", Algorithm::Thompson, 0, -0.05, true);
    assert!(joined.1 > 2.0 * steady.1, "{joined:?}");
}
