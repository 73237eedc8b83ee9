//! Each schema has the fields that the domain writes, and reads each of them.

use super::{PhaseHealth, PhaseResults};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::{
    event::Event,
    experiments::{
        design::Design,
        measurement::Measurement,
        results::{Observed, SharedOut, new_readings, results},
    },
    projection::{Definition, News, Sums, add},
    time::{MICROS_PER_DAY, Timestamp},
};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

const ARMS: [&str; 4] = ["plain", "big", "round", "both"];

fn design(method: &Value) -> Design {
    let arm = |key: &str| json!({ "key": key, "value": key, "weight_bps": 2500 });
    serde_json::from_value(json!({
        "name": "Buttons",
        "allocation": { "hash_attribute": "anonymous_id", "arms": ARMS.map(arm) },
        "metrics": [
            { "metric": "bought", "role": "primary" },
            { "metric": "spent", "role": "secondary" },
            { "metric": "basket", "role": "guardrail", "most_harm_bps": 100 },
            { "metric": "median", "role": "secondary" },
        ],
        "dimensions": [{ "property": "country", "values": ["CH"] }],
        "factors": [
            { "name": "shape", "levels": ["square", "round"] },
            { "name": "size", "levels": ["small", "big"] },
        ],
        "statistics": { "method": method, "fewest_people": 2 },
        "decision": { "min_days": 0 },
    }))
    .expect("a design")
}

fn measurement() -> Measurement {
    let bought = json!({ "event": "bought" });
    let spent = json!({ "event": bought, "property": "size" });
    serde_json::from_value(json!({
        "experiment": "buttons", "phase": 1, "starts_at": "1970-01-10T00:00:00Z",
        "arms": ARMS, "batch_hours": 24,
        "dimensions": [{ "property": "country", "values": ["CH"] }],
        "metrics": [
            { "measure": { "binomial": { "event": bought } } },
            { "measure": { "mean": { "value": spent } }, "covariate_days": 7 },
            { "measure": { "ratio": { "numerator": spent, "denominator": { "event": bought } } } },
            { "measure": { "quantile": { "value": spent, "quantile_bps": 5000 } } },
        ],
    }))
    .expect("a measurement")
}

fn event(name: &str, at: Timestamp, properties: Value) -> Event {
    let Value::Object(properties) = properties else {
        panic!("an object");
    };
    Event {
        id: Uuid::nil(),
        name: name.to_owned(),
        at,
        properties,
    }
}

/// A report on people of all arms on many days, who buy more in the later arms. Nobody crosses.
pub(crate) fn play(method: &Value, people: i64) -> Value {
    play_after(method, people, None)
}

/// The same, after looks at which the test of assignments came to such a p.
fn play_after(method: &Value, people: i64, mismatch_so_far: Option<f64>) -> Value {
    let (design, measurement) = (design(method), measurement());
    let definition = Definition::Experiment(measurement.clone());
    let (mut sums, mut moments) = (Sums::new(), BTreeMap::default());
    let now = Timestamp(60 * MICROS_PER_DAY);
    for person in 0..people {
        let arm = usize::try_from(person % 4).expect("a place");
        let at = Timestamp((9 + person % 30) * MICROS_PER_DAY + 1);
        let saw = json!({ "experiment": "buttons", "arm": ARMS[arm], "country": "CH" });
        let mut events = vec![event("experiment_exposed", at, saw)];
        let size = json!({ "size": 1 + person % 7 });
        events.push(event("bought", Timestamp(at.0 - 2), size));
        if person / 4 % 5 < 1 + i64::try_from(arm).expect("a number") {
            let size = json!({ "size": 1 + person % 7 + person % 3 });
            events.push(event("bought", Timestamp(at.0 + 1), size));
        }
        let moved = definition.advance(None, News::Added(&events), now);
        let moved = moved.expect("a state").expect("somebody");
        for (key, amount) in moved.sums {
            add(&mut sums, key, amount);
        }
        for (key, more) in moved.moments {
            let all: &mut tessera_domain::experiments::moments::Moments =
                moments.entry(key).or_default();
            all.add(&more, 1);
        }
    }
    let shared_out = vec![SharedOut {
        from: measurement.starts_at,
        coverage_bps: 10_000,
        weights_bps: vec![2_500; 4],
    }];
    let observed = Observed {
        design: &design,
        measurement: &measurement,
        sums: &sums,
        moments: &moments,
        shared_out: &shared_out,
        mismatch_so_far,
        readings: &[],
        now,
    };
    let readings = new_readings(&observed);
    let results = results(&Observed {
        readings: &readings,
        ..observed
    });
    json!({
        "organisation": "org", "design": design, "measurement": measurement, "shared_out": shared_out,
        "results": results,
    })
}

/// All that there is to show: of few people what is missing, of many what is found.
fn shown() -> Vec<Value> {
    let methods = [
        json!({ "sequential": { "tuned_for": 1_000 } }),
        json!({ "fixed": { "planned_people": 3_000 } }),
        json!({ "bayesian": { "prior": { "deviation_bps": 3_000 } } }),
    ];
    methods
        .iter()
        .flat_map(|method| [0, 1, 9, 4_000].map(|people| play(method, people)))
        .chain([play_after(&methods[0], 9, Some(0.0001))])
        .map(|mut report| report["results"].take())
        .collect()
}

#[test]
fn results_are_read_as_they_were_written() {
    for written in shown() {
        let read: PhaseResults = serde_json::from_value(written.clone()).expect("results");
        assert_eq!(serde_json::to_value(read).expect("JSON"), written);
        let health: PhaseHealth =
            serde_json::from_value(written["health"].clone()).expect("health");
        assert_eq!(
            serde_json::to_value(health).expect("JSON"),
            written["health"]
        );
    }
}

#[test]
fn every_schema_has_the_fields_that_are_written() {
    let mut all = vec![(PhaseResults::name().into_owned(), PhaseResults::schema())];
    PhaseResults::schemas(&mut all);
    let all: BTreeMap<String, Value> = all
        .into_iter()
        .map(|(name, schema)| (name, json!(schema)))
        .collect();
    let mut met = BTreeSet::from(["PhaseResults".to_owned()]);
    for written in shown() {
        compare(&all, &all["PhaseResults"], &written, "", &mut met);
    }
    // Nothing is described that is never written; the stand-in of the method is the design's.
    let described: BTreeSet<&String> = all.keys().collect();
    let never: Vec<_> = described
        .iter()
        .filter(|name| !met.contains(**name))
        .collect();
    let expected: [&str; 2] = ["DecidingMethod", "Moment"];
    assert!(
        never.iter().all(|name| expected.contains(&name.as_str())),
        "{never:?}"
    );
}

/// That a written value fits its schema; notes the schemas that are met.
fn compare(
    all: &BTreeMap<String, Value>,
    schema: &Value,
    written: &Value,
    at: &str,
    met: &mut BTreeSet<String>,
) {
    if written.is_null() {
        return;
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().expect("a name");
        met.insert(name.to_owned());
        let known = ["DecidingMethod", "Moment"].contains(&name);
        if !known {
            compare(all, &all[name], written, at, met);
        }
        return;
    }
    for part in ["oneOf", "allOf"] {
        if let Some(forms) = schema[part].as_array() {
            let fits = |form: &&Value| match written["kind"].as_str() {
                Some(kind) => form["properties"]["kind"]["enum"] == json!([kind]),
                None => form["type"] != "null",
            };
            let form = forms
                .iter()
                .find(fits)
                .unwrap_or_else(|| panic!("{at}: {schema}"));
            return compare(all, form, written, at, met);
        }
    }
    match written {
        Value::Object(members) => {
            let written: BTreeSet<&String> = members.keys().collect();
            let properties = schema["properties"].as_object();
            let properties = properties.unwrap_or_else(|| panic!("{at}: {schema}"));
            assert_eq!(written, properties.keys().collect(), "{at}");
            let required: BTreeSet<&str> = schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            assert_eq!(
                required.len(),
                written.len(),
                "{at}: what is always there is required"
            );
            for (name, value) in members {
                compare(all, &properties[name], value, &format!("{at}/{name}"), met);
            }
        }
        Value::Array(items) => {
            for item in items {
                compare(all, &schema["items"], item, &format!("{at}/0"), met);
            }
        }
        Value::String(text) if schema["enum"].is_array() => {
            let choices = schema["enum"].as_array().expect("choices");
            assert!(choices.contains(&json!(text)), "{at}: {text}");
        }
        _ => {}
    }
}
