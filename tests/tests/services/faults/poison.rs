//! Rows that the database refuses.

use super::{
    PATIENCE, Scene, node,
    running::{Running, Settings},
    until,
};
use anyhow::{Result, ensure};
use std::sync::Arc;
use tessera_indexer::{Indexer, IndexerConfig};
use tessera_store::mirror::dead_letter::{self, LetterKind};
use tessera_tests::eventually;

async fn letters(scene: &Scene) -> Result<Vec<(LetterKind, i64)>> {
    Ok(dead_letter::counts(&mut *scene.mirror.pool.acquire().await?).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_refuses_becomes_a_letter_and_the_rest_is_stored() -> Result<()> {
    let mut scene = Scene::start(901).await?;
    let poison = "alter table receipt add constraint poison check (kind <> 'PointsAwarded');
        alter table code add constraint poison check (code like '%1')";
    sqlx::raw_sql(poison).execute(&scene.mirror.pool).await?;
    let running = Running::start(&scene.mirror.url, Settings::new([scene.network.rpc_url()]))?;
    scene.play(2, 4).await?;
    let tip = super::slot(&scene.network.rpc_url()).await?;
    // The rest is there, and this is not said to be a gap.
    until(&scene.mirror, "settled around it", |it| {
        it.final_slot >= tip && it.gaps == 0 && it.problem.is_none()
    })
    .await?;
    eventually(PATIENCE, async || {
        let kept = letters(&scene).await?;
        let of = |kind| kept.iter().find(|it| it.0 == kind).map_or(0, |it| it.1);
        let (kept, accounts) = (of(LetterKind::Receipt), of(LetterKind::Account));
        let stored = sqlx::query_scalar::<_, i64>("select count(*) from receipt")
            .fetch_one(&scene.mirror.pool)
            .await?;
        ensure!(kept > 0 && accounts > 0, "{kept} {accounts} are refused");
        Ok(
            match (stored + kept).unsigned_abs() == scene.load.receipts() {
                true => Ok(()),
                false => Err(format!("{stored} stored, {kept} kept")),
            },
        )
    })
    .await?;
    let cure =
        "alter table receipt drop constraint poison; alter table code drop constraint poison";
    sqlx::raw_sql(cure).execute(&scene.mirror.pool).await?;
    let url = scene.network.rpc_url();
    let mut other = Indexer::new(
        scene.mirror.pool.clone(),
        Arc::new(node(&url)?),
        IndexerConfig::default(),
    );
    let replayed = other.replay_dead_letters().await?;
    ensure!(replayed.left == 0 && replayed.taken > 0, "{replayed:?}");
    scene.end("poison rows", running, &[]).await?;
    ensure!(letters(&scene).await?.is_empty());
    Ok(())
}
