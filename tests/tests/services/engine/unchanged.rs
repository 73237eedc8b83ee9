//! What has not changed is not sent again to who has it.

use crate::support::shop::Shop;
use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::json;

#[tokio::test]
async fn a_single_thing_is_not_sent_again_to_who_has_it() -> Result<()> {
    let shop = Shop::open().await?;
    let tenant = &shop.tenant;
    let urgency = json!({ "kind": "capacity_limited", "stock": 5 });
    shop.offer("FEW", urgency).await?;
    let quote = shop.quote(&shop.customer().await?, None).await?;
    let identified = json!({ "user_id": "u1" });
    let person = tenant.posted("/v1/identify", &identified).await?;
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned).context("an id");
    for path in [
        "/v1/event-registries/1".to_owned(),
        "/v1/price-books/1".to_owned(),
        "/v1/scoring/models/1".to_owned(),
        "/v1/offers/FEW".to_owned(),
        format!("/v1/quotes/{}", text(&quote["id"])?),
        format!("/v1/persons/{}", text(&person["person"])?),
    ] {
        let ask = async |known: &str| {
            let request = Request::get(&path)
                .header(
                    header::AUTHORIZATION,
                    format!("Bearer {}", tenant.admin_key),
                )
                .header(header::IF_NONE_MATCH, known);
            tenant.api.send(request.body(Body::empty())?).await
        };
        let answer = ask("\"another\"").await?;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        let tag = answer.header(header::ETAG)?;
        assert_eq!(ask(tag).await?.status, StatusCode::NOT_MODIFIED, "{path}");
    }
    Ok(())
}
