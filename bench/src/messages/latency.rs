//! From the POST of an event to the mail server's acceptance of what the event set off.

use super::{ADDRESSEES, Post};
use crate::{report::Report, world::World};
use anyhow::{Context, Result};
use futures::{StreamExt, stream};
use serde_json::json;
use std::{
    collections::HashMap,
    fs,
    time::{Duration, SystemTime},
};
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

/// Events a second, one of each person.
const RATE: u32 = 200;
/// Requests that are under way at a time.
const CONCURRENCY: usize = 16;

pub(super) async fn measure(world: &World, report: &mut Report) -> Result<()> {
    let post = Post::open().await?;
    let stop = CancellationToken::new();
    let working = post.work(world, stop.clone());
    let ticks = interval(Duration::from_secs(1) / RATE);
    let numbers = stream::unfold((ticks, 0), |(mut ticks, number)| async move {
        ticks.tick().await;
        (number < ADDRESSEES).then_some((number, (ticks, number + 1)))
    });
    let sent = numbers.map(|number| async move {
        let event = json!({
            "message_id": format!("mail-{number}"), "event": "demo_requested",
            "user_id": format!("user-{number}"), "properties": { "number": number },
        });
        let began = SystemTime::now();
        world.post("/v1/events", event.to_string()).await?;
        anyhow::Ok((number, began))
    });
    let mut began = HashMap::new();
    let mut sent = std::pin::pin!(sent.buffer_unordered(CONCURRENCY));
    while let Some(event) = sent.next().await {
        let (number, at) = event?;
        began.insert(number, at);
    }
    post.until(began.len()).await?;
    stop.cancel();
    working.await?;
    let mut times = Vec::with_capacity(began.len());
    for mail in post.mails()? {
        let text = fs::read_to_string(&mail)?;
        let (_, rest) = text.split_once("Number ").context("no number")?;
        let (number, _) = rest.split_once(':').context("no number")?;
        let began = began.get(&number.parse()?).context("an event")?;
        times.push(fs::metadata(&mail)?.modified()?.duration_since(*began)?);
    }
    anyhow::ensure!(times.len() == began.len(), "{} mails", times.len());
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied();
    let millis = |share| at(share).unwrap_or_default().as_secs_f64() * 1_000.0;
    report.note(
        "event to accepted mail at 200 events/s, median",
        millis(50),
        "ms",
    );
    report.note(
        "event to accepted mail at 200 events/s, p99",
        millis(99),
        "ms",
    );
    Ok(())
}
