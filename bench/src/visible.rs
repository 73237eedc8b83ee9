//! From an event to the score that shows it: one POST, then one GET that must show the new score.

use crate::{report::Report, world::World};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Events that are timed.
const EVENTS: usize = 1_000;

pub(crate) async fn measure(world: &World, report: &mut Report) -> Result<()> {
    let mut times = Vec::with_capacity(EVENTS);
    for index in 0..EVENTS {
        let visitor = format!("seen-{index}");
        let person = world
            .post(
                "/v1/identify",
                json!({ "anonymous_id": visitor }).to_string(),
            )
            .await?;
        let person: Value = serde_json::from_str(&person)?;
        let person = person["person"].as_str().context("a person")?.to_owned();
        let event = json!({ "message_id": format!("seen-{index}"), "event": "demo_requested", "anonymous_id": visitor });
        let started = Instant::now();
        world.post("/v1/events", event.to_string()).await?;
        let score: Value =
            serde_json::from_str(&world.get(&format!("/v1/leads/{person}/score")).await?)?;
        times.push(started.elapsed());
        anyhow::ensure!(score["total"] == 40, "{score}");
    }
    times.sort_unstable();
    let at = |share: usize| times.get(EVENTS * share / 100).copied().unwrap_or_default();
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    report.note("event to visible score, median", millis(at(50)), "ms");
    report.note("event to visible score, p99", millis(at(99)), "ms");
    Ok(())
}
