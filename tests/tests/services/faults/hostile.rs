//! What strangers send to a real network while a business works there.

mod stranger;

use super::{
    Scene,
    running::{Running, Settings},
};
use anyhow::{Result, ensure};
use stranger::Stranger;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn strangers_can_put_nothing_on_the_chain_that_the_mirror_falls_for() -> Result<()> {
    let mut scene = Scene::start(1101).await?;
    let stranger = Stranger::start(&scene.network, scene.load.org()).await?;
    let running = Running::start(&scene.mirror.url, Settings::new([scene.network.rpc_url()]))?;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let sending = tokio::spawn(async move { stranger.play(stopped).await });
    scene.play(2, 5).await?;
    stop.cancel();
    let (sent, receipts) = sending.await??;
    ensure!(sent.values().all(|count| *count > 0), "{sent:?}");
    let expected = scene.load.receipts() + receipts;
    let url = scene.network.rpc_url();
    super::check(&scene.mirror, &url, expected).await?;
    ensure!(running.counted("dead_letters") == 0);
    let group = format!("hostile transactions {sent:?}");
    running.end(&group, &[])?;
    super::check::proven(&scene.mirror, &url).await
}
