//! Whether figures can be trusted, by example.

use super::{
    chance::Chance,
    stage::{Stage, design, rate, share},
};
use serde_json::json;
use tessera_domain::experiments::{
    decision::Action,
    mismatch::stray::Stray,
    moments::{Moments, Observation},
    results::State,
};

fn two_arms() -> Stage {
    Stage::new(design(&[5_000; 2], &["primary"], &json!({})), &[share()])
}

fn codes(stage: &Stage) -> Vec<(&'static str, State)> {
    let issues = stage.results(24 * 30).health.issues;
    issues.iter().map(|it| (it.code, it.state)).collect()
}

#[test]
fn one_person_who_saw_both_arms_breaks_nothing() {
    for (crossed, people) in [(0, 0), (1, 1), (1, 3), (2, 9), (5, 300), (130, 10_000)] {
        assert!(
            !Stray::of(crossed, people).is_too_many,
            "{crossed} of {people}"
        );
    }
    for (crossed, people) in [(6, 12), (20, 400), (160, 10_000), (12_000, 1_000_000)] {
        assert!(
            Stray::of(crossed, people).is_too_many,
            "{crossed} of {people}"
        );
    }
    let mut stage = two_arms();
    stage.come(0, 0, 1);
    stage.come(0, 1, 1);
    stage.cross(1);
    assert_eq!(codes(&stage), []);
}

#[test]
fn who_saw_several_arms_is_given_with_the_limit() {
    let mut stage = two_arms();
    stage.come(0, 0, 1_000);
    stage.come(0, 1, 1_000);
    stage.cross(200);
    let issues = stage.results(24 * 30).health.issues;
    assert_eq!(
        issues[0].text,
        "200 of 2\u{202f}200 people saw several arms, 9.09 %: more than the 1 % who may have changed devices."
    );
}

#[test]
fn what_is_expected_are_the_buckets_that_people_were_dealt_by() {
    let narrow = json!({ "allocation": { "coverage_bps": 100 } });
    let mut stage = Stage::new(design(&[9_950, 50], &["primary"], &narrow), &[share()]);
    stage.come(0, 0, 1);
    let arms = stage.results(24).health.arms;
    assert_eq!((arms[0].people, arms[1].people), (1, 0));
    // One bucket of 101, and not one of 200.
    assert!((arms[1].expected - 1.0 / 101.0).abs() < 1e-12, "{arms:?}");
    assert!((arms[0].expected - 100.0 / 101.0).abs() < 1e-12, "{arms:?}");
}

/// The share of experiments in which too many are ever found, looked at after every 100 people.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "gaps are counts"
)]
fn ever_too_many(truth: f64, runs: u32, seed: u64) -> f64 {
    const PEOPLE: u64 = 20_000;
    let mut chance = Chance(seed);
    let mut found = 0;
    for _ in 0..runs {
        let (mut at, mut crossed) = (0_u64, 0_u64);
        // Looks between two who cross find less than the one before.
        while at <= PEOPLE {
            let look = at.div_ceil(100) * 100;
            let people_to_next = (chance.uniform().ln() / (1.0 - truth).ln()).floor() as u64 + 1;
            if at + people_to_next > look && Stray::of(crossed, look).is_too_many {
                found += 1;
                break;
            }
            at += people_to_next;
            crossed += 1;
        }
    }
    f64::from(found) / f64::from(runs)
}

#[test]
fn as_many_as_change_devices_are_seldom_too_many_however_often_one_looks() {
    let shares = [0.01, 0.005, 0.002].map(|truth| ever_too_many(truth, 2_000, 7));
    let found = ever_too_many(0.02, 200, 8);
    println!("ever too many, of 1, 0.5 and 0.2 %: {shares:?}; of 2 %: {found}");
    // Two of 2,000 are alpha; by chance there are five or more in one of twenty runs.
    assert!(shares.iter().all(|it| *it <= 0.002), "{shares:?}");
    assert!(found > 0.95, "{found}");
}

#[test]
fn a_few_exposures_to_a_closed_arm_are_a_warning_and_many_are_a_fault() {
    let with_strays = |strays: i64| {
        let closed = design(&[5_000, 5_000, 0], &["primary"], &json!({}));
        let mut stage = Stage::new(closed, &[share()]);
        for (arm, bought) in [(0, 200), (1, 320)] {
            stage.come(0, arm, 2_000);
            stage.measure(0, arm, 0, &rate(2_000, bought));
        }
        stage.come(1, 2, strays);
        stage
    };
    assert_eq!(codes(&with_strays(0)), []);
    let few = with_strays(3);
    assert_eq!(codes(&few), [("closed_arm", State::Warning)]);
    let results = few.results(24 * 30);
    let expected: Vec<_> = results
        .health
        .arms
        .iter()
        .map(|it| (it.people, it.expected))
        .collect();
    assert_eq!(expected, [(2_000, 2_000.0), (2_000, 2_000.0), (3, 0.0)]);
    assert!(
        results.health.issues[0]
            .text
            .starts_with("3 people saw the arm a2")
    );
    assert_eq!(results.decision.action, Action::Ship);
    // The test of assignments is of arms that people were dealt to.
    assert_eq!(results.health.mismatch.always_valid, Some(1.0));
    let many = with_strays(400);
    assert_eq!(codes(&many), [("closed_arm", State::Broken)]);
    assert_eq!(many.results(24 * 30).decision.action, Action::Broken);
}

#[test]
fn people_are_expected_by_the_buckets_that_they_were_dealt_by() {
    // One in a hundred of 10,000 buckets: 100 and 1, which is 99 to 1; all of them are 199 to 1.
    let ramped = json!({ "allocation": { "coverage_bps": 100 } });
    let mut stage = Stage::new(design(&[9_950, 50], &["primary"], &ramped), &[share()]);
    stage.come(0, 0, 20_000);
    stage.come(0, 1, 200);
    assert_eq!(codes(&stage), []);
    stage.share_out(24, 10_000, &[9_950, 50]);
    stage.come(1, 0, 19_900);
    stage.come(1, 1, 100);
    assert_eq!(codes(&stage), []);
    // Who is dealt by the wider ranges is expected by those.
    stage.come(2, 0, 20_000);
    stage.come(2, 1, 200);
    assert_eq!(codes(&stage), [("sample_ratio_mismatch", State::Broken)]);
}

#[test]
fn a_batch_in_which_shares_change_is_expected_to_be_neither() {
    let ramped = json!({ "allocation": { "coverage_bps": 100 } });
    let mut stage = Stage::new(design(&[9_950, 50], &["primary"], &ramped), &[share()]);
    stage.share_out(12, 10_000, &[9_950, 50]);
    // By noon as the narrow ranges say, and that is all who come.
    stage.come(0, 0, 20_000);
    stage.come(0, 1, 200);
    assert_eq!(codes(&stage), []);
    // Where a ramp leaves shares as they are, the batch is tested.
    let mut even = two_arms();
    even.share_out(12, 5_000, &[5_000, 5_000]);
    even.come(0, 0, 2_000);
    even.come(0, 1, 1_000);
    assert_eq!(codes(&even), [("sample_ratio_mismatch", State::Broken)]);
}

#[test]
fn a_dimension_is_tested_while_shares_stay_the_same() {
    let by_country = json!({ "dimensions": [{ "property": "country", "values": ["CH"] }] });
    let mut even = Stage::new(design(&[5_000; 2], &["primary"], &by_country), &[share()]);
    even.share_out(24, 7_000, &[5_000, 5_000]);
    for (arm, people) in [(0, 2_000), (1, 1_000)] {
        even.count(arm, 1_000, people);
    }
    assert_eq!(
        codes(&even),
        [("sample_ratio_mismatch_of_value", State::Warning)]
    );
    let mut moved = by_country.clone();
    moved["allocation"] = json!({ "coverage_bps": 100 });
    let mut uneven = Stage::new(design(&[9_950, 50], &["primary"], &moved), &[share()]);
    uneven.share_out(24, 10_000, &[9_950, 50]);
    uneven.count(0, 1_000, 2_000);
    uneven.count(1, 1_000, 1_000);
    assert_eq!(uneven.results(48).health.dimensions, []);
}

/// So many people, who act `mean` times each, by Poisson.
fn acting(people: i64, mean: f64) -> Moments {
    #[expect(clippy::cast_possible_truncation, reason = "moments of a test")]
    let of = |scale: f64| (people as f64 * scale) as i128;
    let mut moments = Moments::of(Observation::default());
    moments.people = people;
    moments.sums[0] = of(mean * 1e6);
    moments.products[0] = of((mean * mean + mean) * 1e12);
    moments
}

/// An arm whose people act a fifth more than the base's on each of 14 days, as long as they are measured.
fn constant_effect(window_hours: Option<u32>) -> Stage {
    let mut metric = json!({ "measure": { "mean": { "value": { "event": { "event": "x" } } } } });
    if let Some(hours) = window_hours {
        metric["window_hours"] = hours.into();
    }
    let mut stage = Stage::new(design(&[5_000; 2], &["primary"], &json!({})), &[metric]);
    for day in 0..14 {
        let days = f64::from(14 - day);
        let days = window_hours.map_or(days, |hours| days.min(f64::from(hours) / 24.0));
        for (arm, rate) in [(0, 0.1), (1, 0.12)] {
            stage.come(day, arm, 1_000);
            stage.measure(day, arm, 0, &acting(1_000, rate * days));
        }
    }
    stage
}

#[test]
fn an_effect_that_accumulates_does_not_drift() {
    let open = constant_effect(None).results(14 * 24);
    let drift = open.metrics[0].arms[0].drift.expect("an answer");
    assert_eq!((drift.slope_p, drift.heterogeneity_p), (None, None));
    assert_eq!(open.health.issues, []);
    // Of windows of five days, those of the first nine days are over.
    let windowed = constant_effect(Some(5 * 24)).results(14 * 24);
    let drift = windowed.metrics[0].arms[0].drift.expect("an answer");
    assert!(drift.slope_p.is_some_and(|p| p > 0.9), "{drift:?}");
    assert_eq!(windowed.health.issues, []);
}

#[test]
fn an_effect_grows_by_the_day_however_long_a_batch_is() {
    for batch_hours in [6, 24, 168] {
        let bandit = json!({ "bandit": { "algorithm": "thompson", "batch_hours": batch_hours } });
        let mut window = share();
        window["window_hours"] = json!(1);
        let mut stage = Stage::new(design(&[5_000; 2], &["primary"], &bandit), &[window]);
        for batch in 0..10 {
            stage.come(batch, 0, 10_000);
            stage.come(batch, 1, 10_000);
            stage.measure(batch, 0, 0, &rate(10_000, 1_000));
            stage.measure(batch, 1, 0, &rate(10_000, 1_000 + 100 * i64::from(batch)));
        }
        let results = stage.results(11 * batch_hours);
        let slope = results.metrics[0].arms[0].drift.and_then(|it| it.slope);
        let a_day = 0.01 * 24.0 / batch_hours as f64;
        let slope = slope.expect("a slope").value;
        assert!((slope / a_day - 1.0).abs() < 0.05, "{batch_hours}: {slope}");
    }
}

#[test]
fn arms_whose_weights_moved_did_not_differ_before() {
    let bandit = json!({ "bandit": { "algorithm": "thompson" } });
    let metric = json!({ "measure": { "mean": { "value": { "event": { "event": "x" } } } }, "covariate_days": 7 });
    let mut stage = Stage::new(design(&[5_000; 2], &["primary"], &bandit), &[metric]);
    stage.share_out(24, 10_000, &[1_000, 9_000]);
    let before = |people: i64, mean: f64| {
        let during = acting(people, 1.0);
        let then = acting(people, mean);
        let mut both = during;
        both.sums[2] = then.sums[0];
        both.products[tessera_domain::experiments::moments::product(2, 2)] = then.products[0];
        both
    };
    // Who comes first has acted more, in either arm.
    for (batch, arm, people, mean) in [
        (0, 0, 5_000, 3.0),
        (0, 1, 5_000, 3.0),
        (1, 0, 1_000, 1.0),
        (1, 1, 9_000, 1.0),
    ] {
        stage.come(batch, arm, people);
        stage.measure(batch, arm, 0, &before(people, mean));
    }
    let results = stage.results(72);
    let carried = results.metrics[0].arms[0].carry_over.expect("an answer");
    assert!(carried.p > 0.5, "{carried:?}");
    assert_eq!(results.health.issues, []);
}
