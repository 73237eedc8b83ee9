//! Deals: guarded moves, changes that do not run over each other, and win rates by hand.

use crate::support::{
    client::Answer,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

const PATH: &str = "/v1/deals";

/// A deal of somebody new, with findings.
pub(crate) async fn new_deal(tenant: &Tenant, findings: Value) -> Result<Value> {
    let mut body = json!({
        "person": tenant.add_person().await?, "name": "Desk", "amount": "1200.50", "currency": "USD",
    });
    for name in ["objections", "solutions", "barriers"] {
        if let Some(found) = findings.get(name) {
            body[name] = found.clone();
        }
    }
    tenant.posted(PATH, &body).await
}

fn path_of(deal: &Value) -> String {
    format!("{PATH}/{}", deal["id"].as_str().unwrap_or_default())
}

/// Moves a deal from stage to stage.
pub(crate) async fn advance(tenant: &Tenant, deal: &Value, to: &[&str]) -> Result<()> {
    for to in to {
        let path = format!("{}/transition", path_of(deal));
        tenant.posted(&path, &json!({ "to": to })).await?;
    }
    Ok(())
}

async fn send(
    tenant: &Tenant,
    method: Method,
    path: &str,
    (name, value): (header::HeaderName, &str),
    body: Option<&Value>,
) -> Result<Answer> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", tenant.admin_key),
        )
        .header(name, value);
    let request = match body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))?,
        None => request.body(Body::empty())?,
    };
    tenant.api.send(request).await
}

#[tokio::test]
async fn a_deal_that_breaks_a_rule_is_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let person = tenant.add_person().await?;
    let good = json!({ "person": person, "name": "Desk", "amount": "1", "currency": "USD" });
    for (field, value) in [
        ("person", json!(other.add_person().await?)),
        ("person", json!("nobody")),
        ("name", json!("")),
        ("name", json!("a\u{0}b")),
        ("amount", json!("-1")),
        ("amount", json!(1)),
        ("amount", json!("NaN")),
        ("currency", json!("dollars")),
        ("owner", json!("nobody")),
        ("objections[0]", json!(["too_blue"])),
        ("solutions[0]", json!(["pricing"])),
    ] {
        let mut body = good.clone();
        body[field.trim_end_matches("[0]")] = value;
        let problem = tenant
            .post(PATH, &body)
            .await?
            .refusal(PATH, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let mut unknown = good;
    unknown["stage"] = json!("won");
    tenant
        .post(PATH, &unknown)
        .await?
        .refusal(PATH, StatusCode::BAD_REQUEST)?;
    Ok(())
}

#[tokio::test]
async fn a_read_key_moves_no_deal() -> Result<()> {
    let tenant = Tenant::open().await?;
    let deal = new_deal(&tenant, json!({})).await?;
    let key = tenant.key("read").await?;
    let path = format!("{}/transition", path_of(&deal));
    let body = json!({ "to": "qualified" });
    call(&tenant.api, Method::POST, &path, &key, Some(&body))
        .await?
        .refusal(&path, StatusCode::FORBIDDEN)?;
    let read = call(&tenant.api, Method::GET, &path_of(&deal), &key, None).await?;
    assert_eq!(read.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn another_organisations_deal_is_not_there() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let deal = new_deal(&tenant, json!({})).await?;
    let path = path_of(&deal);
    for (method, path, body) in [
        (Method::GET, path.clone(), None),
        (Method::PATCH, path.clone(), Some(json!({ "name": "Mine" }))),
        (
            Method::POST,
            format!("{path}/transition"),
            Some(json!({ "to": "lost" })),
        ),
        (Method::GET, format!("{path}/transitions"), None),
    ] {
        let answer = other.call(method, &path, body.as_ref()).await?;
        answer.refusal(&path, StatusCode::NOT_FOUND)?;
    }
    assert_eq!(other.json(PATH).await?["data"], json!([]));
    let theirs = format!(
        "{PATH}?person={}",
        deal["person"].as_str().unwrap_or_default()
    );
    assert_eq!(other.json(&theirs).await?["data"], json!([]));
    assert_eq!(tenant.json(&path).await?, deal);
    Ok(())
}

#[tokio::test]
async fn a_move_that_is_not_allowed_is_refused_with_those_that_are() -> Result<()> {
    let tenant = Tenant::open().await?;
    let deal = new_deal(&tenant, json!({})).await?;
    let path = format!("{}/transition", path_of(&deal));
    let refused = |to: &'static str| {
        let (tenant, path) = (&tenant, &path);
        async move {
            let answer = tenant.post(path, &json!({ "to": to })).await?;
            let problem = answer.refusal(path, StatusCode::CONFLICT)?;
            Ok::<_, anyhow::Error>(problem["detail"].as_str().unwrap_or_default().to_owned())
        }
    };
    let detail = refused("won").await?;
    assert!(detail.contains("qualified, lost"), "{detail}");
    refused("new").await?;
    advance(&tenant, &deal, &["qualified"]).await?;
    refused("demo_held").await?;
    advance(
        &tenant,
        &deal,
        &["demo_scheduled", "demo_held", "proposal", "won"],
    )
    .await?;
    let detail = refused("lost").await?;
    assert!(detail.contains("final"), "{detail}");
    let answer = tenant.post(&path, &json!({ "to": "bought" })).await?;
    let problem = answer.refusal(&path, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "to");
    Ok(())
}

#[tokio::test]
async fn a_deals_moves_are_recorded_and_close_and_reopen_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let deal = new_deal(&tenant, json!({})).await?;
    assert_eq!(
        (&deal["stage"], &deal["version"]),
        (&json!("new"), &json!(1))
    );
    advance(&tenant, &deal, &["lost"]).await?;
    let lost = tenant.json(&path_of(&deal)).await?;
    assert!(lost["closed_at"].is_string());
    advance(&tenant, &deal, &["qualified"]).await?;
    let reopened = tenant.json(&path_of(&deal)).await?;
    assert!(reopened["closed_at"].is_null());
    let moves = tenant
        .json(&format!("{}/transitions", path_of(&deal)))
        .await?;
    let moves: Vec<_> = moves["data"]
        .as_array()
        .context("moves")?
        .iter()
        .map(|it| (it["version"].clone(), it["from"].clone(), it["to"].clone()))
        .collect();
    let expected = [
        (json!(1), json!(null), json!("new")),
        (json!(2), json!("new"), json!("lost")),
        (json!(3), json!("lost"), json!("qualified")),
    ];
    assert_eq!(moves, expected);
    Ok(())
}

#[tokio::test]
async fn a_change_to_an_outdated_version_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let deal = new_deal(&tenant, json!({ "objections": ["pricing"] })).await?;
    let path = path_of(&deal);
    let tag = tenant.get(&path).await?.header(header::ETAG)?.to_owned();
    let unchanged = send(
        &tenant,
        Method::GET,
        &path,
        (header::IF_NONE_MATCH, &tag),
        None,
    )
    .await?;
    assert_eq!(
        (unchanged.status, unchanged.text.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );

    let change = json!({ "amount": "99", "objections": ["security_concerns"], "solutions": ["security_audit"] });
    let changed = send(
        &tenant,
        Method::PATCH,
        &path,
        (header::IF_MATCH, &tag),
        Some(&change),
    )
    .await?;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let now = changed.json()?;
    assert_eq!(
        (&now["amount"], &now["name"], &now["version"]),
        (&json!("99"), &json!("Desk"), &json!(2))
    );
    assert_eq!(now["objections"], json!(["security_concerns"]));
    let new_tag = changed.header(header::ETAG)?.to_owned();
    assert_ne!(new_tag, tag);

    let weak = format!("W/{new_tag}");
    for tag in [tag.as_str(), weak.as_str(), "\"other\""] {
        let answer = send(
            &tenant,
            Method::PATCH,
            &path,
            (header::IF_MATCH, tag),
            Some(&json!({ "name": "Other" })),
        )
        .await?;
        answer.refusal(&path, StatusCode::PRECONDITION_FAILED)?;
        let moved = format!("{path}/transition");
        let answer = send(
            &tenant,
            Method::POST,
            &moved,
            (header::IF_MATCH, tag),
            Some(&json!({ "to": "lost" })),
        )
        .await?;
        answer.refusal(&moved, StatusCode::PRECONDITION_FAILED)?;
    }
    assert_eq!(tenant.json(&path).await?, now);
    let same = send(
        &tenant,
        Method::PATCH,
        &path,
        (header::IF_MATCH, "*"),
        Some(&change),
    )
    .await?;
    assert_eq!(same.json()?["version"], 2);
    Ok(())
}

#[tokio::test]
async fn an_owner_is_set_kept_and_taken_away() -> Result<()> {
    let tenant = Tenant::open().await?;
    let deal = new_deal(&tenant, json!({})).await?;
    let path = path_of(&deal);
    let owner = tenant.org();
    let patch = async |body: Value| tenant.call(Method::PATCH, &path, Some(&body)).await?.json();
    assert_eq!(
        patch(json!({ "owner": owner })).await?["owner"],
        owner.as_str()
    );
    assert_eq!(
        patch(json!({ "name": "Kept" })).await?["owner"],
        owner.as_str()
    );
    let found = tenant
        .json(&format!("{PATH}?owner={owner}&stage=new"))
        .await?;
    assert_eq!(found["data"][0]["id"], deal["id"]);
    assert_eq!(patch(json!({ "owner": null })).await?["owner"], json!(null));
    let found = tenant.json(&format!("{PATH}?owner={owner}")).await?;
    assert_eq!(found["data"], json!([]));
    let won = tenant.json(&format!("{PATH}?stage=won")).await?;
    assert_eq!(won["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn the_deals_of_a_merged_person_are_theirs_too() -> Result<()> {
    let tenant = Tenant::open().await?;
    let (mine, theirs) = (
        new_deal(&tenant, json!({})).await?,
        new_deal(&tenant, json!({})).await?,
    );
    let person = |deal: &Value| deal["person"].as_str().unwrap_or_default().parse();
    let (winner, loser) = (person(&mine)?, person(&theirs)?);
    let conn = &mut *tenant.api.mirror.acquire().await?;
    tessera_store::people::person::set_canonical(conn, &[loser], &[winner]).await?;
    for person in [winner, loser] {
        let found = tenant.json(&format!("{PATH}?person={person}")).await?;
        assert_eq!(found["data"], json!([mine, theirs]));
    }
    Ok(())
}

#[tokio::test]
async fn a_repeated_request_makes_one_deal() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    let key = (
        header::HeaderName::from_static("idempotency-key"),
        "order-1",
    );
    let body = json!({ "person": tenant.add_person().await?, "name": "Desk", "amount": "1", "currency": "USD" });
    let first = send(&tenant, Method::POST, PATH, key.clone(), Some(&body)).await?;
    let again = send(&tenant, Method::POST, PATH, key.clone(), Some(&body)).await?;
    assert_eq!(
        (first.status, again.status),
        (StatusCode::CREATED, StatusCode::CREATED)
    );
    assert_eq!(first.text, again.text);
    let mut changed = body.clone();
    changed["amount"] = json!("2");
    send(&tenant, Method::POST, PATH, key.clone(), Some(&changed))
        .await?
        .refusal(PATH, StatusCode::UNPROCESSABLE_ENTITY)?;
    let mut theirs = body;
    theirs["person"] = json!(other.add_person().await?);
    let independent = send(&other, Method::POST, PATH, key, Some(&theirs)).await?;
    assert_eq!(independent.status, StatusCode::CREATED, "{independent:?}");
    for tenant in [&tenant, &other] {
        let deals = tenant.json(PATH).await?;
        assert_eq!(deals["data"].as_array().map(Vec::len), Some(1));
    }
    Ok(())
}

#[tokio::test]
async fn pages_of_deals_hold_each_once() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(new_deal(&tenant, json!({})).await?);
    }
    let first = tenant.json(&format!("{PATH}?limit=2")).await?;
    let cursor = first["next_cursor"].as_str().context("a cursor")?;
    let last = tenant
        .json(&format!("{PATH}?limit=2&cursor={cursor}"))
        .await?;
    assert_eq!(first["data"], json!(made[..2]));
    assert_eq!(last, json!({ "data": made[2..], "next_cursor": null }));
    Ok(())
}

fn factor<'a>(answer: &'a Value, kind: &str, name: &str) -> Result<&'a Value> {
    let factors = answer["factors"].as_array().context("factors")?;
    let wanted = json!({ "kind": kind, "name": name });
    factors
        .iter()
        .find(|it| it["factor"] == wanted)
        .context("the factor")
}

#[tokio::test]
async fn win_rates_of_nothing_are_unknown() -> Result<()> {
    let tenant = Tenant::open().await?;
    // Open deals have no result yet.
    new_deal(&tenant, json!({ "objections": ["pricing"] })).await?;
    let answer = tenant.json("/v1/deals/lift").await?;
    let nothing = json!({ "numerator": 0, "denominator": 0, "rate": null, "interval": null });
    assert_eq!(answer["win_rate"], nothing);
    assert_eq!(answer["factors"].as_array().map(Vec::len), Some(9));
    let pricing = factor(&answer, "objection", "pricing")?;
    assert_eq!(
        (&pricing["with"], &pricing["without"]),
        (&nothing, &nothing)
    );
    for name in [
        "difference",
        "difference_interval",
        "ratio",
        "ratio_interval",
    ] {
        assert!(pricing[name].is_null(), "{pricing}");
    }
    Ok(())
}

#[tokio::test]
async fn lift_compares_closed_deals_with_a_finding_and_without_it() -> Result<()> {
    let tenant = Tenant::open().await?;
    let priced = json!({ "objections": ["pricing"], "solutions": ["flexible_pricing"] });
    for (findings, end) in [
        (priced.clone(), "won"),
        (priced.clone(), "won"),
        (priced, "lost"),
        (json!({ "objections": ["pricing"] }), "lost"),
        (json!({}), "won"),
        (json!({}), "lost"),
        (json!({}), "lost"),
        (json!({}), "lost"),
    ] {
        let deal = new_deal(&tenant, findings).await?;
        advance(&tenant, &deal, &["qualified", end]).await?;
    }
    new_deal(&tenant, json!({ "solutions": ["flexible_pricing"] })).await?;
    let answer = tenant.json("/v1/deals/lift").await?;
    assert_eq!(answer["win_rate"]["rate"], 0.375);
    // 2 of 3 with it, 1 of 5 without it.
    let solution = factor(&answer, "solution", "flexible_pricing")?;
    let counts = ["with", "without"].map(|group| {
        (
            solution[group]["numerator"].clone(),
            solution[group]["denominator"].clone(),
        )
    });
    assert_eq!(counts, [(json!(2), json!(3)), (json!(1), json!(5))]);
    let ratio = solution["ratio"].as_f64().context("a ratio")?;
    assert!((ratio - 10.0 / 3.0).abs() < 1e-12, "{ratio}");
    let objection = factor(&answer, "objection", "pricing")?;
    assert_eq!(objection["difference"], 0.25);
    // Nobody met it: with nothing to compare, there is no lift.
    let barrier = factor(&answer, "barrier", "feature_confusion")?;
    assert_eq!(barrier["without"]["denominator"], 8);
    assert!(barrier["ratio"].is_null() && barrier["difference"].is_null());
    Ok(())
}
