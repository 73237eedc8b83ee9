//! Who may write: one at a time, of one network.

use super::{
    Scene,
    running::{Running, Settings},
    until,
};
use anyhow::{Result, ensure};
use tessera_indexer::IndexerError;
use tessera_store::StoreError;
use tessera_tests::load;

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_takes_over_from_a_writer_that_is_gone() -> Result<()> {
    let mut scene = Scene::start(601).await?;
    let settings = || Settings::new([scene.network.rpc_url()]);
    let mut first = Running::start(&scene.mirror.url, settings())?;
    until(&scene.mirror, "filled", |it| it.snapshot_slot > 0).await?;
    let standby = Running::start(&scene.mirror.url, settings())?;
    scene.play(1, 3).await?;
    ensure!(standby.counted("rows") == 0, "two write");
    first.crash()?;
    scene.play(2, 3).await?;
    scene.end("standby takes over", standby, &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_network_is_refused_for_good() -> Result<()> {
    let scene = Scene::start(602).await?;
    let url = &scene.mirror.url;
    let mut running = Running::start(url, Settings::new([scene.network.rpc_url()]))?;
    until(&scene.mirror, "filled", |it| it.snapshot_slot > 0).await?;
    running.stop()?;
    let other = load::network(603).await?;
    let refused = Running::start(url, Settings::new([other.rpc_url()]))?.ended()?;
    ensure!(
        matches!(
            refused,
            IndexerError::Store(StoreError::OtherGenesis { .. })
        ),
        "{refused:?}"
    );
    let running = Running::start(url, Settings::new([scene.network.rpc_url()]))?;
    scene.end("another genesis", running, &[]).await
}
