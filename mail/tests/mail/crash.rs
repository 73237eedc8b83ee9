//! A server that is killed again and again while messages are sent to it.

use crate::support::{Relay, letter};
use anyhow::Result;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{collections::BTreeMap, sync::Arc};
use tessera_mail::{Sent, Server, ServerConfig};
use tokio::{sync::watch, task::JoinSet};

const MESSAGES: usize = 200;
const SENDERS: usize = 4;
/// Messages between two kills, at most.
const BETWEEN: usize = 20;

/// Law: accepted means that it is there, not sent or refused that it is not, and only uncertain
/// leaves it open; and there is never more than one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_message_is_accepted_and_there_or_uncertain_or_not_there() -> Result<()> {
    let mut relay = Relay::start().await?;
    let server = Arc::new(Server::new(ServerConfig {
        max_connections: SENDERS,
        ..relay.config()
    })?);
    let (up, is_up) = watch::channel(true);
    let (begun, mut has_begun) = watch::channel(0);
    let begun = Arc::new(begun);
    let mut sending = JoinSet::new();
    for _ in 0..SENDERS {
        let (server, begun) = (Arc::clone(&server), Arc::clone(&begun));
        let mut is_up = is_up.clone();
        sending.spawn(async move {
            let mut outcomes = Vec::new();
            loop {
                is_up.wait_for(|up| *up).await.unwrap();
                let mut number = 0;
                begun.send_modify(|begun| {
                    number = *begun;
                    *begun += 1;
                });
                if number >= MESSAGES {
                    return outcomes;
                }
                let id = format!("{number}@mail.example");
                let sent = server.send(&letter("person@example.com", &id)).await;
                outcomes.push((id, sent));
            }
        });
    }
    let mut random = StdRng::seed_from_u64(7);
    let mut kill_at = 3;
    let mut kills = 0;
    while kill_at < MESSAGES {
        has_begun.wait_for(|begun| *begun >= kill_at).await?;
        // A random moment of those that a message takes.
        for _ in 0..random.random_range(0..2_000) {
            tokio::task::yield_now().await;
        }
        up.send_replace(false);
        relay.kill().await?;
        relay.restart().await?;
        up.send_replace(true);
        kills += 1;
        kill_at = *has_begun.borrow() + random.random_range(1..BETWEEN);
    }
    let outcomes: Vec<_> = sending.join_all().await.into_iter().flatten().collect();
    assert_eq!(outcomes.len(), MESSAGES);
    let kept = relay.kept()?;
    let mut counts = BTreeMap::<&str, usize>::new();
    for (id, sent) in &outcomes {
        let copies = kept.get(id).copied().unwrap_or_default();
        let (what, holds) = match sent {
            Sent::Accepted { .. } => ("accepted", copies == 1),
            Sent::Uncertain { .. } => ("uncertain", copies <= 1),
            Sent::NotSent { .. } => ("not sent", copies == 0),
            Sent::Refused { .. } => ("refused", copies == 0),
        };
        assert!(holds, "{id}: {copies} copies, {sent:?}");
        *counts.entry(what).or_default() += 1;
    }
    println!("{kills} kills: {counts:?}");
    assert!(kills > MESSAGES / (BETWEEN + SENDERS), "{kills}");
    assert!(
        counts.contains_key("accepted") && counts.len() > 1,
        "{counts:?}"
    );
    Ok(())
}
