//! What a dead endpoint can cost.

use super::{Endpoint, Receiver, deliver, local, move_a_deal, wait};
use crate::support::tenant::Tenant;
use anyhow::Result;
use tokio::net::TcpListener;

async fn count(tenant: &Tenant, what: &str) -> Result<i64> {
    let count = format!("select count(*) from engine.{what}");
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(count))
        .fetch_one(&tenant.api.mirror)
        .await?)
}

#[tokio::test]
async fn ten_thousand_messages_for_a_dead_endpoint_end() -> Result<()> {
    let tenant = local().await?;
    let closed = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let endpoint = Endpoint::at(&tenant, &format!("http://{closed}/"), &["deal.moved"]).await?;
    move_a_deal(&tenant).await?;
    sqlx::query(
        "insert into engine.webhook_delivery
             (id, organisation, endpoint, event_type, message, due_at, created_at)
         select gen_random_uuid(), organisation, endpoint, event_type, message, due_at, created_at
         from engine.webhook_delivery cross join generate_series(2, 10000)",
    )
    .execute(&tenant.api.mirror)
    .await?;
    for _ in 0..3 {
        deliver(&tenant).await?;
        wait(&tenant).await?;
    }
    assert!(
        count(&tenant, "webhook_attempt").await? <= 6,
        "it is asked now and then"
    );

    sqlx::query(
        "update engine.webhook_endpoint set failing_since = failing_since - interval '76 hours'",
    )
    .execute(&tenant.api.mirror)
    .await?;
    deliver(&tenant).await?;
    assert_eq!(endpoint.get(&tenant).await?["enabled"], false);
    assert_eq!(
        count(&tenant, "webhook_delivery where status = 'pending'").await?,
        0
    );
    assert_eq!(count(&tenant, "work where kind = 'webhooks'").await?, 0);
    move_a_deal(&tenant).await?;
    assert_eq!(count(&tenant, "webhook_delivery").await?, 10_000);

    sqlx::query("update engine.webhook_delivery set created_at = created_at - interval '31 days'")
        .execute(&tenant.api.mirror)
        .await?;
    deliver(&tenant).await?;
    assert_eq!(count(&tenant, "webhook_delivery").await?, 0);
    assert_eq!(count(&tenant, "webhook_attempt").await?, 0);
    Ok(())
}

#[tokio::test]
async fn without_endpoints_nothing_is_written_and_nothing_scheduled() -> Result<()> {
    let (tenant, receiver) = (local().await?, Receiver::start().await?);
    move_a_deal(&tenant).await?;
    assert_eq!(count(&tenant, "work where kind = 'webhooks'").await?, 0);
    let endpoint = Endpoint::at(&tenant, &receiver.url(), &["segment.entered"]).await?;
    move_a_deal(&tenant).await?;
    assert_eq!(count(&tenant, "webhook_delivery").await?, 0);
    assert_eq!(count(&tenant, "work where kind = 'webhooks'").await?, 0);
    assert!(endpoint.deliveries(&tenant).await?.is_empty());
    Ok(())
}
