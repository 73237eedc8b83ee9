//! How often experiments conclude what is not so, and find what is.

use super::play::{Play, concludes, count, design, doubt, share};
use crate::experiments::chance::Chance;
use serde_json::json;
use tessera_domain::experiments::{
    decision::Action,
    inference::{
        interval::{Interval, Side},
        power::{Baseline, Plan, Test},
    },
};

const ALPHA: f64 = 0.05;
const HALVES: [u16; 2] = [5_000, 5_000];

/// Three metrics of a person that go together: two amounts, and whether there is any.
fn correlated(chance: &mut Chance, effect: f64) -> [f64; 3] {
    let own = chance.normal();
    [
        10.0 + effect + 2.0 * own + chance.normal(),
        20.0 - 3.0 * own + 4.0 * chance.normal(),
        f64::from(own + chance.normal() > 1.5),
    ]
}

#[test]
fn of_experiments_without_an_effect_few_are_ever_shipped_or_stopped_for_harm() {
    const RUNS: u64 = 2_000;
    let statistics = json!({
        "method": { "sequential": { "tuned_for": 200 } }, "fewest_people": 50,
    });
    let design = design(&HALVES, &["primary"], &json!({ "statistics": statistics }));
    let counted = count(RUNS, 1, |chance| {
        let mut play = Play::of(&design);
        (0..10).any(|_| {
            for _ in 0..40 {
                let arm = chance.pick(&[1.0, 1.0]);
                play.come(arm, [10.0 + 3.0 * chance.normal()]);
            }
            let found = concludes(&play.results().decision);
            play.next_day();
            found
        })
    });
    let share = share(&counted);
    println!("without an effect, ever shipped or stopped for harm: {share}");
    assert!(share <= ALPHA, "{share}");
}

#[test]
fn metrics_that_go_together_are_rarely_taken_for_different_together() {
    const RUNS: u64 = 400;
    let statistics = json!({
        "method": { "sequential": { "tuned_for": 300 } }, "fewest_people": 50,
        "correction": "e_benjamini_hochberg",
    });
    let design = design(
        &[3_334, 3_333, 3_333],
        &["primary", "primary", "secondary"],
        &json!({ "statistics": statistics }),
    );
    let counted = count(RUNS, 2, |chance| {
        let mut play = Play::of(&design);
        (0..6).any(|_| {
            for _ in 0..100 {
                let arm = chance.pick(&[1.0, 1.0, 1.0]);
                play.come(arm, correlated(chance, 0.0));
            }
            let results = play.results();
            play.next_day();
            let mut arms = results.metrics.iter().flat_map(|it| &it.arms);
            arms.any(|it| it.verdict.is_significant) || concludes(&results.decision)
        })
    });
    let share = share(&counted);
    println!("six comparisons without an effect, e-BH, ever significant: {share}");
    assert!(share <= ALPHA, "{share}");
}

#[test]
fn a_plan_finds_its_effect_as_often_as_it_says() {
    const RUNS: u64 = 1_000;
    const EFFECT: f64 = 0.05;
    let plan = Plan {
        baseline: Baseline::Mean {
            mean: 10.0,
            variance: 5.0,
        },
        reduction: 0.0,
        test: Test::Fixed,
        level: ALPHA,
        side: Side::Both,
        shares: [1.0, 1.0],
    };
    let [base, arm] = plan.people(0.8, EFFECT).expect("a plan");
    let people = base + arm;
    let power = plan.power(EFFECT, people as f64).expect("a power");
    let design = design(
        &HALVES,
        &["primary"],
        &json!({ "statistics": {
            "method": { "fixed": { "planned_people": people } }, "correction": "none",
        } }),
    );
    let counted = count(RUNS, 3, |chance| {
        let mut play = Play::of(&design);
        for person in 0..people {
            if person == people - 1 {
                // One fewer than planned show nothing.
                assert_eq!(play.results().decision.action, Action::KeepGoing);
            }
            let at = usize::from(person % 2 == 1);
            let value = if at == 1 { 10.0 * (1.0 + EFFECT) } else { 10.0 };
            play.come(at, [value + 5.0_f64.sqrt() * chance.normal()]);
        }
        play.results().decision.action == Action::Ship
    });
    let share = share(&counted);
    println!("{people} people, planned power {power}, shipped {share}");
    assert!((share - power).abs() <= doubt(power, RUNS), "{share}");
}

fn holds(interval: Option<Interval>, truth: f64) -> bool {
    interval.is_none_or(|it| {
        it.low.is_none_or(|low| low <= truth) && it.high.is_none_or(|high| high >= truth)
    })
}

#[test]
fn shown_intervals_hold_the_truth_on_all_days_at_once() {
    const RUNS: u64 = 400;
    const EFFECT: f64 = 1.0;
    let statistics = json!({ "method": { "sequential": { "tuned_for": 400 } } });
    let design = design(
        &HALVES,
        &["primary", "secondary", "secondary"],
        &json!({ "statistics": statistics }),
    );
    let counted = count(RUNS, 4, |chance| {
        let mut play = Play::of(&design);
        (0..6).all(|_| {
            for _ in 0..100 {
                let arm = chance.pick(&[1.0, 1.0]);
                let effect = if arm == 1 { EFFECT } else { 0.0 };
                play.come(arm, correlated(chance, effect));
            }
            let results = play.results();
            play.next_day();
            let arm = &results.metrics[0].arms[0];
            let shown = [
                (arm.sequential.absolute, EFFECT),
                (arm.sequential.relative, EFFECT / 10.0),
            ];
            let plain = shown
                .iter()
                .all(|(effect, truth)| holds(effect.and_then(|it| it.interval), *truth));
            plain
                && holds(arm.corrected_interval, EFFECT)
                && holds(arm.corrected_relative_interval, EFFECT / 10.0)
        })
    });
    let share = share(&counted);
    println!("absolute, relative and corrected intervals hold the truth on all days: {share}");
    assert!(share >= 1.0 - ALPHA, "{share}");
}
