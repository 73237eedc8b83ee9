//! Erasing one person of a ring releases nothing of the others in it.

use crate::support::referrals::{Referring, rules, watchful};
use anyhow::Result;
use axum::http::Method;
use serde_json::json;

/// Wallets pay twice, which is enough to qualify.
async fn pay(shop: &mut Referring, wallets: impl Iterator<Item = u8>) -> Result<()> {
    for wallet in wallets {
        shop.pays(wallet, "2025-01-04", 70);
        shop.pays(wallet, "2025-02-04", 70);
    }
    shop.comes("2025-02-05").await
}

/// The person of a wallet is erased, and workers look.
async fn erase(shop: &Referring, wallet: u8) -> Result<()> {
    let path = format!("/v1/persons/{}", shop.person(wallet).await?);
    let erased = shop.tenant.call(Method::DELETE, &path, None).await?;
    assert!(erased.status.is_success(), "{erased:?}");
    shop.look().await
}

#[tokio::test]
async fn erasing_one_of_a_device_releases_nothing_of_the_others() -> Result<()> {
    let mut rules = watchful();
    rules["holds"] = json!([{ "all": [{ "check": "shared_device", "score": 40 }] }]);
    // The browser is wallet 2's; by it the others were named.
    for erased in [2, 4] {
        let mut shop = Referring::open(5).await?;
        for wallet in 2..=4 {
            shop.is_seen_on(wallet, "the-only-browser").await?;
        }
        shop.publish("spring", &rules).await?;
        pay(&mut shop, 2..=5).await?;
        let held = ["held", "held", "held", "qualified"];
        assert_eq!(shop.states("spring").await?, held);
        erase(&shop, erased).await?;
        let rejected = ["rejected", "rejected", "rejected", "qualified"];
        assert_eq!(shop.states("spring").await?, rejected);
        let other = &shop.referrals("spring").await?[1];
        assert_eq!(other["reason"]["why"], "erased", "{other}");
    }
    Ok(())
}

#[tokio::test]
async fn erasing_one_of_a_circle_releases_nothing_of_the_others() -> Result<()> {
    let mut shop = Referring::open_by(&[(2, 1), (3, 2), (4, 3), (5, 4)]).await?;
    let mut rules = rules();
    rules["checks"] = json!({ "cycles": { "score": 60 } });
    rules["holds"] = json!([{ "all": [{ "check": "cycles", "score": 60 }] }]);
    shop.publish("spring", &rules).await?;
    // Wallets 2 and 5 are one person's, which closes the circle.
    let (winner, loser) = (shop.person(2).await?, shop.person(5).await?);
    let body = json!({ "with": loser, "reason": "one person" });
    let path = format!("/v1/persons/{winner}/merge");
    let merged = shop.tenant.post(&path, &body).await?;
    assert!(merged.status.is_success(), "{merged:?}");
    pay(&mut shop, 2..=5).await?;
    let held = ["qualified", "held", "held", "held"];
    assert_eq!(shop.states("spring").await?, held);
    erase(&shop, 2).await?;
    // Wallet 4 was neither referred by the person nor did it refer them.
    assert_eq!(shop.states("spring").await?, ["rejected"; 4]);
    Ok(())
}
