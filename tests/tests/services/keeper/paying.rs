//! Where a price is known, charges that pay only together go together, and those that bring in little keep
//! none of the others from going.

use super::{SOL, Scene, quick};
use anyhow::Result;
use bytemuck::Zeroable;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address;
use std::collections::HashMap;
use tessera_client::{address, instructions::CreatePlan, types::args::CreatePlanArgs};
use tessera_keeper::KeeperConfig;
use tessera_tests::market::{GRACE, PERIOD, PRICE, Shop};

/// What waits for others is looked at in steps of so many seconds.
const STEP: i64 = 300;

impl Scene {
    /// Another plan of the shop, whose keepers earn `keeper_fee_cap` at most and whose charges are packed
    /// before those of its first one.
    async fn plan(&self, after: u64, keeper_fee_cap: u64) -> Result<(u64, Shop)> {
        let earlier = |id: &u64| address::plan(&self.shop.org, *id) < self.shop.plan_address;
        let id = (after + 1..).find(earlier).unwrap_or(u64::MAX);
        let owner = self.market.owner.pubkey();
        let create = CreatePlan {
            payer: owner,
            authority: owner,
            org: self.shop.org,
            mint: self.shop.mint,
            token_program: spl_token_interface::ID,
            destination: get_associated_token_address(&owner, &self.shop.mint),
            args: CreatePlanArgs {
                id,
                price: PRICE,
                price_floor: PRICE,
                price_ceiling: PRICE,
                keeper_fee_cap,
                ends_at: 4_102_444_800,
                period_secs: PERIOD,
                grace_secs: GRACE,
                ..Zeroable::zeroed()
            },
        };
        self.market.send(&[create.into()], &[]).await?;
        let plan_address = address::plan(&self.shop.org, id);
        let plan = self.market.account(&plan_address).await?;
        let shop = Shop {
            plan_address,
            plan,
            ..self.shop
        };
        Ok((id, shop))
    }

    fn at_price(&self, lamports: u64) -> KeeperConfig {
        KeeperConfig {
            mints: vec![self.shop.mint],
            prices: HashMap::from([(self.shop.mint, lamports)]),
            ..quick()
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn charges_that_pay_only_together_meet_whenever_each_was_tried_before() -> Result<()> {
    let scene = Scene::open().await?;
    scene.market.subscribers(&scene.shop, 2, 2, None).await?;
    scene.period_passes().await?;
    // Four of 72 hours on each brings in 3,333 lamports, and a signature costs 5,000.
    let now = scene.market.network.advance(4 * 3_600).await?;
    let ahead = u32::try_from(STEP - now % STEP)?;
    let now = scene.market.network.advance(ahead).await?;
    scene.market.mirror(&scene.mirror.pool).await?;
    sqlx::query(
        "insert into keeper_postponed (subscription, next_due, until, pause, reason)
         select address, next_due, $1 + 60 * row_number() over (order by address), 3600, 'a test'
         from subscription",
    )
    .bind(now)
    .execute(&scene.mirror.pool)
    .await?;
    let key = scene.market.purse(SOL).await?;
    let keeper = scene.keeper(&key, scene.at_price(6_000_000));
    for _ in 0..2 {
        scene.market.network.advance(60).await?;
        let round = keeper.round().await?;
        assert_eq!(round.charged, 0, "{round:?}");
        assert!(round.postponed > 0, "{round:?}");
    }
    assert_eq!(
        scene.reasons().await?,
        ["the keeper's fee is worth it only together with others"; 2]
    );
    scene.market.network.advance(180).await?;
    let round = keeper.round().await?;
    assert_eq!((round.charged, round.transactions), (2, 1), "{round:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_brings_in_little_or_nothing_keeps_no_other_from_going() -> Result<()> {
    let scene = Scene::open().await?;
    let (id, little) = scene.plan(1, 3_600).await?;
    let (_, nothing) = scene.plan(id, 0).await?;
    for shop in [&little, &nothing] {
        scene.market.subscribers(shop, 2, 2, None).await?;
    }
    let others = scene.market.subscribers(&scene.shop, 5, 2, None).await?;
    scene.period_passes().await?;
    scene.market.network.advance(GRACE).await?;
    scene.market.mirror(&scene.mirror.pool).await?;
    // Five fit a transaction, and each of the five brings in 1,050 lamports of its 5,000.
    let key = scene.market.purse(SOL).await?;
    let keeper = scene.keeper(&key, scene.at_price(105_000));
    let round = keeper.run_once().await?;
    assert_eq!(
        (round.charged, round.transactions, round.postponed),
        (5, 1, 4),
        "{round:?}"
    );
    for it in scene.market.subscriptions(&others).await? {
        assert_eq!(it.periods_paid, 2);
    }
    let reasons = scene.reasons().await?;
    let said = |reason: &str| reasons.iter().filter(|it| *it == reason).count();
    assert_eq!(
        (
            said("the keeper's fee is worth it only together with others"),
            said("the keeper's fee is not worth it yet")
        ),
        (2, 2),
        "{reasons:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_pay_is_not_even_tried() -> Result<()> {
    let scene = Scene::open().await?;
    let (_, nothing) = scene.plan(1, 0).await?;
    scene.market.subscribers(&nothing, 20, 2, None).await?;
    scene.period_passes().await?;
    let key = scene.market.purse(SOL).await?;
    let (keeper, traffic) = scene.watched(&key, scene.at_price(90_000));
    let round = keeper.run_once().await?;
    assert_eq!((round.charged, round.postponed), (0, 20), "{round:?}");
    assert_eq!(traffic.calls_of("simulateTransaction"), 0);
    Ok(())
}
