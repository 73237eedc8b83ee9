//! Arms that are dealt: in process as the API deals them, and over HTTP in batches.

use super::{RUNNING, design, do_work, key, launch};
use crate::{report::Report, senders::together, world::World};
use anyhow::{Context, Result};
use serde_json::json;
use std::{collections::BTreeMap, hint::black_box, time::Instant};
use tessera_domain::experiments::{
    assignment::{
        Allocation, Attributes, Definition, HashVersion, Payload, StickyDocument, StickyDocuments,
        hash,
    },
    design::Design,
};

/// The number of the organisation.
const ORGANISATION: u8 = 101;
/// Visitors who are asked for in process.
const VISITORS: u32 = 100_000;
/// Visitors of a request, and how many requests there are: the most that may be asked for with so many
/// experiments, or shown, and fewer.
const ASKED: [(u32, u32); 3] = [(1, 4_000), (100, 400), (1_000, 80)];
const EXPOSED: [(u32, u32); 2] = [(1, 4_000), (100, 400)];
/// Requests for nothing, the yardstick.
const IDLE: u32 = 10_000;

pub(super) async fn measure(world: &World, report: &mut Report) -> Result<()> {
    in_process(report)?;
    let tenant = &world.open(ORGANISATION).await?;
    launch(
        world,
        tenant,
        RUNNING,
        "demo_requested",
        "roi_calculator_used",
    )
    .await?;
    do_work(world).await?;
    let started = Instant::now();
    together(IDLE, async |_| {
        world.get_for(tenant, "/livez").await.map(drop)
    })
    .await?;
    let idle = f64::from(IDLE) / started.elapsed().as_secs_f64();
    report.note("requests that do nothing (/livez)", idle, "/s");
    for (expose, batches) in [(false, &ASKED[..]), (true, &EXPOSED[..])] {
        for (size, requests) in batches.iter().copied() {
            let kind = if expose { "exposed" } else { "asked" };
            let started = Instant::now();
            together(requests, async |request| {
                let visitors: Vec<_> = (request * size..(request + 1) * size)
                    .map(|visitor| json!({ "anonymous_id": format!("{kind}-{size}-{visitor}") }))
                    .collect();
                let body = json!({ "visitors": visitors, "expose": expose });
                let path = "/v1/assign";
                world
                    .post_for(tenant, path, body.to_string())
                    .await
                    .map(drop)
            })
            .await?;
            let took = started.elapsed().as_secs_f64();
            let visitors = f64::from(requests * size);
            let name = format!("visitors {kind} for, {RUNNING} experiments, {size} a request");
            report.note(&name, visitors / took, "/s");
            let to_idle = f64::from(requests) / took / idle;
            report.note(&format!("{name}: its requests to /livez"), to_idle, "ratio");
        }
    }
    Ok(())
}

/// The payload of running experiments, asked as the API asks it: half of the arms are remembered.
fn in_process(report: &mut Report) -> Result<()> {
    let design: Design = serde_json::from_value(design())?;
    let running: Vec<(String, Allocation)> = (0..RUNNING)
        .map(|number| {
            let mut allocation = design.allocation.clone();
            allocation.begin(&key(number), 1, false);
            (key(number), allocation)
        })
        .collect();
    let definitions = running.iter().map(|(key, allocation)| Definition {
        key,
        allocation,
        decided: None,
    });
    let payload = Payload::of(definitions, None);
    let visitors: Vec<(Attributes, StickyDocuments)> = (0..VISITORS).map(visitor).collect();
    let started = Instant::now();
    for (attributes, sticky) in &visitors {
        for (key, _) in &running {
            let found = payload.evaluate(key, attributes, Some(sticky));
            black_box(found.context("a feature")?.assignment());
        }
    }
    let ours = f64::from(VISITORS * RUNNING) / started.elapsed().as_secs_f64();
    report.note("assignments in process", ours, "/s");
    let started = Instant::now();
    for (attributes, _) in &visitors {
        let identifier = attributes.anonymous_id.as_deref().unwrap_or_default();
        for (key, _) in &running {
            black_box(hash(black_box(key), identifier, HashVersion::Two));
        }
    }
    let hashes = f64::from(VISITORS * RUNNING) / started.elapsed().as_secs_f64();
    report.note("their hash alone", hashes, "/s");
    report.note("assignments to hashes", ours / hashes, "ratio");
    Ok(())
}

fn visitor(number: u32) -> (Attributes, StickyDocuments) {
    let id = format!("visitor-{number}");
    let mut document = StickyDocument {
        attribute_name: "anonymous_id".to_owned(),
        attribute_value: id.clone(),
        assignments: BTreeMap::new(),
    };
    for of in (0..RUNNING).step_by(2) {
        document.put(&key(of), 1, "round");
    }
    let attributes = Attributes {
        anonymous_id: Some(id),
        ..Attributes::default()
    };
    (attributes, [document].into_iter().collect())
}
