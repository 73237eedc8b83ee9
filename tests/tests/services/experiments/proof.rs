//! Five experiments without an effect, looked at again and again: nothing is found that is not there, and
//! every figure is that of the people who were played.

use crate::support::{
    client::do_work,
    experiments::{arm, assign, draft, start},
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const EXPERIMENTS: [&str; 5] = ["banner", "button", "colour", "headline", "price"];
const ARMS: [&str; 2] = ["plain", "round"];
const METRICS: [&str; 3] = ["bought", "spent", "views"];
const BATCHES: usize = 5;
const BATCH: usize = 80;
const ALPHA: f64 = 0.05;

/// What a visitor did: whether they bought, for how much, and how many pages they saw.
type Person = [f64; METRICS.len()];

/// The people of each experiment and arm.
type People = BTreeMap<(&'static str, &'static str), Vec<Person>>;

async fn launch(tenant: &Tenant) -> Result<()> {
    let bought = json!({ "event": "bought" });
    let spent = json!({ "event": bought, "property": "size" });
    let views = json!({ "event": { "event": "page_viewed" } });
    let measures = [
        json!({ "binomial": { "event": bought } }),
        json!({ "mean": { "value": spent } }),
        json!({ "mean": { "value": views } }),
    ];
    for (name, measure) in METRICS.iter().zip(measures) {
        let body = json!({ "name": name, "metric": { "measure": measure } });
        tenant.posted("/v1/metrics", &body).await?;
    }
    let metrics = METRICS.map(|name| json!({ "metric": name, "role": "primary" }));
    let arms = ARMS.map(|key| json!({ "key": key, "value": key, "weight_bps": 5000 }));
    for key in EXPERIMENTS {
        let design = json!({
            "name": key, "metrics": metrics,
            "allocation": { "hash_attribute": "anonymous_id", "arms": arms },
            "statistics": { "method": { "sequential": { "tuned_for": 300 } }, "fewest_people": 20 },
            "decision": { "min_days": 0 },
        });
        draft(tenant, key, &design).await?;
        start(tenant, key).await?;
    }
    do_work(&tenant.api.mirror).await?;
    Ok(())
}

/// What the visitor of a number does, whatever they see: in cents, so that sums are exact.
fn act(number: usize) -> (Vec<u32>, usize) {
    let mixed = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = mixed ^ (mixed >> 32);
    let purchases = [0, 0, 0, 1, 1, 2][(bits % 6) as usize];
    let cents = |at: u32| u32::try_from(100 + (bits >> (8 + at * 16)) % 10_000).unwrap_or(0);
    (
        (0..purchases).map(cents).collect(),
        (bits >> 50) as usize % 4,
    )
}

/// A batch of visitors sees the experiments and acts.
async fn play(tenant: &Tenant, batch: usize, people: &mut People) -> Result<()> {
    let numbers = batch * BATCH..(batch + 1) * BATCH;
    let id = |number: usize| format!("visitor-{number}");
    let visitors: Value = numbers
        .clone()
        .map(|number| json!({ "anonymous_id": id(number) }))
        .collect();
    let seen = assign(tenant, &visitors, true).await?;
    let mut events = Vec::new();
    for (number, seen) in numbers.zip(&seen) {
        let (purchases, views) = act(number);
        let names = purchases
            .iter()
            .map(|cents| ("bought", f64::from(*cents) / 100.0));
        let views_of = std::iter::repeat_n(("page_viewed", 0.0), views);
        for (at, (event, size)) in names.chain(views_of).enumerate() {
            events.push(json!({
                "message_id": format!("{number}-{at}"), "event": event, "anonymous_id": id(number),
                "properties": { "size": size },
            }));
        }
        let spent: f64 = purchases
            .iter()
            .map(|cents| f64::from(*cents) / 100.0)
            .sum();
        let person = [f64::from(!purchases.is_empty()), spent, views as f64];
        for experiment in EXPERIMENTS {
            let shown = arm(seen, experiment).as_str().context("an arm")?;
            let key = ARMS.into_iter().find(|it| *it == shown);
            let of_arm = people.entry((experiment, key.context("an arm of ours")?));
            of_arm.or_default().push(person);
        }
    }
    let body = json!({ "events": events });
    let answer = tenant.posted("/v1/events/batch", &body).await?;
    ensure!(answer["rejected"] == 0, "{answer}");
    Ok(())
}

/// Number, mean and its standard error, by their definitions.
fn figures(people: &[Person], metric: usize) -> (usize, f64, f64) {
    let count = people.len() as f64;
    let mean = people.iter().map(|it| it[metric]).sum::<f64>() / count;
    let squares: f64 = people.iter().map(|it| (it[metric] - mean).powi(2)).sum();
    (people.len(), mean, (squares / (count - 1.0) / count).sqrt())
}

fn is_near(shown: &Value, expected: f64) -> bool {
    let shown = shown.as_f64().unwrap_or(f64::NAN);
    (shown - expected).abs() <= 1e-12 * expected.abs().max(1.0)
}

#[tokio::test]
async fn experiments_without_an_effect_show_the_people_who_came_and_no_effect() -> Result<()> {
    let tenant = Tenant::open().await?;
    launch(&tenant).await?;
    let mut people = People::new();
    let mut significant = BTreeSet::new();
    for batch in 0..BATCHES {
        play(&tenant, batch, &mut people).await?;
        for experiment in EXPERIMENTS {
            let path = format!("/v1/experiments/{experiment}/results");
            let results = tenant.json(&path).await?;
            ensure!(results["health"]["state"] == "fine", "{results}");
            assert_eq!(results["people"]["exposed"], (batch + 1) * BATCH);
            for (place, metric) in METRICS.into_iter().enumerate() {
                let shown = &results["metrics"][place]["arms"][0];
                let compared = &shown["sequential"];
                let of = |arm| figures(&people[&(experiment, arm)], place);
                let [base, arm] = ARMS.map(of);
                for (name, (count, mean, error)) in [("base", base), ("arm", arm)] {
                    let of_arm = &compared[name];
                    assert_eq!(of_arm["people"], count);
                    ensure!(is_near(&of_arm["value"], mean), "{of_arm}, {mean}");
                    ensure!(is_near(&of_arm["error"], error), "{of_arm}, {error}");
                }
                let effect = &compared["absolute"];
                ensure!(is_near(&effect["value"], arm.1 - base.1), "{effect}");
                ensure!(is_near(&effect["error"], base.2.hypot(arm.2)), "{effect}");
                if shown["verdict"]["is_significant"] == true {
                    significant.insert((experiment, metric));
                }
            }
        }
    }
    let most = ALPHA * (EXPERIMENTS.len() * METRICS.len()) as f64;
    ensure!(significant.len() as f64 <= most, "{significant:?}");
    Ok(())
}
