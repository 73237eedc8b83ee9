//! `kill -9` of the program itself, wherever it is.

use super::{
    Scene,
    running::{Running, Settings},
    tessera,
};
use anyhow::{Context, Result, ensure};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{
    process::Stdio,
    time::{Duration, Instant},
};
use tessera_tests::eventually;
use tokio::{
    process::{Child, Command},
    time::sleep,
};

/// How often it is killed; `make soak` has it done more often.
const KILLS: &str = "TESSERA_SOAK_KILLS";
/// The longest life, in times that it needs to begin on this machine.
const LONGEST_LIFE: u32 = 5;
/// How long it may need to begin.
const PATIENCE: Duration = Duration::from_secs(60);

fn spawn(scene: &Scene) -> Result<Child> {
    Ok(Command::new(tessera()?)
        .arg("indexer")
        .args(["--rpc-url", &scene.network.rpc_url()])
        .args(["--ws-url", &scene.network.ws_url()])
        .args(["--database-url", &scene.mirror.url])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_indexer_that_is_killed_again_and_again_loses_and_repeats_nothing() -> Result<()> {
    let kills: u32 = match std::env::var(KILLS) {
        Ok(kills) => kills.parse().context(KILLS)?,
        Err(_) => 10,
    };
    let mut scene = Scene::start(1201).await?;
    let mut random = StdRng::seed_from_u64(1201);
    let longest = beginning(&mut scene).await? * LONGEST_LIFE;
    let mut worked = 0;
    for _ in 0..kills {
        let before = arrival(&scene).await?;
        let mut child = spawn(&scene)?;
        let life = random.random_range(longest / 15..longest);
        let (died, played) = tokio::join!(
            async {
                sleep(life).await;
                // SIGKILL: it is not asked.
                child.kill().await
            },
            scene.load.play(2),
        );
        died?;
        played?;
        worked += u32::from(arrival(&scene).await? > before);
    }
    ensure!(
        worked * 4 > kills,
        "it came to work {worked} times of {kills}"
    );
    let running = Running::start(&scene.mirror.url, Settings::new([scene.network.rpc_url()]))?;
    scene.play(1, 1).await?;
    let group = format!("kill -9, {kills} times, {worked} of them while it wrote");
    scene.end(&group, running, &[]).await
}

/// How long it is from the program's start to its first receipt.
async fn beginning(scene: &mut Scene) -> Result<Duration> {
    scene.play(1, 1).await?;
    let before = arrival(scene).await?;
    let began = Instant::now();
    let mut child = spawn(scene)?;
    eventually(PATIENCE, async || {
        let works = arrival(scene).await? > before;
        Ok(works
            .then_some(())
            .ok_or_else(|| "it did not begin".to_owned()))
    })
    .await?;
    child.kill().await?;
    Ok(began.elapsed())
}

/// The last number that a receipt was given; 0 before there is a cursor.
async fn arrival(scene: &Scene) -> Result<i64> {
    let arrival = sqlx::query_scalar::<_, Option<i64>>("select max(arrival) from receipt");
    Ok(arrival.fetch_one(&scene.mirror.pool).await?.unwrap_or(0))
}
