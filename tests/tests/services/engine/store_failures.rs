//! What the database refuses is reported as what it is: a reason to try again, or a fault of ours.

use crate::support::tenant::Tenant;
use anyhow::Result;
use axum::http::{Method, StatusCode, header};
use futures::future::try_join_all;
use serde_json::json;

/// Makes every insert into the organisation's spend fail.
const FAILURE: &str = "
    create function fail() returns trigger language plpgsql as
        $$ begin raise exception 'as told' using errcode = tg_argv[0]; end $$";

#[tokio::test]
async fn each_failure_of_the_database_has_its_answer() -> Result<()> {
    let tenant = Tenant::open().await?;
    sqlx::raw_sql(FAILURE).execute(&tenant.api.mirror).await?;
    let entry =
        json!({ "day": "2025-01-05", "channel": "ads", "currency": "USD", "amount": "1.50" });
    for (code, status) in [
        // Unique violation, serialization failure, deadlock: races, which are lost too often.
        ("23505", StatusCode::SERVICE_UNAVAILABLE),
        ("40001", StatusCode::SERVICE_UNAVAILABLE),
        ("40P01", StatusCode::SERVICE_UNAVAILABLE),
        // Lock timeout, idle transaction, statement timeout.
        ("55P03", StatusCode::SERVICE_UNAVAILABLE),
        ("25P03", StatusCode::SERVICE_UNAVAILABLE),
        ("57014", StatusCode::SERVICE_UNAVAILABLE),
        // A write in a transaction that reads, a division by 0.
        ("25006", StatusCode::INTERNAL_SERVER_ERROR),
        ("22012", StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        let trigger = format!(
            "create or replace trigger failing before insert on engine.spend
             for each row execute function fail('{code}')"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(trigger))
            .execute(&tenant.api.mirror)
            .await?;
        let answer = tenant.call(Method::PUT, "/v1/spend", Some(&entry)).await?;
        let problem = answer.refusal("/v1/spend", status)?;
        assert!(!problem.to_string().contains("as told"), "{problem}");
        if status == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(answer.header(header::RETRY_AFTER)?, "1");
        }
    }
    Ok(())
}

#[tokio::test]
async fn whoever_is_not_first_comes_after() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/event-registries";
    let registry = json!({ "strict": false, "events": {} });
    let answers = try_join_all((0..8).map(|_| tenant.post(path, &registry))).await?;
    let mut created = Vec::new();
    for answer in &answers {
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        created.push(answer.json()?["version"].as_i64());
    }
    created.sort_unstable();
    let numbers: Vec<_> = (2..10).map(Some).collect();
    assert_eq!(created, numbers);
    Ok(())
}
