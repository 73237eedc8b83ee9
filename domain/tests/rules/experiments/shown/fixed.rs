//! Tests that are read once: when they are due, and what they show then.

use super::phase::{Phase, codes, late, primary, rate, share, written};
use crate::experiments::chance::Chance;
use serde_json::{Value, json};
use tessera_domain::experiments::decision::Action;

fn fixed(planned: u32) -> Value {
    json!({ "statistics": {
        "method": { "fixed": { "planned_people": planned } }, "correction": "none",
    } })
}

#[test]
fn a_test_is_due_by_the_people_who_are_measured() {
    let back = json!({ "measure": { "retention": { "event": { "event": "x" } } } });
    let mut phase = Phase::of(&[5_000, 5_000], primary(1), json!([back]), &fixed(1_000));
    phase.come(0, 0, 600);
    phase.come(0, 1, 600);
    let early = phase.after(8);
    assert_eq!(
        early.decision.action,
        Action::KeepGoing,
        "{:?}",
        early.decision
    );
    assert_eq!(codes(&early.decision), ["planned_people"]);
    assert_eq!(early.decision.reasons[0].value, Some(0.0));
    phase.measure(0, 0, 0, rate(500, 50));
    phase.measure(0, 1, 0, rate(499, 50));
    assert!(phase.after(40).metrics[0].arms[0].fixed.is_none());
    phase.measure(0, 1, 0, rate(1, 0));
    let due = phase.after(40);
    assert!(due.metrics[0].arms[0].fixed.is_some());
    assert_eq!(due.decision.action, Action::Stop);
}

#[test]
fn exposures_that_are_forged_make_no_test_due() {
    let mut phase = Phase::of(
        &[5_000, 5_000, 0],
        primary(1),
        json!([share()]),
        &fixed(1_000),
    );
    phase.rates(0, 0, 400, &[40]);
    phase.rates(0, 1, 400, &[40]);
    phase.rates(0, 2, 200, &[0]);
    assert!(phase.keep_readings(8).is_empty());
    // Enough people, and yet not as the weights say.
    phase.rates(0, 0, 600, &[60]);
    assert!(phase.keep_readings(8).is_empty());
}

#[test]
fn what_is_due_is_shown_once_it_is_kept() {
    let mut phase = Phase::of(&[5_000, 5_000], primary(1), json!([share()]), &fixed(1_000));
    phase.rates(0, 0, 500, &[50]);
    phase.rates(0, 1, 500, &[60]);
    let unread = phase.unread(8);
    assert!(unread.metrics[0].arms[0].fixed.is_none());
    assert_eq!(unread.decision.action, Action::KeepGoing);
    phase.keep_readings(8);
    assert!(phase.unread(8).metrics[0].arms[0].fixed.is_some());
}

#[test]
fn factors_are_not_shown_before_the_test_is_due() {
    let factor = |name: &str| json!({ "name": name, "levels": ["0", "1"] });
    let of = |mut design: Value| {
        design["factors"] = json!([factor("f"), factor("g")]);
        let mut phase = Phase::of(&[2_500; 4], primary(1), json!([share()]), &design);
        for (arm, of) in [100, 100, 140, 140].into_iter().enumerate() {
            phase.rates(0, arm, 1_000, &[of]);
        }
        written(&phase.after(8))["factors"][0].take()
    };
    let early = of(fixed(1_000_000));
    assert_eq!(
        (&early["analysis"], &early["missing"]),
        (&Value::Null, &json!("not_due"))
    );
    let due = of(fixed(4_000));
    assert_eq!(
        (&due["for_one_look"], &due["missing"]),
        (&json!(false), &Value::Null)
    );
    assert!(due["analysis"]["terms"][0]["p"].is_number());
    let always = of(json!({}));
    assert_eq!(always["for_one_look"], json!(true));
    assert!(always["analysis"]["terms"][0]["p"].is_number());
}

#[test]
fn what_is_read_first_is_shown_from_then_on() {
    let roles = json!([
        { "metric": "m0", "role": "primary" },
        { "metric": "m1", "role": "secondary" },
    ]);
    let mut phase = Phase::of(
        &[5_000, 5_000],
        roles,
        json!([share(), late()]),
        &fixed(4_000),
    );
    let come = |phase: &mut Phase, day, people, of: [i64; 2]| {
        for (arm, of) in of.into_iter().enumerate() {
            phase.rates(day, arm, people, &[of]);
            phase.values(
                arm,
                1,
                100 + 10 * day * i64::try_from(arm).expect("few"),
                people,
            );
        }
    };
    come(&mut phase, 0, 1_000, [100, 100]);
    assert_eq!(phase.keep_readings(1), Vec::<String>::new());
    come(&mut phase, 1, 1_000, [100, 110]);
    let due = phase.after(8);
    assert_eq!(phase.keep_readings(8), ["m0", "m1"]);
    assert_eq!(due.decision.action, Action::Stop);
    // What comes later is as good as can be, and is not read.
    come(&mut phase, 2, 1_000, [100, 600]);
    assert_eq!(phase.keep_readings(9), Vec::<String>::new());
    let later = phase.after(9);
    assert_eq!(later.decision.action, Action::Stop);
    for (due, later) in due.metrics.iter().zip(&later.metrics) {
        let (due, later) = (&due.arms[0], &later.arms[0]);
        assert_eq!(later.fixed, due.fixed);
        assert_eq!(later.corrected_interval, due.corrected_interval);
        assert_ne!(later.sequential, due.sequential);
    }
}

#[test]
fn a_test_that_is_read_once_errs_as_often_as_it_says_however_long_one_looks() {
    const RUNS: u64 = 400;
    let mut found = 0;
    for run in 0..RUNS {
        let mut chance = Chance(77 + (run << 20));
        let mut phase = Phase::of(&[5_000, 5_000], primary(1), json!([share()]), &fixed(400));
        let is_found = (0..5).any(|day| {
            for arm in 0..2 {
                let of = (0..200).filter(|_| chance.uniform() < 0.3).count();
                phase.rates(day, arm, 200, &[i64::try_from(of).expect("few")]);
            }
            phase.keep_readings(day + 8);
            phase.after(day + 8).metrics[0].arms[0].is_better.is_some()
        });
        found += u32::from(is_found);
    }
    let share = f64::from(found) / RUNS as f64;
    println!("without an effect, ever significant at five looks: {share}");
    // 0.05, and three standard errors.
    assert!(share < 0.083, "{share}");
}
