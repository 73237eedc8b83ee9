//! A bandit, batch by batch on what is kept of it, and what its log says about other policies.

use super::play::{Play, count, design, doubt};
use crate::experiments::chance::Chance;
use serde_json::json;
use tessera_domain::experiments::{
    bandit::{Algorithm, Best, Settings, next_batch},
    moments::Moments,
    policy::{LoggedCell, evaluate},
    results::{Counted, State},
};

const DAYS: usize = 8;
const PEOPLE: usize = 150;
const SETTINGS: Settings = Settings {
    algorithm: Algorithm::Thompson,
    best: Best::Most,
    floor_bps: 500,
    burn_in: 40,
};

/// What an arm earns on average on a day: all of them less every day.
fn mean(arm: usize, day: usize) -> f64 {
    [1.0, 1.2, 1.6][arm] - 0.1 * day as f64
}

/// What an arm earns on average where arms do not differ, and every day is much better than the one before.
fn alike(_: usize, day: usize) -> f64 {
    day as f64
}

/// What came of a bandit.
struct Played {
    play: Play,
    /// The weights of each day.
    weights: Vec<Vec<i32>>,
}

impl Played {
    fn of(chance: &mut Chance) -> Self {
        Self::daily(chance, mean, |_| {})
    }

    /// Plays with such means, and looks at the end of each day.
    fn daily(
        chance: &mut Chance,
        mean: fn(usize, usize) -> f64,
        mut look: impl FnMut(&Play),
    ) -> Self {
        let bandit = json!({ "algorithm": "thompson", "floor_bps": 500, "burn_in": 40 });
        let statistics =
            json!({ "method": { "sequential": { "tuned_for": 400 } }, "fewest_people": 20 });
        let design = design(
            &[3_334, 3_333, 3_333],
            &["primary"],
            &json!({ "bandit": bandit, "statistics": statistics }),
        );
        let mut play = Play::of(&design);
        let mut weights = vec![vec![3_334, 3_333, 3_333]];
        for day in 0..DAYS {
            if day > 0 {
                play.next_day();
                let periods = periods(&play);
                assert_eq!(periods.len(), day);
                let next = next_batch(&periods, &SETTINGS).weights_bps;
                let next: Vec<i32> = next.into_iter().map(u32::cast_signed).collect();
                play.share_out(next.clone());
                weights.push(next);
            }
            let chances: Vec<f64> = weights[day].iter().map(|it| f64::from(*it)).collect();
            for _ in 0..PEOPLE {
                let arm = chance.pick(&chances);
                play.come(arm, [mean(arm, day) + chance.normal()]);
            }
            look(&play);
        }
        Self { play, weights }
    }

    /// The log as a policy is evaluated on it.
    fn log(&self) -> Vec<LoggedCell> {
        let periods = periods(&self.play);
        let days = periods.iter().zip(&self.weights).enumerate();
        days.flat_map(|(period, (arms, weights))| {
            let arms = arms.iter().zip(weights).enumerate();
            arms.map(move |(arm, (moments, weight))| LoggedCell {
                period,
                context: 0,
                arm,
                propensity: f64::from(*weight) / 1e4,
                moments: *moments,
            })
        })
        .collect()
    }
}

#[test]
fn days_that_differ_are_not_taken_for_arms_that_do() {
    const RUNS: u64 = 400;
    let counted = count(RUNS, 9, |chance| {
        let mut has_concluded = false;
        let played = Played::daily(chance, alike, |play| {
            let mut arms = play.results().metrics.into_iter().flat_map(|it| it.arms);
            has_concluded |= arms.any(|it| it.is_better.is_some());
        });
        let arm = &played.play.results().metrics[0].arms[0];
        let effect = arm.sequential.absolute.expect("an effect");
        let z = effect.value / effect.error.expect("an error");
        (has_concluded, z.abs() > 1.96)
    });
    let part = |of: fn(&(bool, bool)) -> bool| {
        let found = counted.iter().filter(|(key, _)| of(key));
        found.map(|(_, count)| f64::from(*count)).sum::<f64>() / RUNS as f64
    };
    let (ever, once) = (part(|it| it.0), part(|it| it.1));
    println!(
        "bandits without an effect that ever conclude: {ever}; beyond 1.96 at the end: {once}"
    );
    assert!(ever <= 0.05, "{ever}");
    assert!(once <= 0.05 + doubt(0.05, RUNS), "{once}");
}

/// Moments by batch, as they are kept.
fn periods(play: &Play) -> Vec<Vec<Moments>> {
    let counted = Counted::of(&play.observed());
    counted.by_batch.into_values().collect()
}

#[test]
fn a_bandit_on_what_is_kept_finds_the_best_arm_and_stays_healthy() {
    const RUNS: u64 = 200;
    let counted = count(RUNS, 7, |chance| {
        let played = Played::of(chance);
        let results = played.play.results();
        let all: i64 = results.people.arms.iter().map(|it| it.people).sum();
        assert_eq!(all, (DAYS * PEOPLE) as i64);
        let best = results.people.arms[2].people;
        let is_fine = results.health.state != State::Broken;
        let is_proved = results.metrics[0].arms[1].is_better == Some(true);
        (best * 2 > all, is_fine, is_proved)
    });
    let of = |wanted: fn(&(bool, bool, bool)) -> bool| -> u32 {
        let found = counted.iter().filter(|(key, _)| wanted(key));
        found.map(|(_, count)| count).sum()
    };
    let (found, fine, proved) = (of(|it| it.0), of(|it| it.1), of(|it| it.2));
    println!(
        "of {RUNS} bandits {found} showed most people the best arm, {proved} proved it, {fine} were healthy"
    );
    assert!(found >= 180 && fine >= 199, "{found}, {fine}");
    assert!(proved >= 140, "{proved}");
}

#[test]
fn the_log_of_a_bandit_covers_what_other_policies_would_have_earned() {
    const RUNS: u64 = 300;
    const POLICIES: [[f64; 3]; 3] = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.4, 0.3, 0.3]];
    let counted = count(RUNS, 8, |chance| {
        let log = Played::of(chance).log();
        POLICIES.map(|policy| {
            let evaluation = evaluate(&log, &[policy.to_vec()]).expect("an evaluation");
            let [low, high] = evaluation.doubly_robust.interval.expect("an interval");
            let truth = truth(&policy);
            low <= truth && truth <= high
        })
    });
    for (at, policy) in POLICIES.iter().enumerate() {
        let covered = counted.iter().filter(|(covered, _)| covered[at]);
        let share = covered.map(|(_, count)| f64::from(*count)).sum::<f64>() / RUNS as f64;
        println!("{policy:?}: covered {share}");
        assert!(share >= 0.9, "{share}");
    }
}

/// What a policy earns a person, on the average of all days.
fn truth(policy: &[f64; 3]) -> f64 {
    let earned = |arm: usize| (0..DAYS).map(|day| mean(arm, day)).sum::<f64>() / DAYS as f64;
    policy
        .iter()
        .enumerate()
        .map(|(arm, chance)| chance * earned(arm))
        .sum()
}
