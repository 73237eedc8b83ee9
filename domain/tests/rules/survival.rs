//! Kaplan-Meier against lifelines and statsmodels, and sums over persons against the whole.

use proptest::prelude::*;
use serde::Deserialize;
use tessera_domain::analytics::survival::{Ends, Lifetimes, SurvivalCurve};

const FIXTURE: &str = include_str!("../../../tests/oracles/fixtures/survival.json");

#[derive(Deserialize)]
struct Fixture {
    curves: Vec<Curve>,
}

#[derive(Deserialize)]
struct Curve {
    name: String,
    /// Duration, events, censored.
    lifetimes: Vec<(u64, u64, u64)>,
    median: Option<u64>,
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    duration: u64,
    at_risk: u64,
    events: u64,
    censored: u64,
    survival: f64,
    interval: [f64; 2],
    variance: Option<f64>,
}

fn close(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-12
}

#[test]
fn curves_equal_those_of_lifelines_and_variances_those_of_statsmodels() {
    let fixture: Fixture = serde_json::from_str(FIXTURE).expect("a fixture");
    assert!(!fixture.curves.is_empty());
    for expected in fixture.curves {
        let name = &expected.name;
        let mut lifetimes = Lifetimes::default();
        for (duration, events, censored) in expected.lifetimes {
            lifetimes.add_ends(duration, Ends { events, censored });
        }
        let curve = SurvivalCurve::kaplan_meier(&lifetimes);
        assert_eq!(curve.median, expected.median, "{name}");
        assert_eq!(curve.points.len(), expected.points.len(), "{name}");
        for (ours, theirs) in curve.points.iter().zip(&expected.points) {
            let at = format!("{name} at {}", theirs.duration);
            assert_eq!(ours.duration, theirs.duration, "{at}");
            assert_eq!(ours.at_risk, theirs.at_risk, "{at}");
            assert_eq!(
                (ours.events, ours.censored),
                (theirs.events, theirs.censored)
            );
            assert!(close(ours.survival, theirs.survival), "{at}");
            if let Some([low, high]) = ours.interval {
                let [their_low, their_high] = theirs.interval;
                assert!(close(low, their_low) && close(high, their_high), "{at}");
            } else {
                // lifelines shows 0 or 1 where there is no interval.
                assert!(ours.survival == 0.0 || ours.survival == 1.0, "{at}");
            }
            if let Some(variance) = theirs.variance {
                assert!(close(ours.variance.expect("a variance"), variance), "{at}");
            }
        }
    }
}

proptest! {
    #[test]
    fn neither_order_nor_shards_change_a_curve(
        persons in prop::collection::vec((0_u64..20, any::<bool>(), any::<bool>()), 0..60),
    ) {
        let mut whole = Lifetimes::default();
        let (mut left, mut right) = (Lifetimes::default(), Lifetimes::default());
        for (duration, ended, _) in &persons {
            whole.add(*duration, *ended);
        }
        for (duration, ended, is_left) in persons.iter().rev() {
            if *is_left { &mut left } else { &mut right }.add(*duration, *ended);
        }
        right.merge(&left);
        prop_assert_eq!(
            SurvivalCurve::kaplan_meier(&whole),
            SurvivalCurve::kaplan_meier(&right)
        );
    }

    #[test]
    fn a_curve_falls_from_one_towards_zero_within_its_interval(
        persons in prop::collection::vec((0_u64..20, any::<bool>()), 1..60),
    ) {
        let mut lifetimes = Lifetimes::default();
        for (duration, ended) in &persons {
            lifetimes.add(*duration, *ended);
        }
        let curve = SurvivalCurve::kaplan_meier(&lifetimes);
        prop_assert_eq!(curve.persons, persons.len() as u64);
        let mut before = 1.0;
        for point in &curve.points {
            prop_assert!((0.0..=before).contains(&point.survival));
            before = point.survival;
            if let Some([low, high]) = point.interval {
                prop_assert!(0.0 <= low && low <= point.survival);
                prop_assert!(point.survival <= high && high <= 1.0);
            }
        }
    }
}
