//! The leader board: who is on it, and who does not want to be.

use crate::support::referrals::{Referring, rules};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

const BOARD: &str = "/v1/referral-campaigns/spring/leader-board";

async fn show(shop: &Referring, is_shown: bool) -> Result<()> {
    let path = format!("/v1/persons/{}/leader-board", shop.person(1).await?);
    let body = json!({ "is_shown": is_shown });
    let changed = shop.tenant.call(Method::PUT, &path, Some(&body)).await?;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{changed:?}");
    Ok(())
}

#[tokio::test]
async fn who_does_not_want_to_be_shown_is_not_and_comes_back_when_they_do() -> Result<()> {
    let mut shop = Referring::open(3).await?;
    shop.publish("spring", &rules()).await?;
    for wallet in [2, 3] {
        shop.pays(wallet, "2025-01-04", 70);
        shop.pays(wallet, "2025-02-04", 70);
    }
    shop.comes("2025-02-05").await?;
    let places = shop.tenant.json(BOARD).await?["places"].clone();
    assert_eq!(places[0]["rank"], 1);
    assert_eq!(places[0]["qualified"], 2);
    show(&shop, false).await?;
    let places: Value = shop.tenant.json(BOARD).await?["places"].clone();
    assert_eq!(places, json!([]));
    show(&shop, true).await?;
    let places = shop.tenant.json(BOARD).await?["places"].clone();
    assert_eq!(places[0]["qualified"], 2);
    Ok(())
}
