//! Requests that are not understood are refused, with the name and the rule of what is wrong.

use crate::support::{
    client::Api,
    rows::{self, key, org, plan},
};
use anyhow::Result;
use axum::http::{Method, StatusCode, header};
use serde_json::json;

const LISTS: [&str; 6] = [
    "orgs",
    "plans",
    "members",
    "subscriptions",
    "ledgers",
    "receipts",
];

async fn refused_field(api: &Api, path: &str, field: &str) -> Result<String> {
    let problem = api.refusal(path, StatusCode::BAD_REQUEST).await?;
    assert_eq!(problem["type"], "urn:tessera:problem:invalid-fields");
    assert_eq!(problem["errors"][0]["field"], field, "{path}: {problem}");
    Ok(problem["errors"][0]["rule"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

#[tokio::test]
async fn limits_lie_between_1_and_200() -> Result<()> {
    let api = Api::start().await?;
    for list in LISTS {
        for limit in ["0", "201", "-1", "abc", "", "1.5", "99999999999999999999"] {
            let rule = refused_field(&api, &format!("/v1/{list}?limit={limit}"), "limit").await?;
            assert_eq!(rule, "must be a whole number from 1 to 200");
        }
        api.json(&format!("/v1/{list}?limit=1")).await?;
        api.json(&format!("/v1/{list}?limit=200")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn cursors_are_those_of_the_list() -> Result<()> {
    let api = Api::start().await?;
    let conn = &mut *api.mirror.acquire().await?;
    rows::upsert(conn, &[org(1), org(2)]).await?;
    rows::upsert(conn, &[plan(1, 1), plan(2, 1)]).await?;
    let of_orgs = api.json("/v1/orgs?limit=1").await?["next_cursor"].clone();
    let of_orgs = of_orgs.as_str().unwrap_or_default().to_owned();
    for list in LISTS {
        let truncated = &of_orgs[..of_orgs.len() - 4];
        for cursor in [
            "",
            "%20",
            "!!!!",
            "AAAA",
            truncated,
            &format!("{of_orgs}AAAA"),
        ] {
            refused_field(&api, &format!("/v1/{list}?cursor={cursor}"), "cursor").await?;
        }
        if list != "orgs" {
            refused_field(&api, &format!("/v1/{list}?cursor={of_orgs}"), "cursor").await?;
        }
    }
    api.json(&format!("/v1/orgs?cursor={of_orgs}")).await?;
    Ok(())
}

#[tokio::test]
async fn keys_are_32_bytes_of_base58() -> Result<()> {
    let api = Api::start().await?;
    let good = key(1, 1).to_string();
    let short = "1".repeat(31);
    let long = format!("{good}11");
    let zero = good.replacen(|_: char| true, "0", 1);
    for bad in ["", "abc", &short, &long, &zero, "%00", "%F0%9F%8D%8B"] {
        let rule = refused_field(&api, &format!("/v1/plans?org={bad}"), "org").await?;
        assert_eq!(rule, "must be an address: 32 bytes in base58");
    }
    for (route, name) in [
        ("orgs", "address"),
        ("plans", "address"),
        ("subscriptions", "address"),
        ("members", "wallet"),
        ("referrals", "wallet"),
    ] {
        for bad in ["abc", &short, &long, &zero] {
            refused_field(&api, &format!("/v1/{route}/{bad}"), name).await?;
        }
        refused_field(&api, &format!("/v1/{route}/%FF"), "path").await?;
    }
    Ok(())
}

#[tokio::test]
async fn other_values_have_rules_too() -> Result<()> {
    let api = Api::start().await?;
    for (path, field) in [
        ("/v1/members?tier=5", "tier"),
        ("/v1/members?tier=-1", "tier"),
        ("/v1/members?include_closed=yes", "include_closed"),
        ("/v1/subscriptions?state=2", "state"),
        ("/v1/subscriptions?state=Active", "state"),
        ("/v1/subscriptions?state=due", "state"),
        ("/v1/subscriptions?status=trialing", "status"),
        ("/v1/receipts?kind=charged", "kind"),
        ("/v1/receipts?from_slot=-1", "from_slot"),
        ("/v1/receipts?to_slot=9223372036854775808", "to_slot"),
        ("/v1/receipts?to_slot=1e3", "to_slot"),
        ("/v1/receipts?org=x", "org"),
        ("/v1/stats?org=x", "org"),
        ("/v1/plans?org=%FF", "org"),
    ] {
        refused_field(&api, path, field).await?;
    }
    Ok(())
}

#[tokio::test]
async fn unknown_and_repeated_parameters_are_refused() -> Result<()> {
    let api = Api::start().await?;
    let rule = refused_field(&api, "/v1/orgs?mint=1", "mint").await?;
    assert_eq!(
        rule,
        "must not be there; known are authority, include_closed, limit, cursor"
    );
    for list in LISTS {
        refused_field(&api, &format!("/v1/{list}?Limit=1"), "Limit").await?;
    }
    refused_field(&api, "/v1/receipts?include_closed=true", "include_closed").await?;
    refused_field(&api, &format!("/v1/orgs/{}?a=1", key(1, 1)), "a").await?;
    refused_field(&api, &format!("/v1/members/{}?org=1", key(1, 1)), "org").await?;
    let rule = refused_field(&api, "/v1/orgs?limit=1&limit=1", "limit").await?;
    assert_eq!(rule, "must be given once");
    Ok(())
}

#[tokio::test]
async fn every_mistake_is_named_at_once() -> Result<()> {
    let api = Api::start().await?;
    let problem = api
        .refusal("/v1/plans?a=1&org=x&limit=0&b=2", StatusCode::BAD_REQUEST)
        .await?;
    let fields: Vec<_> = problem["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| error["field"].clone())
        .collect();
    assert_eq!(fields, ["org", "limit", "a", "b"]);
    assert_eq!(problem["detail"], "4 fields break their rules");
    Ok(())
}

#[tokio::test]
async fn unknown_routes_and_methods_are_problems() -> Result<()> {
    let api = Api::start().await?;
    for path in ["/", "/v1", "/v1/nothing", "/v2/orgs", "/v1/orgs/a/b"] {
        let problem = api.refusal(path, StatusCode::NOT_FOUND).await?;
        assert_eq!(problem["detail"], "there is no such route");
    }
    for method in [Method::POST, Method::DELETE, Method::PUT, Method::PATCH] {
        let answer = api.call(method, "/v1/orgs").await?;
        answer.refusal("/v1/orgs", StatusCode::METHOD_NOT_ALLOWED)?;
        assert_eq!(answer.header(header::ALLOW)?, "GET,HEAD");
    }
    Ok(())
}

#[tokio::test]
async fn a_refusal_reads_like_this() -> Result<()> {
    let api = Api::start().await?;
    let problem = api
        .refusal("/v1/plans?limit=0", StatusCode::BAD_REQUEST)
        .await?;
    assert_eq!(
        problem,
        json!({
            "type": "urn:tessera:problem:invalid-fields",
            "title": "Invalid fields",
            "status": 400,
            "detail": "1 field breaks its rule",
            "instance": "/v1/plans",
            "errors": [{
                "code": "invalid_value", "field": "limit", "rule": "must be a whole number from 1 to 200",
            }],
        })
    );
    Ok(())
}
