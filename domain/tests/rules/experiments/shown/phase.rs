//! A phase, from counts.

use crate::experiments::looked_at;
use serde_json::{Value, json};
use tessera_domain::{
    experiments::{
        decision::Decision,
        design::Design,
        inference::quantile::histogram::Bucket,
        measurement::Measurement,
        moments::{Moments, Observation, VALUE, product},
        results::{Observed, Reading, Results, SharedOut, new_readings, results},
    },
    projection::{AllMoments, Measured, Sums},
    time::{MICROS_PER_DAY, Timestamp},
};

/// A phase under way.
pub(super) struct Phase {
    design: Design,
    measurement: Measurement,
    sums: Sums,
    moments: AllMoments<Measured>,
    shared_out: Vec<SharedOut>,
    readings: Vec<Reading>,
}

/// The share of people who do something.
pub(super) fn share() -> Value {
    json!({ "measure": { "binomial": { "event": { "event": "x" } } } })
}

/// The same, where fewer are better.
pub(super) fn harm() -> Value {
    json!({ "measure": { "binomial": { "event": { "event": "x" } } }, "better": "lower" })
}

/// A quantile at 95 %, where less is better.
pub(super) fn late() -> Value {
    let value = json!({ "event": { "event": "x" }, "property": "ms" });
    json!({ "measure": { "quantile": { "value": value, "quantile_bps": 9_500 } }, "better": "lower" })
}

/// Primary metrics, the first one `m0`.
pub(super) fn primary(count: usize) -> Vec<Value> {
    let of = |at| json!({ "metric": format!("m{at}"), "role": "primary" });
    (0..count).map(of).collect()
}

/// Only some of `people` have a value, which is 1.
pub(super) fn rate(people: i64, of: i64) -> Moments {
    let mut all = Moments {
        people,
        ..Moments::default()
    };
    all.sums[VALUE] = i128::from(of) * 1_000_000;
    all.products[product(VALUE, VALUE)] = i128::from(of) * 1_000_000_000_000;
    all
}

/// A person with a value, a denominator, and both of the time before.
#[expect(clippy::cast_possible_truncation, reason = "values of tests are small")]
pub(super) fn person(values: [f64; 4]) -> Moments {
    Moments::of(Observation(values.map(|it| (it * 1e6) as i64)))
}

impl Phase {
    /// Of arms with such weights, `a0` the base, and metrics: what each is for, and what is measured.
    pub(super) fn of(
        weights: &[u16],
        metrics: impl Into<Value>,
        measured: impl Into<Value>,
        others: &Value,
    ) -> Self {
        let arms = weights.iter().enumerate().map(
            |(at, weight)| json!({ "key": format!("a{at}"), "value": at, "weight_bps": weight }),
        );
        let mut body = json!({
            "name": "Test", "metrics": metrics.into(),
            "allocation": { "hash_attribute": "wallet", "arms": arms.collect::<Value>() },
        });
        for (name, value) in others.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let design: Design = serde_json::from_value(body).expect("a design");
        design.validate().expect("a valid design");
        let keys: Vec<&str> = design
            .allocation
            .arms
            .iter()
            .map(|it| it.key.as_str())
            .collect();
        let measurement: Measurement = serde_json::from_value(json!({
            "experiment": "test", "phase": 1, "starts_at": "2026-01-01T00:00:00Z",
            "batch_hours": 24, "arms": keys, "metrics": measured.into(),
        }))
        .expect("a measurement");
        let shared_out = vec![SharedOut {
            from: measurement.starts_at,
            coverage_bps: 10_000,
            weights_bps: weights.iter().map(|it| i32::from(*it)).collect(),
        }];
        Self {
            design,
            measurement,
            sums: Sums::new(),
            moments: AllMoments::new(),
            shared_out,
            readings: Vec::new(),
        }
    }

    fn at(&self, day: i64) -> Timestamp {
        Timestamp(self.measurement.starts_at.0 + day * MICROS_PER_DAY)
    }

    fn key(&self, day: i64, arm: usize, measure: i32) -> Measured {
        Measured {
            day: self.measurement.batch(self.at(day)),
            through_day: None,
            label: self.measurement.arms[arm].clone(),
            measure,
        }
    }

    pub(super) fn share_out(&mut self, day: i64, weights_bps: Vec<i32>) {
        self.shared_out.push(SharedOut {
            from: self.at(day),
            coverage_bps: 10_000,
            weights_bps,
        });
    }

    /// People come to an arm on a day.
    pub(super) fn come(&mut self, day: i64, arm: usize, people: i64) {
        *self.sums.entry(self.key(day, arm, 0)).or_default() += people;
    }

    /// What a metric is of people who came to an arm on a day.
    pub(super) fn measure(&mut self, day: i64, arm: usize, metric: i32, moments: Moments) {
        let key = self.key(day, arm, metric);
        let mut all = self.moments.get(&key).copied().unwrap_or_default();
        all.add(&moments, 1);
        self.moments.insert(key, all);
    }

    /// People who come to an arm on a day; so many of them do what each metric is of.
    pub(super) fn rates(&mut self, day: i64, arm: usize, people: i64, of: &[i64]) {
        self.come(day, arm, people);
        for (metric, of) in (0..).zip(of) {
            self.measure(day, arm, metric, rate(people, *of));
        }
    }

    /// People of an arm whose value of a metric is `units`.
    pub(super) fn values(&mut self, arm: usize, metric: i32, units: i64, people: i64) {
        let bucket = i32::from(Bucket::of(units * 1_000_000).index());
        let measure = 1_000_000 + metric * 100_000 + 50_000 + bucket;
        let key = Measured {
            day: 0,
            ..self.key(0, arm, measure)
        };
        *self.sums.entry(key).or_default() += people;
    }

    fn observed(&self, days: i64) -> Observed<'_> {
        Observed {
            design: &self.design,
            measurement: &self.measurement,
            sums: &self.sums,
            moments: &self.moments,
            shared_out: &self.shared_out,
            mismatch_so_far: None,
            readings: &self.readings,
            now: self.at(days),
        }
    }

    /// What it shows once the regular look has kept what was to be read.
    pub(super) fn after(&self, days: i64) -> Results {
        looked_at(self.observed(days))
    }

    /// What it shows of what is kept, as between two looks.
    pub(super) fn unread(&self, days: i64) -> Results {
        results(&self.observed(days))
    }

    /// What it shows on a day after it has ended.
    pub(super) fn ended(&mut self, end: i64, days: i64) -> Results {
        self.measurement.ends_at = Some(self.at(end));
        self.after(days)
    }

    /// Keeps what is read for the first time, as a store does; the metrics.
    pub(super) fn keep_readings(&mut self, days: i64) -> Vec<String> {
        let new = new_readings(&self.observed(days));
        let metrics = new.iter().map(|it| it.metric.clone()).collect();
        let kept = serde_json::to_string(&new).expect("JSON");
        let kept: Vec<Reading> = serde_json::from_str(&kept).expect("readings");
        assert_eq!(kept, new);
        self.readings.extend(kept);
        metrics
    }
}

/// The same as what is written.
pub(super) fn written(results: &Results) -> Value {
    serde_json::to_value(results).expect("JSON")
}

pub(super) fn codes(decision: &Decision) -> Vec<&str> {
    decision.reasons.iter().map(|it| it.code).collect()
}

pub(super) fn would(decision: &Decision) -> Vec<&str> {
    decision.would_change.iter().map(|it| it.code).collect()
}
