//! A disk that is full.

use super::{
    Scene,
    running::{Running, Settings},
    until,
};
use crate::support::database::Mirror;
use anyhow::{Context, Result, ensure};
use std::{fs, os::unix::fs::MetadataExt, path::Path, process::Command, time::Duration};
use tessera_localnet::{Database, DatabaseConfig};
use tokio::time::{Instant, sleep};

/// A disk in memory; it ends with this value.
struct Disk(tempfile::TempDir);

impl Disk {
    /// None where this process may not make one.
    fn mount(megabytes: u32) -> Result<Option<Self>> {
        let dir = tempfile::tempdir()?;
        let size = format!("size={megabytes}m,mode=0777");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]);
        let mounted = mount.arg(dir.path()).output();
        Ok(mounted
            .is_ok_and(|it| it.status.success())
            .then_some(Self(dir)))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_costs_time_alone() -> Result<()> {
    let Some(disk) = Disk::mount(6)? else {
        println!("fault table: full disk: SKIPPED, no disk can be mounted here");
        return Ok(());
    };
    let mut scene = Scene::start(1001).await?;
    let dir = tempfile::tempdir()?;
    let database = Database::start(DatabaseConfig {
        fsync: false,
        ..DatabaseConfig::new(dir.path())
    })
    .await?;
    let pool = tessera_store::connect(&database.url(), 4).await?;
    tessera_store::migrate(&pool).await?;
    // The server's user owns its folder.
    let space = disk.path().join("space");
    fs::create_dir(&space)?;
    let owner = fs::metadata(dir.path())?;
    std::os::unix::fs::chown(&space, Some(owner.uid()), Some(owner.gid()))?;
    let tables = format!(
        "create tablespace small location '{}'",
        space.to_str().context("a path")?
    );
    for statement in [
        tables,
        "alter table receipt set tablespace small".to_owned(),
        "alter index receipt_place set tablespace small".to_owned(),
        "alter index receipt_life set tablespace small".to_owned(),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&pool)
            .await?;
    }
    scene.mirror = Mirror {
        url: database.url(),
        pool,
        place: None,
    };
    let running = Running::start(&scene.mirror.url, Settings::new([scene.network.rpc_url()]))?;
    until(&scene.mirror, "begun", |it| it.final_slot > 0).await?;
    let filler = disk.path().join("filler");
    let full = fs::write(&filler, vec![0; 8 << 20]);
    ensure!(full.is_err(), "the disk is not full");
    // Until a new page is needed.
    let deadline = Instant::now() + Duration::from_secs(60);
    let failed = running.counted("failed_rounds");
    while running.counted("failed_rounds") == failed {
        ensure!(Instant::now() < deadline, "the disk is large enough");
        scene.load.play(1).await?;
    }
    let problem = sqlx::query_scalar::<_, Option<String>>("select problem from cursor")
        .fetch_one(&scene.mirror.pool)
        .await?;
    let problem = problem.unwrap_or_default();
    ensure!(problem.contains("could not extend"), "{problem}");
    sleep(Duration::from_millis(500)).await;
    fs::remove_file(&filler)?;
    scene.play(1, 2).await?;
    scene.end("full disk", running, &[]).await?;
    scene.mirror.pool.close().await;
    database.stop().await?;
    Ok(())
}
