//! Who leaves a journey before its end, and why.

use crate::support::{
    journeys::{a_day, flow, of_node, pass, publish, runs, sign_up, walk},
    tenant::Tenant,
};
use anyhow::{Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn who_is_erased_leaves_and_nothing_of_them_stays() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &of_node(a_day())).await?;
    tenant
        .capture(&[("1", "signed_up", "ann", json!({ "team": "secret" }))])
        .await?;
    walk(&tenant).await?;
    let ann = tenant.person("ann").await?;
    let path = format!("/v1/persons/{ann}");
    let erased = tenant.call(Method::DELETE, &path, None).await?;
    ensure!(erased.status.is_success(), "{erased:?}");
    assert_eq!(
        runs(&tenant, "welcome").await?,
        [(1, json!("node"), json!("erased"))]
    );
    let kept: Value = sqlx::query_scalar("select cause from engine.journey_run")
        .fetch_one(&tenant.api.mirror)
        .await?;
    assert_eq!(kept, json!({}));
    assert_eq!(flow(&tenant, "welcome", "node").await?, (1, 0));
    pass(&tenant, 90_000).await?;
    let flow = tenant.json("/v1/journeys/welcome/flow").await?;
    assert_eq!(flow["ended"], json!({ "erased": 1 }));
    Ok(())
}

#[tokio::test]
async fn of_two_who_become_one_the_later_leaves() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &of_node(a_day())).await?;
    sign_up(&tenant, "ann").await?;
    walk(&tenant).await?;
    sign_up(&tenant, "ann_at_work").await?;
    walk(&tenant).await?;
    let (ann, other) = (
        tenant.person("ann").await?,
        tenant.person("ann_at_work").await?,
    );
    let body = json!({ "with": other, "reason": "the same customer" });
    let merged = tenant
        .post(&format!("/v1/persons/{ann}/merge"), &body)
        .await?;
    ensure!(merged.status.is_success(), "{merged:?}");
    pass(&tenant, 86_400).await?;
    let flow = tenant.json("/v1/journeys/welcome/flow").await?;
    assert_eq!(flow["ended"], json!({ "finished": 1, "merged": 1 }));
    Ok(())
}

#[tokio::test]
async fn a_journey_that_is_removed_is_left_by_all() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &of_node(a_day())).await?;
    sign_up(&tenant, "ann").await?;
    walk(&tenant).await?;
    let path = "/v1/journeys/welcome";
    let removed = tenant.call(Method::DELETE, path, None).await?;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let again = tenant.call(Method::DELETE, path, None).await?;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert_eq!(
        runs(&tenant, "welcome").await?,
        [(1, json!("node"), json!("removed"))]
    );
    sign_up(&tenant, "bob").await?;
    pass(&tenant, 90_000).await?;
    assert_eq!(runs(&tenant, "welcome").await?.len(), 1);
    Ok(())
}
