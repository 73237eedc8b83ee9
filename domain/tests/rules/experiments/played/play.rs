//! An experiment that is played: what its measurement keeps of people who come day by day.

use crate::experiments::{chance::Chance, looked_at};
use serde_json::{Value, json};
use std::{collections::BTreeMap, thread};
use tessera_domain::{
    event::Event,
    experiments::{
        decision::{Action, Decision},
        design::Design,
        measurement::Measurement,
        moments::{Moments, Observation},
        results::{Observed, Results, SharedOut},
    },
    projection::{AllMoments, Definition, Measured, News, Sums},
    time::{MICROS_PER_DAY, Timestamp},
};
use uuid::Uuid;

/// The first day, which begins at its first hour.
const START: i64 = 20_000;

/// An experiment under way.
pub(super) struct Play {
    design: Design,
    measurement: Measurement,
    sums: Sums,
    moments: AllMoments<Measured>,
    shared_out: Vec<SharedOut>,
    day: i64,
    /// The keys under which a person of each arm counts, on the day.
    keys: Vec<Keys>,
}

/// Where a person counts: once, and by each metric.
struct Keys {
    counted: Vec<Measured>,
    metrics: Vec<Measured>,
}

/// A design with such arms, each with a weight, and metrics, each with a role; every metric is the mean of
/// a property of an event. The rest is as `others` says.
pub(super) fn design(weights: &[u16], roles: &[&str], others: &Value) -> Design {
    let arms = weights.iter().enumerate().map(|(arm, weight)| {
        let key = format!("arm_{arm}");
        json!({ "key": key, "value": key, "weight_bps": weight })
    });
    let metrics = roles.iter().enumerate();
    let metrics = metrics.map(|(at, role)| json!({ "metric": format!("m{at}"), "role": role }));
    let mut design = json!({
        "name": "Played",
        "allocation": { "hash_attribute": "anonymous_id", "arms": arms.collect::<Value>() },
        "metrics": metrics.collect::<Value>(),
        "decision": { "min_days": 0 },
    });
    for (name, value) in others.as_object().into_iter().flatten() {
        design[name] = value.clone();
    }
    let mut design: Design = serde_json::from_value(design).expect("a design");
    design.allocation.begin("played", 1, false);
    design.validate().expect("a valid design");
    design
}

impl Play {
    pub(super) fn of(design: &Design) -> Self {
        let arms = design.allocation.arms.iter();
        let metrics = (0..design.metrics.len()).map(|at| {
            let value = json!({ "event": { "event": "acted" }, "property": format!("m{at}") });
            json!({ "measure": { "mean": { "value": value } } })
        });
        let measurement = json!({
            "experiment": "played", "phase": 1, "starts_at": moment(START),
            "arms": arms.clone().map(|it| it.key.as_str()).collect::<Vec<_>>(),
            "metrics": metrics.collect::<Value>(), "batch_hours": 24,
        });
        let shared = SharedOut {
            from: moment(START),
            coverage_bps: 10_000,
            weights_bps: arms.map(|it| it.weight_bps.into()).collect(),
        };
        let mut play = Self {
            design: design.clone(),
            measurement: serde_json::from_value(measurement).expect("a measurement"),
            sums: Sums::new(),
            moments: AllMoments::new(),
            shared_out: vec![shared],
            day: START,
            keys: Vec::new(),
        };
        play.keys = play.keys();
        play
    }

    /// What the measurement itself makes of a person of each arm who comes on the day.
    fn keys(&self) -> Vec<Keys> {
        let definition = Definition::Experiment(self.measurement.clone());
        let of_arm = |arm: &String| {
            let Value::Object(properties) = json!({ "experiment": "played", "arm": arm }) else {
                panic!("an object");
            };
            let exposed = Event {
                id: Uuid::nil(),
                name: "experiment_exposed".to_owned(),
                at: moment(self.day),
                properties,
            };
            let news = News::All(std::slice::from_ref(&exposed));
            let moved = definition.advance(None, news, exposed.at);
            let moved = moved.expect("a state").expect("a person");
            assert!(moved.sums.values().all(|amount| *amount == 1));
            Keys {
                counted: moved.sums.into_keys().collect(),
                metrics: moved.moments.into_iter().map(|(key, _)| key).collect(),
            }
        };
        self.measurement.arms.iter().map(of_arm).collect()
    }

    pub(super) fn next_day(&mut self) {
        self.day += 1;
        self.keys = self.keys();
    }

    /// A person comes to an arm, with a value of each metric.
    pub(super) fn come<const N: usize>(&mut self, arm: usize, values: [f64; N]) {
        let Self { keys, sums, .. } = self;
        let Keys { counted, metrics } = &keys[arm];
        for key in counted {
            *sums.entry(key.clone()).or_default() += 1;
        }
        for (key, value) in metrics.iter().zip(values) {
            if let Some(moments) = self.moments.get_mut(key) {
                moments.add(&person(value), 1);
            } else {
                self.moments.insert(key.clone(), person(value));
            }
        }
    }

    /// Shares visitors out differently from the day on.
    pub(super) fn share_out(&mut self, weights_bps: Vec<i32>) {
        self.shared_out.push(SharedOut {
            from: moment(self.day),
            coverage_bps: 10_000,
            weights_bps,
        });
    }

    pub(super) fn observed(&self) -> Observed<'_> {
        Observed {
            design: &self.design,
            measurement: &self.measurement,
            sums: &self.sums,
            moments: &self.moments,
            shared_out: &self.shared_out,
            mismatch_so_far: None,
            readings: &[],
            now: moment(self.day + 1),
        }
    }

    pub(super) fn results(&self) -> Results {
        looked_at(self.observed())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "values are small")]
fn person(value: f64) -> Moments {
    Moments::of(Observation([(value * 1e6).round() as i64, 0, 0, 0]))
}

fn moment(day: i64) -> Timestamp {
    Timestamp(day * MICROS_PER_DAY)
}

/// Whether everybody is to see an arm, or the base because of what was proved.
pub(super) fn concludes(decision: &Decision) -> bool {
    let is_proved = |code: &str| matches!(code, "worse" | "guardrail");
    match decision.action {
        Action::Ship => true,
        Action::Stop => decision.reasons.iter().any(|it| is_proved(it.code)),
        Action::KeepGoing | Action::Undecided | Action::Broken => false,
    }
}

/// How often runs come to something, by what; each has chance of its own.
pub(super) fn count<K: Ord + Send>(
    runs: u64,
    seed: u64,
    play: impl Fn(&mut Chance) -> K + Sync,
) -> BTreeMap<K, u32> {
    let threads = thread::available_parallelism().map_or(1, |it| it.get() as u64);
    let part = |first: u64| {
        let mut counted: BTreeMap<K, u32> = BTreeMap::new();
        for run in (first..runs).step_by(usize::try_from(threads).expect("few")) {
            let mut chance = Chance(seed.wrapping_mul(1_000_003).wrapping_add(run << 20));
            *counted.entry(play(&mut chance)).or_default() += 1;
        }
        counted
    };
    thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || part(first)))
            .collect();
        let mut all: BTreeMap<K, u32> = BTreeMap::new();
        for counted in parts.into_iter().map(|it| it.join().expect("a part")) {
            for (key, count) in counted {
                *all.entry(key).or_default() += count;
            }
        }
        all
    })
}

pub(super) fn share(counted: &BTreeMap<bool, u32>) -> f64 {
    let of = |key: bool| f64::from(counted.get(&key).copied().unwrap_or(0));
    of(true) / (of(true) + of(false))
}

/// Three standard errors of a share of so many runs.
pub(super) fn doubt(expected: f64, runs: u64) -> f64 {
    3.0 * (expected * (1.0 - expected) / runs as f64).sqrt()
}
