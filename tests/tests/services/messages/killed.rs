//! `kill -9` of worker, database and mail server, wherever they are.
//!
//! Law: what is intended is sent exactly once, or nobody knows and that is said; nothing is lost.

use crate::support::{
    client::{Api, master_key, master_key_hex},
    database::Mirror,
    mail::{Relay, person, publish, sender, template},
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use std::{
    collections::HashMap,
    fs,
    ops::Range,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tessera_domain::time::Timestamp;
use tessera_engine::{
    Engine,
    automation::messages::{NewIntent, intend},
};
use tessera_localnet::{Database, DatabaseConfig};
use tessera_store::{OrganisationId, PgPool, tenant};
use tessera_tests::eventually;
use tokio::{
    process::{Child, Command},
    time::interval,
};
use uuid::Uuid;

/// How long it is killed; `make soak` has it done longer.
const SECS: &str = "TESSERA_SOAK_SECS";
const SEED: u64 = 1_401;
/// How long anything is waited for that comes for sure.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many are intended from kill to kill.
const FED_BETWEEN_KILLS: Range<u64> = 5..60;
/// Time between two intents.
const PACE: Duration = Duration::from_millis(40);
const ORGANISATION: OrganisationId = OrganisationId(1);
const PEOPLE: usize = 20;

/// Where everything is, and what runs of it.
struct Scene {
    folder: TempDir,
    config: DatabaseConfig,
    database: Option<Database>,
    relay: Relay,
    worker: Option<Child>,
    url: String,
}

/// What can be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Victim {
    Worker,
    Relay,
    Database,
}

impl Scene {
    async fn start() -> Result<(Self, PgPool)> {
        let folder = TempDir::new()?;
        // The server's own user has to come through.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let config = DatabaseConfig {
            fsync: false,
            ..DatabaseConfig::new(folder.path().join("postgres"))
        };
        let database = Database::start(config.clone()).await?;
        let url = database.url();
        let port = url.rsplit(':').next().and_then(|it| it.split('/').next());
        let config = DatabaseConfig {
            port: port.unwrap_or_default().parse()?,
            ..config
        };
        let pool = tessera_store::connect(&url, 4).await?;
        tessera_store::migrate(&pool).await?;
        let key = folder.path().join("key");
        fs::write(&key, master_key_hex())?;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
        let scene = Self {
            folder,
            config,
            database: Some(database),
            relay: Relay::start().await?,
            worker: None,
            url,
        };
        Ok((scene, pool))
    }

    fn start_worker(&mut self) -> Result<()> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debug/tessera");
        ensure!(program.exists(), "{} is not built", program.display());
        let worker = Command::new(program)
            .arg("worker")
            .args(["--database-url", &self.url])
            .arg("--master-key-file")
            .arg(self.folder.path().join("key"))
            .args([
                "--smtp-url",
                &format!("smtp://127.0.0.1:{}", self.relay.port()),
            ])
            .args(["--public-url", "https://tessera.example"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        self.worker = Some(worker);
        Ok(())
    }

    /// Kills one, and has it started again.
    async fn kill(&mut self, victim: Victim) -> Result<()> {
        match victim {
            Victim::Worker => {
                if let Some(mut worker) = self.worker.take() {
                    worker.kill().await?;
                }
                self.start_worker()
            }
            Victim::Relay => self.relay.kill_and_restart().await,
            Victim::Database => self.kill_database().await,
        }
    }

    async fn kill_database(&mut self) -> Result<()> {
        let lock = self.config.data_dir.join("cluster/postmaster.pid");
        let lock = fs::read_to_string(lock)?;
        let pid = lock.lines().next().context("no process")?.parse()?;
        kill(Pid::from_raw(pid), Signal::SIGKILL)?;
        drop(self.database.take());
        eventually(PATIENCE, async || {
            // Its children hold what they share for a moment.
            Ok(match Database::start(self.config.clone()).await {
                Ok(database) => Ok(database),
                Err(error) => Err(error.to_string()),
            })
        })
        .await
        .map(|database| self.database = Some(database))
    }
}

/// Intends messages one after the other until a moment.
async fn feed(
    engine: Engine,
    people: Vec<Uuid>,
    until: Instant,
    fed: Arc<AtomicU64>,
) -> Result<()> {
    let mut pace = interval(PACE);
    for number in 0_u64.. {
        if Instant::now() > until {
            break;
        }
        pace.tick().await;
        let person = people[usize::try_from(number)? % people.len()];
        // Whether a commit came through is not known when its answer was lost: the cause makes it one.
        while once(&engine, person, number).await.is_err() {
            pace.tick().await;
        }
        fed.store(number + 1, Ordering::Relaxed);
    }
    Ok(())
}

async fn once(engine: &Engine, person: Uuid, number: u64) -> Result<()> {
    let mut transaction = tenant::begin(&engine.pool, ORGANISATION).await?;
    let cause = format!("soak:{number}");
    let new = NewIntent {
        person,
        template: if number.is_multiple_of(2) {
            "dropped"
        } else {
            "resent"
        },
        cause: &cause,
        run: None,
        context: json!({}),
        due_at: Timestamp::from(chrono::Utc::now()),
    };
    intend(engine, &mut transaction, ORGANISATION, &new).await?;
    Ok(transaction.commit().await?)
}

/// A message at the end.
#[derive(sqlx::FromRow)]
struct End {
    id: Uuid,
    status: String,
    on_uncertain: String,
    /// How often nobody knew.
    uncertain: i64,
}

const END: &str = "select id, status, on_uncertain,
        (select count(*) from engine.message_transition it
         where it.message = outbound_message.id and it.status = 'uncertain') uncertain
    from engine.outbound_message where cause like 'soak:%'";

/// Whatever waits is due, and what nobody sends any more is known to be.
const HURRY: [&str; 3] = [
    "update engine.outbound_message set lease_until = now() where status = 'sending' and $1",
    "update engine.outbound_message set due_at = now() where status = 'intended' and due_at > now()",
    "update engine.work set due_at = now() where kind = 'send' and due_at > now()",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_intended_is_sent_once_or_uncertain_whatever_is_killed() -> Result<()> {
    let secs: u64 = match std::env::var(SECS) {
        Ok(secs) => secs.parse().context(SECS)?,
        Err(_) => 60,
    };
    let (mut scene, pool) = Scene::start().await?;
    let mirror = Mirror {
        url: scene.url.clone(),
        pool: pool.clone(),
        place: None,
    };
    let tenant = Tenant::join(Arc::new(Api::over(mirror)?), 1).await?;
    sender(&tenant).await?;
    for (name, on_uncertain) in [("dropped", "drop"), ("resent", "resend")] {
        let more = json!({ "on_uncertain": on_uncertain });
        publish(&tenant, &template(name, more)).await?;
    }
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let email = format!("user{number}@example.com");
        people.push(person(&tenant, &email, json!({})).await?.parse()?);
    }
    drop(tenant);
    let engine = Engine::new(pool.clone(), master_key(), None);
    scene.start_worker()?;
    let until = Instant::now() + Duration::from_secs(secs);
    let fed = Arc::new(AtomicU64::new(0));
    let feeding = tokio::spawn(feed(engine, people, until, fed.clone()));
    let mut random = StdRng::seed_from_u64(SEED);
    let mut kills: HashMap<Victim, u32> = HashMap::new();
    while Instant::now() < until {
        // Wherever the three are then, which the pace and the machine decide.
        let enough = fed.load(Ordering::Relaxed) + random.random_range(FED_BETWEEN_KILLS);
        eventually(PATIENCE, async || {
            let there = fed.load(Ordering::Relaxed);
            Ok(if there >= enough || Instant::now() >= until {
                Ok(())
            } else {
                Err(format!("{there} of {enough} are intended"))
            })
        })
        .await?;
        let victim = [
            Victim::Worker,
            Victim::Worker,
            Victim::Relay,
            Victim::Database,
        ][random.random_range(0..4)];
        scene.kill(victim).await?;
        *kills.entry(victim).or_default() += 1;
    }
    feeding.await??;
    settle(&mut scene, &pool).await?;
    let ends: Vec<End> = sqlx::query_as(END).fetch_all(&pool).await?;
    let fed = usize::try_from(fed.load(Ordering::Relaxed))?;
    ensure!(ends.len() == fed, "{} of {fed} are there", ends.len());
    let copies = copies(&scene.relay)?;
    let mut sums: HashMap<(&str, &str), u32> = HashMap::new();
    let mut twice = 0;
    for end in &ends {
        let copies = copies.get(&end.id).copied().unwrap_or_default();
        let (status, wants) = (end.status.as_str(), end.on_uncertain.as_str());
        let is_right = match (status, wants) {
            ("sent", "drop") => copies == 1,
            ("sent", "resend") => (1..=1 + end.uncertain).contains(&copies),
            ("uncertain", _) => copies <= end.uncertain,
            _ => false,
        };
        ensure!(
            is_right,
            "{} is {status} after {copies} copies, uncertain {} times, {wants}",
            end.id,
            end.uncertain
        );
        twice += u32::from(copies > 1);
        *sums.entry((wants, status)).or_default() += 1;
    }
    println!(
        "fault table: messages, {secs} s, kill -9 {kills:?}: {fed} intended, {sums:?}, {twice} came twice and were uncertain"
    );
    ensure!(
        kills.values().sum::<u32>() >= u32::try_from(secs / 6)?,
        "{kills:?}"
    );
    ensure!(sums.contains_key(&("drop", "sent")) && sums.contains_key(&("resend", "sent")));
    Ok(())
}

/// Ends what runs, and has a last worker do what is left.
async fn settle(scene: &mut Scene, pool: &PgPool) -> Result<()> {
    if let Some(mut worker) = scene.worker.take() {
        worker.kill().await?;
    }
    scene.start_worker()?;
    let mut nobody_else = true;
    eventually(PATIENCE, async || {
        for sql in HURRY {
            let query = sqlx::query(sql);
            let query = if sql.contains("$1") {
                query.bind(nobody_else)
            } else {
                query
            };
            query.execute(pool).await?;
        }
        // The last worker's own claims are its to settle.
        nobody_else = false;
        let left =
            "select count(*) from engine.outbound_message where status in ('intended', 'sending')";
        let left: i64 = sqlx::query_scalar(left).fetch_one(pool).await?;
        Ok(if left == 0 {
            Ok(())
        } else {
            Err(format!("{left} are left"))
        })
    })
    .await
}

/// How often each message came.
fn copies(relay: &Relay) -> Result<HashMap<Uuid, i64>> {
    let mut copies = HashMap::new();
    for path in relay.files()? {
        let name = PathBuf::from(path.file_name().context("a name")?);
        let name = name.to_str().context("a name")?;
        let (id, _) = name.split_once('@').context("a Message-ID")?;
        *copies.entry(id.parse()?).or_default() += 1;
    }
    Ok(copies)
}
