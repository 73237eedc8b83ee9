//! Capture in batches over HTTP, load generator included, against COPY of the same rows into tables
//! with the same columns and indexes.

use crate::{report::Report, senders::together, world::World};
use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::{
    fmt::Write,
    time::{Instant, SystemTime},
};

/// Items of a batch: the most that the API takes.
pub(crate) const BATCH: u32 = 1_000;
/// Events of one visitor.
const EVENTS_A_VISITOR: u32 = 10;
/// What visitors do, as often as it stands here.
pub(crate) const NAMES: [&str; 10] = [
    "page_viewed",
    "page_viewed",
    "page_viewed",
    "page_viewed",
    "button_clicked",
    "page_viewed",
    "pricing_page_visited",
    "whitepaper_downloaded",
    "demo_requested",
    "roi_calculator_used",
];

pub(crate) async fn measure(world: &World, events: u32, report: &mut Report) -> Result<()> {
    let batches: Vec<String> = (0..events / BATCH).map(batch).collect();
    let sent = u32::try_from(batches.len())? * BATCH;
    let started = Instant::now();
    together(events / BATCH, async |index| {
        let batch = batches.get(usize::try_from(index)?).cloned();
        let sent = world.post("/v1/events/batch", batch.unwrap_or_default());
        sent.await.map(drop)
    })
    .await?;
    let ours = f64::from(sent) / started.elapsed().as_secs_f64();
    report.note("capture over HTTP", ours, "events/s");
    let copied = copy(world).await?;
    report.note("raw COPY of the same rows", copied, "events/s");
    report.note("capture to raw COPY", ours / copied, "ratio");
    Ok(())
}

fn batch(number: u32) -> String {
    let now = DateTime::<Utc>::from(SystemTime::now()) - chrono::TimeDelta::days(30);
    let items: Vec<_> = (number * BATCH..(number + 1) * BATCH)
        .map(|index| {
            // Visitors come and go, ten of their events far apart from each other.
            let visitor =
                index % (BATCH * 10) + index / (BATCH * 10 * EVENTS_A_VISITOR) * BATCH * 10;
            let name = NAMES[usize::try_from(index).unwrap_or_default() / 10_000 % NAMES.len()];
            let at = now + chrono::TimeDelta::seconds(i64::from(index));
            json!({
                "message_id": format!("bench-{index}"),
                "event": name,
                "anonymous_id": format!("visitor-{visitor}"),
                "timestamp": at.to_rfc3339(),
                "properties": { "path": "/pricing", "channel": "organic", "plan": index % 3 },
            })
        })
        .collect();
    json!({ "events": items }).to_string()
}

/// Events a second of COPY into tables like those of the log and of its messages.
async fn copy(world: &World) -> Result<f64> {
    let mut conn = world.pool.acquire().await?;
    sqlx::raw_sql(
        "create table public.copied (like engine.event including all);
         create table public.copied_message (like engine.message including all)",
    )
    .execute(&mut *conn)
    .await?;
    let rows: Vec<(
        uuid::Uuid,
        uuid::Uuid,
        uuid::Uuid,
        String,
        DateTime<Utc>,
        serde_json::Value,
    )> = sqlx::query_as(
        "select person, message_key, body_hash, name, at, properties
         from engine.event join engine.message using (organisation, message_key) order by position",
    )
    .fetch_all(&mut *conn)
    .await?;
    let (mut events, mut messages) = (String::new(), String::new());
    for (person, key, hash, name, at, properties) in &rows {
        let properties = properties.to_string();
        writeln!(
            events,
            "{at}\t{at}\t1\t{person}\t{key}\t{name}\tclient\t{properties}"
        )?;
        writeln!(messages, "{key}\t{hash}\t1\t20000")?;
    }
    let started = Instant::now();
    for (into, text) in [
        (
            "copied_message (message_key, body_hash, organisation, forget_on)",
            messages,
        ),
        (
            "copied (at, received_at, organisation, person, message_key, name, source, properties)",
            events,
        ),
    ] {
        let mut copy = conn
            .copy_in_raw(&format!("copy public.{into} from stdin"))
            .await?;
        copy.send(text.as_bytes()).await?;
        copy.finish().await?;
    }
    let took = started.elapsed();
    sqlx::raw_sql("drop table public.copied, public.copied_message")
        .execute(&mut *conn)
        .await?;
    Ok(f64::from(u32::try_from(rows.len())?) / took.as_secs_f64())
}
