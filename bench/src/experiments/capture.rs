//! What running experiments cost capture: the same events for two organisations in turns, of which one has
//! experiments that all of its visitors have seen.

use super::{RUNNING, do_work, launch, median};
use crate::{
    capture::{BATCH, NAMES},
    report::Report,
    senders::together,
    world::{Tenant, World},
};
use anyhow::Result;
use serde_json::json;
use std::time::Instant;

/// Visitors of each organisation.
const VISITORS: u32 = 20_000;
/// Batches of a turn.
const BATCHES: u32 = 40;
/// Visitors who are shown arms together: as many as may be.
const SHOWN: u32 = 1_000 / RUNNING;
/// Turns of each organisation; the median counts.
const TURNS: u32 = 9;
/// Numbers of two organisations, the events of the share and of the mean, and how many of a hundred events
/// they are.
const MEASURED: [([u8; 2], [&str; 2], u32); 2] = [
    ([102, 103], ["demo_requested", "roi_calculator_used"], 20),
    ([104, 105], ["demo_requested", "page_viewed"], 60),
];

pub(super) async fn measure(world: &World, report: &mut Report) -> Result<()> {
    for ([with, without], [share, mean], of_hundred) in MEASURED {
        let (with, without) = (&world.open(with).await?, &world.open(without).await?);
        launch(world, with, RUNNING, share, mean).await?;
        do_work(world).await?;
        expose(world, with).await?;
        capture(world, without, "known", 0..VISITORS / BATCH).await?;
        let mut rates = [Vec::new(), Vec::new()];
        for turn in 0..TURNS {
            let mut order = [(with, 0), (without, 1)];
            if turn % 2 == 1 {
                order.reverse();
            }
            for (tenant, place) in order {
                let started = Instant::now();
                capture(world, tenant, "turn", turn * BATCHES..(turn + 1) * BATCHES).await?;
                let rate = f64::from(BATCHES * BATCH) / started.elapsed().as_secs_f64();
                rates[place].push(rate);
            }
        }
        let [with, without] = rates.map(median);
        let name = format!("capture, {of_hundred} % of events measured");
        report.note(&format!("{name}, without experiments"), without, "events/s");
        report.note(&format!("{name}, {RUNNING} experiments"), with, "events/s");
        report.note(
            &format!("{name}, lost to them"),
            1.0 - with / without,
            "ratio",
        );
    }
    Ok(())
}

/// Shows every visitor an arm of each experiment.
async fn expose(world: &World, tenant: &Tenant) -> Result<()> {
    together(VISITORS / SHOWN, async |batch| {
        let visitors: Vec<_> = (batch * SHOWN..(batch + 1) * SHOWN)
            .map(|visitor| json!({ "anonymous_id": format!("visitor-{visitor}") }))
            .collect();
        let body = json!({ "visitors": visitors, "expose": true }).to_string();
        world.post_for(tenant, "/v1/assign", body).await.map(drop)
    })
    .await
}

/// Captures such batches of events that happen now.
async fn capture(
    world: &World,
    tenant: &Tenant,
    what: &str,
    batches: std::ops::Range<u32>,
) -> Result<()> {
    let first = batches.start;
    let bodies: Vec<String> = batches.map(|batch| body(what, batch)).collect();
    together(u32::try_from(bodies.len())?, async |index| {
        let body = bodies.get(usize::try_from(index)?).cloned();
        let sent = world.post_for(tenant, "/v1/events/batch", body.unwrap_or_default());
        sent.await.map(drop)
    })
    .await
    .map_err(|error| error.context(format!("batches from {first}")))
}

/// A thousand events of different visitors.
fn body(what: &str, batch: u32) -> String {
    let items: Vec<_> = (batch * BATCH..(batch + 1) * BATCH)
        .map(|index| {
            // A visitor's next event has the next name.
            let name = NAMES[((index + index / VISITORS) % 10) as usize];
            json!({
                "message_id": format!("{what}-{index}"),
                "event": name,
                "anonymous_id": format!("visitor-{}", index % VISITORS),
                "properties": { "path": "/pricing", "channel": "organic", "plan": index % 3 },
            })
        })
        .collect();
    json!({ "events": items }).to_string()
}
