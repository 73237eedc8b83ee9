//! A database whose server ends and comes back, and one that ends every connection.

use super::{
    Scene,
    running::{Running, Settings},
    until,
};
use crate::support::database::Mirror;
use anyhow::{Result, ensure};
use std::time::Duration;
use tessera_localnet::{Database, DatabaseConfig};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Ends all other connections to the database, again and again.
const TERMINATE: &str = "select count(pg_terminate_backend(pid)) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and application_name <> 'the test'";

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_end_in_the_middle_of_a_batch_cost_nothing() -> Result<()> {
    let mut scene = Scene::start(701).await?;
    let running = Running::start(&scene.mirror.url, Settings::new([scene.network.rpc_url()]))?;
    let separator = if scene.mirror.url.contains('?') {
        '&'
    } else {
        '?'
    };
    let url = format!("{}{separator}application_name=the%20test", scene.mirror.url);
    let terminator = tessera_store::connect(&url, 1).await?;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let terminating = tokio::spawn(async move {
        let mut ended = 0;
        while !stopped.is_cancelled() {
            ended += sqlx::query_scalar::<_, i64>(TERMINATE)
                .fetch_one(&terminator)
                .await?;
            sleep(Duration::from_millis(70)).await;
        }
        terminator.close().await;
        Ok::<_, sqlx::Error>(ended)
    });
    scene.play(2, 4).await?;
    stop.cancel();
    let ended = terminating.await??;
    ensure!(ended > 10, "only {ended} connections were ended");
    let group = format!("{ended} connections to the database ended");
    scene.end(&group, running, &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_stops_and_starts_again_is_gone_on_with() -> Result<()> {
    let mut scene = Scene::start(702).await?;
    let dir = tempfile::tempdir()?;
    let config = DatabaseConfig {
        fsync: false,
        ..DatabaseConfig::new(dir.path())
    };
    let mut database = Database::start(config.clone()).await?;
    let url = database.url();
    let port = url.rsplit(':').next().and_then(|it| it.split('/').next());
    let config = DatabaseConfig {
        port: port.unwrap_or_default().parse()?,
        ..config
    };
    let pool = tessera_store::connect(&url, 4).await?;
    tessera_store::migrate(&pool).await?;
    scene.mirror = Mirror {
        url,
        pool,
        place: None,
    };
    let running = Running::start(&scene.mirror.url, Settings::new([scene.network.rpc_url()]))?;
    for stop in 0..3 {
        scene.load.play(2).await?;
        if stop == 0 {
            until(&scene.mirror, "begun", |it| it.listed_slot > 0).await?;
        }
        database.stop().await?;
        scene.load.play(1).await?;
        database = Database::start(config.clone()).await?;
    }
    let group = "database stopped 3 times";
    scene.end(group, running, &[]).await?;
    database.stop().await?;
    Ok(())
}
