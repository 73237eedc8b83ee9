//! Erasing a person erases what was done about them.

use crate::support::{
    team::{assign, hire, identify},
    tenant::Tenant,
};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn nothing_that_was_done_about_an_erased_person_is_left() -> Result<()> {
    let tenant = Tenant::open().await?;
    hire(&tenant, 1).await?;
    let gone = identify(&tenant, "ann@acme.com", "institution").await?;
    let twin = identify(&tenant, "ann@other.com", "institution").await?;
    let stays = identify(&tenant, "bob@acme.com", "institution").await?;
    for person in [&gone, &twin, &stays] {
        assign(&tenant, person).await?;
        let task = json!({ "person": person, "kind": "first_call", "title": "Call Ann Smith" });
        tenant.posted("/v1/tasks", &task).await?;
        let farm = json!({
            "terahashes": "1", "watts": "1", "power_price": "0", "pool_fee": "0",
            "network": { "kind": "hash_rate", "terahashes": "100", "block_secs": 600 },
            "block_reward": "1", "block_fees": "0", "coin_price": "1", "hardware_price": "0", "uptime": "1",
            "difficulty_growth": "0",
            "plan": { "monthly_price": "0", "power_saved": "0", "uptime_gained": "0" },
        });
        tenant
            .posted(&format!("/v1/leads/{person}/roi"), &farm)
            .await?;
        sqlx::query(
            "insert into engine.lead_company (organisation, person, domain, kind, looked_at, problems)
             select organisation, id, case when id = $1 then 'gone.com' else 'acme.com' end, 'own', now(), '{}'
             from engine.person where id = $2",
        )
        .bind(gone.parse::<Uuid>()?)
        .bind(person.parse::<Uuid>()?)
        .execute(&tenant.api.mirror)
        .await?;
        sqlx::query("insert into engine.waiting_lead select organisation, id from engine.person where id = $1")
            .bind(person.parse::<Uuid>()?)
            .execute(&tenant.api.mirror)
            .await?;
    }
    for domain in ["gone.com", "acme.com"] {
        sqlx::query(
            "insert into engine.company_fact
                 (organisation, domain, source, attribute, value, legal_basis, seen_at, expires_at)
             select id, $1, 'page', '{\"kind\": \"name\"}', 'Acme', 'consent', now(), now() + interval '1 day'
             from engine.organisation",
        )
        .bind(domain)
        .execute(&tenant.api.mirror)
        .await?;
    }
    let merge = json!({ "with": twin, "reason": "the same customer" });
    tenant
        .posted(&format!("/v1/persons/{gone}/merge"), &merge)
        .await?;
    let path = format!("/v1/persons/{gone}");
    let erased = tenant.call(Method::DELETE, &path, None).await?;
    assert_eq!(erased.status, StatusCode::NO_CONTENT, "{erased:?}");
    for table in [
        "lead_assignment",
        "waiting_lead",
        "lead_task",
        "lead_roi",
        "lead_company",
    ] {
        let left: Vec<Uuid> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select person from engine.{table}"
        )))
        .fetch_all(&tenant.api.mirror)
        .await?;
        assert_eq!(left, [stays.parse::<Uuid>()?], "{table}");
    }
    // What is known of a company stays while it is somebody else's.
    let domains: Vec<String> = sqlx::query_scalar("select domain from engine.company_fact")
        .fetch_all(&tenant.api.mirror)
        .await?;
    assert_eq!(domains, ["acme.com"]);
    Ok(())
}
