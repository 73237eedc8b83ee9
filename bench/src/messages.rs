//! Follow-up: from an event to the mail that a server has taken, how many mails a second go, and a million
//! people who wait in a journey.

mod latency;
mod throughput;
mod timers;

use crate::{report::Report, world::World};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tessera_engine::{
    Engine,
    automation::Outgoing,
    work::{Worker, WorkerConfig},
};
use tessera_mail::{Security, Server, ServerConfig, Sink, SinkConfig};
use tokio::{task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// People with addresses; each gets a mail in a part.
const ADDRESSEES: u32 = 6_000;
/// Connections to the mail server at a time.
const CONNECTIONS: usize = 8;
/// Time between two looks at what is done.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) async fn measure(world: &World, people: u32, report: &mut Report) -> Result<()> {
    set_up(world).await?;
    let addressees = identify(world, ADDRESSEES).await?;
    latency::measure(world, report).await?;
    throughput::measure(world, &addressees, report).await?;
    timers::measure(world, people, report).await
}

/// Who mail comes from, what it says, and the journey that sends it.
async fn set_up(world: &World) -> Result<()> {
    let sender = json!({ "from_name": "Bench", "from_address": "news@bench.example" });
    world.put("/v1/mail-sender", sender.to_string()).await?;
    let text = "Number {{ event.number }}: thank you for your interest. ".repeat(10);
    let template = json!({
        "name": "thanks", "channel": "mail", "purpose": "service", "topic": "account",
        "on_uncertain": "resend", "default_locale": "en",
        "locales": { "en": {
            "subject": "Thank you", "text": text,
            "html": format!("<p>{text}</p><a href=\"https://bench.example/plans\">Plans</a>"),
        } },
        "fallbacks": { "event.number": "0" },
    });
    world.post("/v1/templates", template.to_string()).await?;
    world
        .post("/v1/templates/thanks/1/publish", String::new())
        .await?;
    let journey = json!({ "name": "thanks", "journey": {
        "entry": { "event": { "event": "demo_requested" } }, "key": "event", "start": "thank",
        "nodes": {
            "thank": { "message": { "template": "thanks", "next": "end" } },
            "end": { "exit": {} },
        },
    } });
    publish(world, &journey).await
}

/// Lets people enter a journey.
async fn publish(world: &World, journey: &Value) -> Result<()> {
    world.post("/v1/journeys", journey.to_string()).await?;
    let name = journey["name"].as_str().context("a name")?;
    let body = json!({ "version": 1, "running": "finish" });
    world
        .post(&format!("/v1/journeys/{name}/publish"), body.to_string())
        .await?;
    Ok(())
}

/// People with proved addresses, by their numbers from 0.
async fn identify(world: &World, count: u32) -> Result<Vec<Uuid>> {
    let mut people = Vec::new();
    for number in 0..count {
        let body =
            json!({ "user_id": format!("user-{number}"), "email": email(number), "traits": {} });
        let person = world.post("/v1/identify", body.to_string()).await?;
        let person: Value = serde_json::from_str(&person)?;
        people.push(person["person"].as_str().context("a person")?.parse()?);
    }
    Ok(people)
}

fn email(number: u32) -> String {
    format!("user-{number}@customer.example")
}

/// A mail server that keeps what it takes in a folder, and the way to it.
struct Post {
    folder: TempDir,
    outgoing: Arc<Outgoing>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Post {
    async fn open() -> Result<Self> {
        let folder = TempDir::new()?;
        let sink = Sink::open(SinkConfig {
            port: 0,
            folder: folder.path().to_owned(),
            keep: 1_000_000,
        })
        .await?;
        let server = Server::new(ServerConfig {
            host: "127.0.0.1".to_owned(),
            port: sink.address()?.port(),
            security: Security::Plain,
            credentials: None,
            hello_name: "bench.example".to_owned(),
            connect_timeout: Duration::from_secs(5),
            command_timeout: Duration::from_secs(5),
            max_connections: CONNECTIONS,
        })?;
        Ok(Self {
            folder,
            outgoing: Arc::new(Outgoing {
                server,
                public_url: "https://bench.example".to_owned(),
            }),
            serving: tokio::spawn(sink.run()),
        })
    }

    /// Works off everything until stopped.
    fn work(&self, world: &World, stop: CancellationToken) -> JoinHandle<()> {
        let engine = Engine {
            mail: Some(Arc::clone(&self.outgoing)),
            ..world.engine()
        };
        tokio::spawn(Worker::new(engine, WorkerConfig::default()).run(stop))
    }

    fn mails(&self) -> Result<Vec<PathBuf>> {
        mails(self.folder.path())
    }

    /// Waits until so many mails are there.
    async fn until(&self, count: usize) -> Result<()> {
        while self.mails()?.len() < count {
            sleep(LOOK).await;
        }
        Ok(())
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn mails(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut mails = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "eml") {
            mails.push(path);
        }
    }
    Ok(mails)
}
