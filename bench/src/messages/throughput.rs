//! How many mails a second go, and how many the same server takes of the same connections when nothing has to
//! be remembered.

use super::{ADDRESSEES, CONNECTIONS, Post, email};
use crate::{report::Report, world::World};
use anyhow::{Context, Result};
use futures::{StreamExt, stream};
use serde_json::json;
use std::{fs, time::Instant};
use tessera_domain::time::Timestamp;
use tessera_engine::automation::messages::{NewIntent, intend};
use tessera_mail::{Draft, Mailbox, Sent, compose};
use tessera_store::tenant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Intents of a transaction.
const TOGETHER: usize = 100;

pub(super) async fn measure(world: &World, people: &[Uuid], report: &mut Report) -> Result<()> {
    intend_all(world, people).await?;
    let post = Post::open().await?;
    forget_peak()?;
    let began = Instant::now();
    let stop = CancellationToken::new();
    let working = post.work(world, stop.clone());
    post.until(people.len()).await?;
    let ours = f64::from(ADDRESSEES) / began.elapsed().as_secs_f64();
    let peak = peak_mb()?;
    stop.cancel();
    working.await?;
    let bare = bare(&Post::open().await?).await?;
    report.note("mails sent and remembered", ours, "/s");
    report.note("the same mails handed over alone", bare, "/s");
    report.note("mails to those", ours / bare, "");
    report.note("memory of API and worker meanwhile, at most", peak, "MB");
    Ok(())
}

/// A message to each.
async fn intend_all(world: &World, people: &[Uuid]) -> Result<()> {
    let engine = world.engine();
    let organisation = world.tenant.organisation;
    for people in people.chunks(TOGETHER) {
        let mut transaction = tenant::begin(&world.pool, organisation).await?;
        for person in people {
            let new = NewIntent {
                person: *person,
                template: "thanks",
                cause: &format!("bench:{person}"),
                run: None,
                context: json!({ "number": 1 }),
                due_at: Timestamp::from(chrono::Utc::now()),
            };
            intend(&engine, &mut transaction, organisation, &new).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

/// The crate `mail` alone, over as many connections.
async fn bare(post: &Post) -> Result<f64> {
    let text = "Number 1: thank you for your interest. ".repeat(10);
    let html = format!("<p>{text}</p><a href=\"https://bench.example/plans\">Plans</a>");
    let server = &post.outgoing.server;
    let began = Instant::now();
    let sending = stream::iter(0..ADDRESSEES).map(|number| {
        let (text, html) = (&text, &html);
        async move {
            let id = format!("{}@bench.example", Uuid::new_v4());
            let to = email(number);
            let draft = Draft {
                from: Mailbox {
                    name: Some("Bench"),
                    address: "news@bench.example",
                },
                to: &to,
                reply_to: None,
                subject: "Thank you",
                text,
                html: Some(html),
                message_id: &id,
                date_unix_secs: 1_800_000_000,
                unsubscribe: None,
                feedback_id: None,
                auto_submitted: true,
            };
            let letter = compose(&draft, "bounces@bench.example", None)?;
            match server.send(&letter).await {
                Sent::Accepted { .. } => Ok(()),
                other => Err(anyhow::anyhow!("{other:?}")),
            }
        }
    });
    let mut sending = std::pin::pin!(sending.buffer_unordered(CONNECTIONS));
    while let Some(sent) = sending.next().await {
        sent?;
    }
    Ok(f64::from(ADDRESSEES) / began.elapsed().as_secs_f64())
}

/// Lets the kernel measure the peak of memory from now on.
fn forget_peak() -> Result<()> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}

fn peak_mb() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|it| it.split_whitespace().next());
    Ok(kilobytes.context("a peak")?.parse::<f64>()? / 1_024.0)
}
