//! Hints over WebSocket, which only ever wake: whatever becomes of them, nothing is lost.

use super::{
    PATIENCE, Scene,
    running::{Running, Settings},
};
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};
use tessera_tests::faults::{Proxy, SocketFault};

#[tokio::test(flavor = "multi_thread")]
async fn hints_that_are_cut_lost_doubled_and_garbled_leave_the_mirror_whole() -> Result<()> {
    let mut scene = Scene::start(501).await?;
    let proxy = Proxy::of(&scene.network, 1).await?;
    let refused = || proxy.on_subscription().for_next(1);
    refused().answer(SocketFault::Refuse(-32601));
    refused().answer(SocketFault::Drop);
    let notified = |each| proxy.on_notification().with_probability(each);
    notified(0.1).answer(SocketFault::Delay(Duration::from_millis(20)));
    notified(0.1).answer(SocketFault::Lose);
    notified(0.1).answer(SocketFault::Twice);
    notified(0.1).answer(SocketFault::Swap);
    notified(0.02).answer(SocketFault::Garbage);
    notified(0.01).answer(SocketFault::Drop);
    let mut settings = Settings::over(&[&proxy]);
    settings.index.hints_url = Some(proxy.ws_url());
    let running = Running::start(&scene.mirror.url, settings)?;
    scene.play(1, 2).await?;
    // A listener that was refused comes back a little later.
    for what in ["message lost", "message twice"] {
        let deadline = Instant::now() + PATIENCE;
        while !proxy.injected().contains_key(what) {
            ensure!(Instant::now() < deadline, "no {what}");
            scene.load.play(1).await?;
        }
        proxy.cut();
    }
    scene.play(1, 3).await?;
    // From here on nothing is heard, and nothing ends.
    proxy.on_notification().answer(SocketFault::HalfOpen);
    scene.play(1, 3).await?;
    scene.end("hints", running, &[&proxy]).await?;
    let injected = proxy.injected();
    for kind in ["socket -32601", "socket dropped", "socket half-open"] {
        ensure!(injected.contains_key(kind), "{injected:?}");
    }
    Ok(())
}
