//! Intervals against statsmodels and scipy.

use serde::Deserialize;
use tessera_domain::statistics::{
    difference::{Difference, katz_interval, newcombe_interval},
    interval::{poisson_interval, student_interval},
    proportion::{Proportion, wilson_interval},
    ratio::RatioMoments,
};

type Interval = [f64; 2];

#[derive(Deserialize)]
struct Fixture {
    shares: Vec<Share>,
    differences: Vec<Compared>,
    means: Vec<Mean>,
    counts: Vec<Count>,
    ratios: Vec<Ratio>,
}

#[derive(Deserialize)]
struct Share {
    numerator: u64,
    denominator: u64,
    interval: Interval,
}

#[derive(Deserialize)]
struct Compared {
    share: (u64, u64),
    base: (u64, u64),
    difference: f64,
    newcombe: Interval,
    katz: Option<Interval>,
}

#[derive(Deserialize)]
struct Mean {
    data: String,
    mean: f64,
    sample_variance: f64,
    count: u64,
    interval: Interval,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
    interval: Interval,
}

#[derive(Deserialize)]
struct Ratio {
    data: String,
    pairs: Vec<(f64, f64)>,
    ratio: f64,
    interval: Interval,
}

fn fixture() -> Fixture {
    let json = include_str!("../../../tests/oracles/fixtures/intervals.json");
    serde_json::from_str(json).expect("a fixture")
}

/// Within `tolerance` of the interval's own size.
fn assert_close(ours: Option<Interval>, theirs: Interval, tolerance: f64, what: &str) {
    let ours = ours.unwrap_or_else(|| panic!("{what}: no interval"));
    let scale = theirs[0].abs().max(theirs[1].abs()).max(f64::MIN_POSITIVE);
    for (ours, theirs) in ours.iter().zip(theirs) {
        let difference = (ours - theirs).abs() / scale;
        println!("{what}: relative difference {difference:e}");
        assert!(difference <= tolerance, "{what}: {ours} is not {theirs}");
    }
}

#[test]
fn shares_have_the_wilson_interval_of_statsmodels() {
    for case in fixture().shares {
        let what = format!("{} of {}", case.numerator, case.denominator);
        let ours = wilson_interval(case.numerator, case.denominator, 0.95);
        assert_close(ours, case.interval, 1e-12, &what);
    }
}

#[test]
fn differences_have_the_newcombe_and_katz_intervals_of_statsmodels() {
    for case in fixture().differences {
        let what = format!("{:?} against {:?}", case.share, case.base);
        let share = Proportion::wilson(case.share.0, case.share.1);
        let base = Proportion::wilson(case.base.0, case.base.1);
        let ours = Difference::between(&share, &base);
        assert_eq!(ours.difference, Some(case.difference), "{what}");
        assert_close(ours.difference_interval, case.newcombe, 1e-12, &what);
        assert_eq!(ours.difference_interval, newcombe_interval(&share, &base));
        match case.katz {
            // Two shares of 1, for which we give none.
            Some(certain) if certain[0] == certain[1] => {
                assert_eq!(katz_interval(&share, &base), None, "{what}");
            }
            Some(theirs) => assert_close(ours.ratio_interval, theirs, 1e-12, &what),
            None => assert_eq!(ours.ratio_interval, None, "{what}"),
        }
    }
}

#[test]
fn means_have_the_student_interval_of_statsmodels_and_scipy() {
    for case in fixture().means {
        let ours = student_interval(case.mean, case.sample_variance, case.count);
        assert_close(ours, case.interval, 1e-10, &case.data);
    }
}

#[test]
fn counts_have_the_exact_poisson_interval_of_statsmodels() {
    for case in fixture().counts {
        let what = format!("{} events", case.count);
        assert_close(poisson_interval(case.count), case.interval, 1e-9, &what);
    }
}

#[test]
fn ratios_of_sums_have_the_interval_of_the_method_of_moments() {
    for case in fixture().ratios {
        let mut moments = RatioMoments::default();
        for &(x, y) in &case.pairs {
            moments.merge(&RatioMoments::of(x, y));
        }
        let ratio = moments.ratio().expect("a ratio");
        assert!((ratio - case.ratio).abs() < 1e-12, "{}", case.data);
        assert_close(moments.interval(), case.interval, 1e-10, &case.data);
    }
}
