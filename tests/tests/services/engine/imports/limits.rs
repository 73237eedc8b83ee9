//! What is not taken in: what is too old, belongs to somebody who was erased, or exceeds the quota.

use super::{DAY, NDJSON, YEAR, event, imported, lines, send, stored};
use crate::support::{
    client::{Api, master_key},
    people::ago,
    rows,
    tenant::Tenant,
};
use anyhow::Result;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use tessera_api::ApiConfig;
use tessera_domain::{access::Scope, capture::KeptMonths};
use tessera_engine::{
    Actor, Caller, Engine, Error,
    capture::{
        QuotaLimits,
        import::{self, Item, Part, Row, Rows},
    },
};
use tessera_store::capture::quota_use::Amount;
use uuid::Uuid;

#[tokio::test]
async fn what_the_installation_does_not_keep_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let engine = Engine {
        kept_months: Some(KeptMonths::try_from(4)?),
        ..Engine::new(tenant.api.mirror.clone(), master_key(), None)
    };
    let caller = Caller {
        organisation: tenant.organisation().await?,
        org: rows::key(rows::ORG, 1),
        actor: Actor::Key(Uuid::nil()),
        scopes: Scope::ALL.to_vec(),
    };
    let id = Uuid::now_v7();
    import::begin(&engine, &caller, id, "events", ago(0)).await?;
    let row = |line, days| {
        let text = json!({ "message_id": format!("{line}"), "event": "page_viewed", "anonymous_id": "v",
                           "timestamp": ago(days * DAY) });
        Row {
            line,
            value: Ok(Item::Json(text.to_string())),
        }
    };
    let part = Part {
        rows: Rows::Events(vec![row(1, 200), row(2, 100)]),
        bytes: 200,
        after: 0,
        through: 2,
        digest: [0; 32],
        names: None,
    };
    let taken = import::take(&engine, &caller, id, &part, ago(0)).await?;
    assert_eq!((taken.accepted, taken.rejected), (1, 1));
    assert_eq!(taken.errors[0].code, "too_late");
    // Another request has gone on meanwhile.
    let again = import::take(&engine, &caller, id, &part, ago(0)).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    Ok(())
}

#[tokio::test]
async fn an_erased_person_is_not_brought_back() -> Result<()> {
    let tenant = Tenant::open().await?;
    let events = lines((1..=20).map(|it| event(it, 1, "page_viewed")));
    let people = lines([
        json!({ "message_id": "p", "timestamp": ago(YEAR), "user_id": "user-1",
                                "anonymous_id": "visitor-1", "traits": { "name": "Ada" } }),
    ]);
    imported(&tenant, "", NDJSON, &events).await?;
    imported(&tenant, "kind=persons", NDJSON, &people).await?;
    let person = tenant.person("visitor-1").await?;
    let erased = tenant
        .call(Method::DELETE, &format!("/v1/persons/{person}"), None)
        .await?;
    assert!(erased.status.is_success(), "{erased:?}");
    sqlx::query("delete from engine.message")
        .execute(&tenant.api.mirror)
        .await?;
    assert_eq!(
        imported(&tenant, "", NDJSON, &events).await?["duplicate"],
        20
    );
    assert_eq!(
        imported(&tenant, "kind=persons", NDJSON, &people).await?["duplicate"],
        1
    );
    assert!(tenant.person("visitor-1").await.is_err());
    Ok(())
}

#[tokio::test]
async fn an_import_stops_at_the_quota_of_the_day_and_keeps_what_is_done() -> Result<()> {
    let quotas = QuotaLimits {
        organisation: Amount {
            events: 700,
            bytes: 10_000_000,
        },
        ..QuotaLimits::default()
    };
    let api = Api::start_limited(ApiConfig::default(), quotas).await?;
    let tenant = Tenant::join(Arc::new(api), 1).await?;
    let file = lines((1..=1_300).map(|it| event(it, it % 40, "page_viewed")));
    let id = Uuid::now_v7();
    let answer = send(&tenant, &format!("id={id}"), NDJSON, file).await?;
    let problem = answer.refusal("/v1/imports", StatusCode::TOO_MANY_REQUESTS)?;
    assert_eq!(problem["type"], "urn:tessera:problem:quota-used-up");
    let import = tenant.json(&format!("/v1/imports/{id}")).await?;
    assert_eq!(
        (&import["lines"], &import["finished_at"]),
        (&json!(500), &Value::Null)
    );
    assert_eq!(stored(&tenant).await?, 500);
    Ok(())
}
