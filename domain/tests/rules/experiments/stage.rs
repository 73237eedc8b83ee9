//! A phase by what is kept of it: a design, and how many people came to which arm, with which figures.

use super::looked_at;
use serde_json::{Value, json};
use tessera_domain::{
    experiments::{
        design::Design,
        measurement::Measurement,
        metric::Metric,
        moments::{Moments, PRODUCTS, VALUES},
        results::{Observed, Results, SharedOut},
    },
    projection::{AllMoments, Measured, Sums},
    time::{MICROS_PER_MINUTE, Timestamp},
};

const MICROS_PER_HOUR: i64 = 60 * MICROS_PER_MINUTE;

pub(super) struct Stage {
    pub(super) design: Design,
    pub(super) metrics: Vec<Metric>,
    measurement: Measurement,
    shared_out: Vec<SharedOut>,
    sums: Sums,
    moments: AllMoments<Measured>,
}

/// A share of people.
pub(super) fn share() -> Value {
    json!({ "measure": { "binomial": { "event": { "event": "bought" } } } })
}

/// A design of arms with these weights and of metrics with these roles, `m0` first; the rest is as `more`
/// says.
pub(super) fn design(weights: &[u16], roles: &[&str], more: &Value) -> Value {
    let arms = weights.iter().enumerate();
    let arms =
        arms.map(|(at, it)| json!({ "key": format!("a{at}"), "value": at, "weight_bps": it }));
    let metrics = roles.iter().enumerate();
    let metrics = metrics.map(|(at, role)| json!({ "metric": format!("m{at}"), "role": role }));
    let mut design = json!({
        "name": "Staged",
        "allocation": { "hash_attribute": "wallet", "arms": arms.collect::<Value>() },
        "metrics": metrics.collect::<Value>(),
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        if name == "allocation" {
            for (name, value) in value.as_object().into_iter().flatten() {
                design["allocation"][name] = value.clone();
            }
        } else {
            design[name] = value.clone();
        }
    }
    design
}

/// So many people, so many of which bought.
pub(super) fn rate(people: i64, bought: i64) -> Moments {
    let mut moments = Moments {
        people,
        sums: [0; VALUES],
        products: [0; PRODUCTS],
    };
    moments.sums[0] = i128::from(bought) * 1_000_000;
    moments.products[0] = i128::from(bought) * 1_000_000_000_000;
    moments
}

impl Stage {
    pub(super) fn new(design: Value, metrics: &[Value]) -> Self {
        let mut design: Design = serde_json::from_value(design).expect("a design");
        design.allocation.begin("staged", 1, false);
        assert_eq!(design.validate(), Ok(()));
        let arms = design.allocation.arms.iter();
        let measurement: Measurement = serde_json::from_value(json!({
            "experiment": "staged", "phase": 1, "starts_at": "2026-01-01T00:00:00Z",
            "arms": arms.clone().map(|it| it.key.as_str()).collect::<Vec<_>>(),
            "metrics": metrics, "dimensions": design.dimensions, "batch_hours": design.batch_hours(),
        }))
        .expect("a measurement");
        let weights = arms.map(|it| it.weight_bps.into()).collect();
        let shared_out = SharedOut {
            from: measurement.starts_at,
            coverage_bps: design.allocation.coverage_bps.into(),
            weights_bps: weights,
        };
        Self {
            metrics: measurement.metrics.clone(),
            shared_out: vec![shared_out],
            sums: Sums::new(),
            moments: AllMoments::new(),
            measurement,
            design,
        }
    }

    fn key(&self, batch: i32, arm: usize, measure: i32) -> Measured {
        Measured {
            day: self.measurement.batch(self.measurement.starts_at) + batch,
            through_day: None,
            label: self.measurement.arms[arm].clone(),
            measure,
        }
    }

    /// People come to an arm in a batch.
    pub(super) fn come(&mut self, batch: i32, arm: usize, people: i64) {
        let key = self.key(batch, arm, 0);
        *self.sums.entry(key).or_default() += people;
    }

    /// People see several arms.
    pub(super) fn cross(&mut self, people: i64) {
        let key = Measured {
            label: String::new(),
            ..self.key(0, 0, 1)
        };
        *self.sums.entry(key).or_default() += people;
    }

    /// A metric of people of an arm in a batch.
    pub(super) fn measure(&mut self, batch: i32, arm: usize, metric: i32, moments: &Moments) {
        let key = self.key(batch, arm, metric);
        self.moments.insert(key, *moments);
    }

    /// Anything else that is counted of an arm, by its number.
    pub(super) fn count(&mut self, arm: usize, measure: i32, people: i64) {
        let key = Measured {
            day: 0,
            ..self.key(0, arm, measure)
        };
        *self.sums.entry(key).or_default() += people;
    }

    /// Visitors are shared out differently, so many hours after the start.
    pub(super) fn share_out(&mut self, hours: i64, coverage_bps: i32, weights_bps: &[i32]) {
        self.shared_out.push(SharedOut {
            from: self.after(hours),
            coverage_bps,
            weights_bps: weights_bps.to_vec(),
        });
    }

    fn after(&self, hours: i64) -> Timestamp {
        Timestamp(self.measurement.starts_at.0 + hours * MICROS_PER_HOUR)
    }

    /// What it shows so many hours after the start.
    pub(super) fn results(&self, hours: i64) -> Results {
        looked_at(Observed {
            design: &self.design,
            measurement: &self.measurement,
            sums: &self.sums,
            moments: &self.moments,
            shared_out: &self.shared_out,
            mismatch_so_far: None,
            readings: &[],
            now: self.after(hours),
        })
    }
}
