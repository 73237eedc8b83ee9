//! Customers' health.

use crate::support::{
    client::do_work,
    history::{History, TRIAL},
    people::ago,
    rows,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tessera_store::mirror::{
    cursor::{self, Moment},
    subscription::SubscriptionRow,
};
use tessera_types::events::Settlement;
use uuid::Uuid;

const DAY: i64 = 86_400;

/// Ann, who comes every few days and pays; and Bob, who came and whose payment is missing.
async fn two_customers(tenant: &Tenant) -> Result<[Uuid; 2]> {
    let signed = |account: &str| json!({ "account": account, "wallet": account, "mint": "M", "amount": "5" });
    tenant
        .witness(&[
            ("ann", "subscribed", ago(60 * DAY), signed("a")),
            ("ann", "charged", ago(30 * DAY), signed("a")),
            ("bob", "subscribed", ago(60 * DAY), signed("b")),
            ("bob", "past_due", ago(29 * DAY), signed("b")),
        ])
        .await?;
    for days in (1..60).step_by(3) {
        tenant
            .does("ann", "page_viewed", ago(days * DAY), json!({}))
            .await?;
    }
    tenant
        .does("bob", "page_viewed", ago(59 * DAY), json!({}))
        .await?;
    // No customer.
    tenant
        .does("cid", "page_viewed", ago(DAY), json!({}))
        .await?;
    Ok([tenant.person("ann").await?, tenant.person("bob").await?])
}

async fn compute(tenant: &Tenant) -> Result<Value> {
    tenant.result_of("/v1/health", &json!({})).await
}

/// People by health, the lowest first.
async fn listed(tenant: &Tenant) -> Result<Vec<String>> {
    let list = tenant.json("/v1/health").await?;
    let rows = list["data"].as_array().context("rows")?;
    let people = rows
        .iter()
        .map(|row| row["person"].as_str().map(str::to_owned));
    people.collect::<Option<_>>().context("people")
}

/// A part of a person's health.
async fn part(tenant: &Tenant, person: Uuid, name: &str) -> Result<Value> {
    let health = tenant.json(&format!("/v1/persons/{person}/health")).await?;
    let mut parts = health["parts"].as_array().into_iter().flatten();
    let found = parts.find(|it| it["part"] == name);
    Ok(found
        .with_context(|| format!("{name} in {health}"))?
        .clone())
}

#[tokio::test]
async fn there_is_none_of_strangers_and_before_it_is_computed() -> Result<()> {
    let tenant = Tenant::open().await?;
    let [ann, _] = two_customers(&tenant).await?;
    let cid = tenant.person("cid").await?;
    for person in [ann, cid, Uuid::now_v7()] {
        let path = format!("/v1/persons/{person}/health");
        tenant
            .get(&path)
            .await?
            .refusal(&path, StatusCode::NOT_FOUND)?;
    }
    let path = "/v1/health";
    let read = tenant.key("read").await?;
    let refused = call(&tenant.api, Method::POST, path, &read, Some(&json!({}))).await?;
    refused.refusal(path, StatusCode::FORBIDDEN)?;
    assert_eq!(listed(&tenant).await?, Vec::<String>::new());
    compute(&tenant).await?;
    let path = format!("/v1/persons/{cid}/health");
    tenant
        .get(&path)
        .await?
        .refusal(&path, StatusCode::NOT_FOUND)?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let path = format!("/v1/persons/{ann}/health");
    other
        .get(&path)
        .await?
        .refusal(&path, StatusCode::NOT_FOUND)?;
    assert_eq!(listed(&other).await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn who_pays_and_comes_is_healthier_than_who_does_neither() -> Result<()> {
    let tenant = Tenant::open().await?;
    let [ann, bob] = two_customers(&tenant).await?;
    let computed = compute(&tenant).await?;
    assert_eq!(computed["customers"], 2, "{computed}");
    assert_eq!(computed["knows_who_comes_back"], false);
    assert_eq!(listed(&tenant).await?, [bob.to_string(), ann.to_string()]);
    let page = tenant.json("/v1/health?limit=1").await?;
    assert_eq!(page["data"][0]["person"], bob.to_string());
    let cursor = page["next_cursor"].as_str().context("a cursor")?;
    let page = tenant
        .json(&format!("/v1/health?limit=1&cursor={cursor}"))
        .await?;
    assert_eq!(
        (&page["data"][0]["person"], &page["next_cursor"]),
        (&json!(ann), &Value::Null)
    );
    let standing = part(&tenant, bob, "standing").await?;
    assert_eq!(
        (&standing["points"], &standing["of"]),
        (&json!(6.25), &json!(25))
    );
    assert_eq!(
        standing["reason"],
        "a payment is missing, and its grace is over"
    );
    assert_eq!(part(&tenant, ann, "standing").await?["points"], 25);
    assert_eq!(part(&tenant, ann, "alive").await?["points"], Value::Null);
    let days = part(&tenant, ann, "active_days").await?;
    assert_eq!(days["reason"], "active on 9 of the last 28 days");
    Ok(())
}

#[tokio::test]
async fn what_the_wallet_has_approved_is_read_from_the_chain() -> Result<()> {
    let tenant = Tenant::open().await?;
    let subscription = SubscriptionRow {
        approved_periods: 2,
        periods_paid: 2,
        ..rows::subscription(1, 1, 1)
    };
    let mut history = History::of(&[rows::org(1)]);
    history.open(&[rows::plan(1, 1)]);
    history.at = Some(ago(600).secs());
    let paid = Settlement {
        debit: 10_000,
        merchant: 10_000,
        ..TRIAL
    };
    history.pay(&subscription, paid, &[]);
    let mirror = &tenant.api.mirror;
    rows::upsert(&mut *mirror.acquire().await?, &[rows::plan(1, 1)]).await?;
    rows::upsert(&mut *mirror.acquire().await?, &[subscription]).await?;
    history.store(mirror).await?;
    let applied = Moment {
        slot: 110,
        at: ago(0).secs(),
    };
    cursor::complete(&mut *mirror.acquire().await?, applied).await?;
    do_work(mirror).await?;
    let computed = compute(&tenant).await?;
    assert_eq!(computed["customers"], 1, "{computed}");
    let person: Uuid = listed(&tenant).await?[0].parse()?;
    let approval = part(&tenant, person, "approval").await?;
    assert_eq!(approval["reason"], "approved for 1 more periods");
    assert_eq!(approval["points"], 3.33);
    Ok(())
}

#[tokio::test]
async fn merged_people_have_one_health_and_erased_ones_none() -> Result<()> {
    let tenant = Tenant::open().await?;
    let [ann, bob] = two_customers(&tenant).await?;
    compute(&tenant).await?;
    let body = json!({ "with": bob, "reason": "the same customer" });
    tenant
        .posted(&format!("/v1/persons/{ann}/merge"), &body)
        .await?;
    assert_eq!(listed(&tenant).await?, [ann.to_string()]);
    compute(&tenant).await?;
    assert_eq!(listed(&tenant).await?, [ann.to_string()]);
    // Any id leads to it.
    let of_bob = tenant.json(&format!("/v1/persons/{bob}/health")).await?;
    assert_eq!(of_bob["person"], json!(ann));
    let erased = tenant
        .call(Method::DELETE, &format!("/v1/persons/{ann}"), None)
        .await?;
    ensure!(erased.status == StatusCode::NO_CONTENT, "{erased:?}");
    for _ in 0..2 {
        assert_eq!(listed(&tenant).await?, Vec::<String>::new());
        let left: i64 = sqlx::query_scalar("select count(*) from engine.customer_health")
            .fetch_one(&tenant.api.mirror)
            .await?;
        assert_eq!(left, 0);
        // Their events stay, and make no customer of nobody.
        compute(&tenant).await?;
    }
    Ok(())
}

#[tokio::test]
async fn it_is_computed_again_every_day_while_there_are_customers() -> Result<()> {
    let tenant = Tenant::open().await?;
    let [ann, _] = two_customers(&tenant).await?;
    let waiting =
        "select extract(epoch from due_at - now())::float8 from engine.work where kind = 'health'";
    let hours = || async {
        let secs: Option<f64> = sqlx::query_scalar(waiting)
            .fetch_optional(&tenant.api.mirror)
            .await?;
        anyhow::Ok(secs.map(|secs| secs / 3_600.0))
    };
    assert_eq!(hours().await?, None, "nobody has asked");
    compute(&tenant).await?;
    let day_comes = "update engine.work set due_at = now() where kind = 'health'";
    let path = format!("/v1/persons/{ann}/health");
    let before = tenant.json(&path).await?;
    sqlx::query(day_comes).execute(&tenant.api.mirror).await?;
    do_work(&tenant.api.mirror).await?;
    let after = tenant.json(&path).await?;
    assert_ne!(before["computed_at"], after["computed_at"]);
    assert!(hours().await?.is_some_and(|it| (23.0..=24.0).contains(&it)));
    sqlx::query("delete from engine.event")
        .execute(&tenant.api.mirror)
        .await?;
    sqlx::query(day_comes).execute(&tenant.api.mirror).await?;
    do_work(&tenant.api.mirror).await?;
    assert_eq!((listed(&tenant).await?.len(), hours().await?), (0, None));
    Ok(())
}
