//! Lookup tables: made, used again, and closed with the rent back.

use super::{SOL, Scene, quick};
use anyhow::Result;
use solana_signer::Signer;
use std::time::Duration;
use tessera_keeper::KeeperConfig;
use tessera_tests::transport;

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_made_once_used_again_and_their_rent_comes_back() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 80, 4, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let balance = async || scene.market.rpc.get_balance(&key.pubkey()).await;
    let config = || KeeperConfig {
        tables: 4,
        poll: Duration::from_millis(200),
        ..quick()
    };
    let known = async || -> Result<i64> {
        let count = sqlx::query_scalar("select count(*) from keeper_table");
        Ok(count.fetch_one(&scene.mirror.pool).await?)
    };
    let round = scene.keeper(&key, config()).run_once().await?;
    assert_eq!((round.charged, round.failed), (80, 0), "{round:?}");
    // 64 accounts: payer, three programs, plan, org, treasury, and four for each charge.
    assert_eq!(round.transactions, 80_u64.div_ceil(14), "{round:?}");
    // Four addresses a subscription, and those that all share: two tables.
    assert_eq!(known().await?, 2);
    assert!(round.fees > 5_000 * round.transactions);

    // A keeper that starts again finds them.
    scene.period_passes().await?;
    let (rpc, traffic) = transport::client(scene.market.network.rpc_url());
    let again = scene.keeper_by(rpc, &key, config());
    let round = again.run_once().await?;
    assert_eq!((round.charged, round.transactions), (80, 6), "{round:?}");
    assert_eq!(round.fees, 5_000 * 6);
    assert_eq!(traffic.calls_of("sendTransaction"), 6);
    assert_eq!(known().await?, 2);

    let before = balance().await?;
    tokio::time::timeout(Duration::from_secs(120), again.close_tables()).await??;
    assert_eq!(known().await?, 0);
    // Rent of two tables with 326 addresses, less two transactions each.
    let rent = 2 * 6_960 * (128 + 56) + 6_960 * 32 * 324;
    let fees = 4 * 5_000;
    let back = balance().await? - before;
    assert!(
        back > rent - fees - 6_960 * 32 * 10 && back < rent + 6_960 * 32 * 10,
        "{back} of {rent}"
    );
    Ok(())
}
