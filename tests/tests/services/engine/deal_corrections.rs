//! Corrections of deals: by who may administer, with a reason, and whatever is counted follows.

use super::deals::{advance, new_deal};
use crate::support::{
    people::ago,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tessera_domain::time::Timestamp;
use tessera_store::{analytics::live, leads::outcome, tenant};

const DAY: i64 = 86_400;
const ROUTES: [&str; 3] = ["reopen", "close", "remove"];

fn path(deal: &Value, action: &str) -> String {
    format!(
        "/v1/deals/{}{action}",
        deal["id"].as_str().unwrap_or_default()
    )
}

fn body(action: &str) -> Value {
    let mut body = json!({ "reason": "Entered by mistake" });
    if action == "close" {
        body["to"] = json!("won");
        body["closed_at"] = json!(ago(DAY));
    }
    body
}

async fn correct(tenant: &Tenant, deal: &Value, action: &str, body: &Value) -> Result<Value> {
    let path = path(deal, &format!("/{action}"));
    let answer = tenant.post(&path, body).await?;
    anyhow::ensure!(answer.status == StatusCode::OK, "{path}: {answer:?}");
    answer.json()
}

#[tokio::test]
async fn who_sells_or_reads_corrects_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let deal = new_deal(&tenant, json!({})).await?;
    advance(&tenant, &deal, &["qualified", "won"]).await?;
    let sales = json!({ "name": "sales", "kind": "admin", "scopes": ["read", "identify", "sell"] });
    let sales = tenant.posted("/v1/api-keys", &sales).await?;
    let sales = sales["key"].as_str().context("a key")?;
    for action in ROUTES {
        let path = path(&deal, &format!("/{action}"));
        let body = body(action);
        for key in [sales, &tenant.key("read").await?] {
            let answer = call(&tenant.api, Method::POST, &path, key, Some(&body)).await?;
            answer.refusal(&path, StatusCode::FORBIDDEN)?;
        }
        let theirs = other.post(&path, &body).await?;
        theirs.refusal(&path, StatusCode::NOT_FOUND)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_correction_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let deal = new_deal(&tenant, json!({})).await?;
    let refused = async |action: &str, changed: Value, field: &str| -> Result<()> {
        let mut body = body(action);
        for (name, value) in changed.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let path = path(&deal, &format!("/{action}"));
        let answer = tenant.post(&path, &body).await?;
        let problem = answer.refusal(&path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        Ok(())
    };
    for action in ["close", "remove"] {
        refused(action, json!({ "reason": "" }), "reason").await?;
        refused(action, json!({ "reason": "a\nb" }), "reason").await?;
        refused(action, json!({ "reason": "x".repeat(501) }), "reason").await?;
        refused(action, json!({ "stage": "won" }), "stage").await?;
    }
    refused("close", json!({ "to": "qualified" }), "to").await?;
    refused("close", json!({ "closed_at": ago(-60) }), "closed_at").await?;
    refused(
        "close",
        json!({ "closed_at": ago(3_660 * DAY) }),
        "closed_at",
    )
    .await?;
    refused("close", json!({ "closed_at": "yesterday" }), "closed_at").await?;
    let open = path(&deal, "/reopen");
    let answer = tenant.post(&open, &body("reopen")).await?;
    answer.refusal(&open, StatusCode::CONFLICT)?;
    assert_eq!(
        tenant.json(&path(&deal, "")).await?,
        deal,
        "nothing changed"
    );
    Ok(())
}

#[tokio::test]
async fn a_removed_deal_can_be_read_and_reopened_and_nothing_else() -> Result<()> {
    let tenant = Tenant::open().await?;
    let deal = new_deal(&tenant, json!({})).await?;
    let kept = new_deal(&tenant, json!({})).await?;
    advance(&tenant, &deal, &["qualified", "proposal"]).await?;
    let removed = correct(&tenant, &deal, "remove", &body("remove")).await?;
    assert!(removed["removed_at"].is_string(), "{removed}");
    assert_eq!(tenant.json(&path(&deal, "")).await?, removed);
    assert_eq!(tenant.json("/v1/deals").await?["data"], json!([kept]));
    let listed = tenant.json("/v1/deals?removed=true").await?;
    assert_eq!(listed["data"], json!([removed]));
    for (method, action, body) in [
        (Method::PATCH, "", json!({ "name": "Other" })),
        (Method::POST, "/transition", json!({ "to": "won" })),
        (Method::POST, "/close", body("close")),
        (Method::POST, "/remove", body("remove")),
    ] {
        let path = path(&deal, action);
        let answer = tenant.call(method, &path, Some(&body)).await?;
        answer.refusal(&path, StatusCode::CONFLICT)?;
    }
    let again = correct(&tenant, &deal, "reopen", &body("reopen")).await?;
    assert_eq!(
        (&again["stage"], &again["removed_at"]),
        (&json!("proposal"), &json!(null))
    );
    advance(&tenant, &deal, &["won"]).await
}

#[tokio::test]
async fn the_history_keeps_what_was_and_why_it_is_otherwise() -> Result<()> {
    let tenant = Tenant::open().await?;
    let deal = new_deal(&tenant, json!({})).await?;
    advance(&tenant, &deal, &["qualified", "won"]).await?;
    let reopened = json!({ "reason": "Signed by nobody" });
    let open = correct(&tenant, &deal, "reopen", &reopened).await?;
    assert_eq!(
        (&open["stage"], &open["closed_at"]),
        (&json!("qualified"), &json!(null))
    );
    let date = |days: i64| json!(ago(0).plus_secs(-days * DAY));
    let (ten, five) = (date(10), date(5));
    for (to, closed_at) in [("lost", &ten), ("won", &five)] {
        let closing = json!({ "to": to, "closed_at": closed_at, "reason": "Found in the mail" });
        let closed = correct(&tenant, &deal, "close", &closing).await?;
        assert_eq!(
            (&closed["stage"], &closed["closed_at"]),
            (&json!(to), closed_at)
        );
    }
    let removed = json!({ "reason": "Entered twice" });
    correct(&tenant, &deal, "remove", &removed).await?;
    let history = tenant.json(&path(&deal, "/transitions")).await?;
    let entries: Vec<Value> = history["data"]
        .as_array()
        .context("entries")?
        .iter()
        .map(|it| {
            json!([
                it["version"],
                it["kind"],
                it["from"],
                it["to"],
                it["reason"]
            ])
        })
        .collect();
    let expected = json!([
        [1, "moved", null, "new", null],
        [2, "moved", "new", "qualified", null],
        [3, "moved", "qualified", "won", null],
        [4, "reopened", "won", "qualified", "Signed by nobody"],
        [5, "closed", "qualified", "lost", "Found in the mail"],
        [6, "closed", "lost", "won", "Found in the mail"],
        [7, "removed", "won", "won", "Entered twice"],
    ]);
    assert_eq!(json!(entries), expected);
    let entry = |version: usize| &history["data"][version - 1];
    assert_eq!(entry(3)["closed_at"], entry(3)["at"]);
    assert!(entry(4)["closed_at"].is_null());
    assert_eq!(
        (&entry(5)["closed_at"], &entry(6)["closed_at"]),
        (&ten, &five)
    );
    Ok(())
}

/// What is counted over deals: won and closed of the win rate, won and held of demos, open and won today,
/// the person's open deals, and the outcomes that models learn from.
async fn counted(tenant: &Tenant, today: i32) -> Result<Value> {
    let lift = tenant.json("/v1/deals/lift").await?;
    let kpis = tenant.json("/v1/kpis").await?;
    let demos = kpis["kpis"].as_array().context("figures")?;
    let mut demos = demos.iter().filter(|it| it["id"] == "demo_to_close_rate");
    let demos = demos.next().context("demos")?;
    let organisation = tenant.organisation().await?;
    let mut reader = tenant::snapshot(&tenant.api.mirror, organisation).await?;
    let live = live::read(&mut reader, today).await?;
    let learnt = outcome::decided(&mut reader, 10).await?;
    let learnt: Vec<Value> = learnt
        .into_iter()
        .map(|it| json!([it.won, Timestamp::from(it.decided_at)]))
        .collect();
    let leads = tenant.json("/v1/leads").await?;
    Ok(json!({
        "win_rate": [lift["win_rate"]["numerator"], lift["win_rate"]["denominator"]],
        "demos": [demos["numerator"], demos["denominator"]],
        "live": [live.open_deals, live.won_deals],
        "open": leads["data"][0]["open_deals"],
        "learnt": learnt,
    }))
}

#[tokio::test]
async fn whatever_is_counted_follows_a_correction() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .does("v1", "demo_requested", ago(60), json!({}))
        .await?;
    let body_of = json!({ "person": tenant.person("v1").await?, "name": "Desk", "amount": "1",
                          "currency": "USD" });
    let deal = tenant.posted("/v1/deals", &body_of).await?;
    advance(
        &tenant,
        &deal,
        &["qualified", "demo_scheduled", "demo_held", "won"],
    )
    .await?;
    let today = ago(0).day();
    let won = tenant.json(&path(&deal, "")).await?;
    assert_eq!(
        counted(&tenant, today).await?,
        json!({ "win_rate": [1, 1], "demos": ["1", "1"], "live": [0, 1], "open": 0,
                "learnt": [[true, won["closed_at"]]] })
    );
    correct(&tenant, &deal, "reopen", &body("reopen")).await?;
    assert_eq!(
        counted(&tenant, today).await?,
        json!({ "win_rate": [0, 0], "demos": ["0", "1"], "live": [1, 0], "open": 1, "learnt": [] })
    );
    let last_week = json!(ago(7 * DAY));
    for to in ["won", "lost"] {
        let closing = json!({ "to": to, "closed_at": last_week, "reason": "Found in the mail" });
        correct(&tenant, &deal, "close", &closing).await?;
        let won = u8::from(to == "won");
        assert_eq!(
            counted(&tenant, today).await?,
            json!({ "win_rate": [won, 1], "demos": [won.to_string(), "1"], "live": [0, 0], "open": 0,
                    "learnt": [[to == "won", last_week]] })
        );
    }
    correct(&tenant, &deal, "remove", &body("remove")).await?;
    assert_eq!(
        counted(&tenant, today).await?,
        json!({ "win_rate": [0, 0], "demos": ["0", "0"], "live": [0, 0], "open": 0, "learnt": [] })
    );
    Ok(())
}
