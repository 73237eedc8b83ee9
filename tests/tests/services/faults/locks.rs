//! Sessions that hold what the index needs.

use super::{
    Scene,
    running::{Running, Settings},
    until,
};
use anyhow::{Result, ensure};
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test(flavor = "multi_thread")]
async fn locks_that_are_held_for_longer_than_is_waited_cost_time_alone() -> Result<()> {
    let mut scene = Scene::start(801).await?;
    let mut settings = Settings::new([scene.network.rpc_url()]);
    settings.statement = Duration::from_millis(300);
    let running = Running::start(&scene.mirror.url, settings)?;
    until(&scene.mirror, "begun", |it| it.listed_slot > 0).await?;
    for table in ["cursor", "receipt", "life", "member"] {
        let mut holder = scene.mirror.pool.begin().await?;
        let lock = format!("lock table {table} in access exclusive mode");
        sqlx::raw_sql(sqlx::AssertSqlSafe(lock))
            .execute(&mut *holder)
            .await?;
        scene.load.play(2).await?;
        sleep(Duration::from_secs(1)).await;
        holder.rollback().await?;
    }
    ensure!(
        running.counted("failed_rounds") > 0,
        "no lock was in the way"
    );
    scene.end("locks held in the database", running, &[]).await
}
