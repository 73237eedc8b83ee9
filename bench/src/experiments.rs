//! Experiments: how fast arms are dealt, what running experiments cost capture, and how soon results of
//! many people are there.

mod assignment;
mod capture;
mod results;

use crate::{
    report::Report,
    world::{Tenant, World},
};
use anyhow::Result;
use serde_json::{Value, json};
use tessera_engine::work::{Worker, WorkerConfig};

/// Experiments that run at a time.
const RUNNING: u32 = 10;
pub(crate) async fn measure(world: &World, exposures: u32, report: &mut Report) -> Result<()> {
    assignment::measure(world, report).await?;
    capture::measure(world, report).await?;
    results::measure(world, exposures, report).await
}

/// Starts experiments with two arms and two metrics, a share and a mean, each on events of one name, and
/// waits until they are complete.
async fn launch(world: &World, tenant: &Tenant, count: u32, share: &str, mean: &str) -> Result<()> {
    let metrics = [
        (
            "share",
            json!({ "binomial": { "event": { "event": share } } }),
        ),
        (
            "mean",
            json!({ "mean": { "value": { "event": { "event": mean } } } }),
        ),
    ];
    for (name, measure) in metrics {
        let body = json!({ "name": name, "metric": { "measure": measure } });
        world
            .post_for(tenant, "/v1/metrics", body.to_string())
            .await?;
    }
    for number in 0..count {
        let key = key(number);
        let body = json!({ "key": key, "design": design() });
        world
            .post_for(tenant, "/v1/experiments", body.to_string())
            .await?;
        let path = format!("/v1/experiments/{key}/start");
        world.post_for(tenant, &path, "{}".to_owned()).await?;
    }
    Ok(())
}

/// Has what is due done: new experiments are brought up to date with the past.
async fn do_work(world: &World) -> Result<()> {
    Worker::new(world.engine(), WorkerConfig::default())
        .drain()
        .await?;
    Ok(())
}

fn key(number: u32) -> String {
    format!("experiment-{number}")
}

fn design() -> Value {
    json!({
        "name": "Benchmark",
        "allocation": {
            "hash_attribute": "anonymous_id",
            "arms": [
                { "key": "plain", "value": "plain", "weight_bps": 5000 },
                { "key": "round", "value": "round", "weight_bps": 5000 },
            ],
        },
        "metrics": [
            { "metric": "share", "role": "primary" },
            { "metric": "mean", "role": "secondary" },
        ],
    })
}

/// The middle one of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
