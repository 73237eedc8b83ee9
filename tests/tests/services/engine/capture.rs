//! Capture: an answer for each item, and nothing counted twice.

use crate::support::{
    client::Answer,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use serde_json::json;
use std::io::Write;
use tessera_domain::time::Timestamp;

#[tokio::test]
async fn each_item_of_a_batch_is_answered_for_itself() -> Result<()> {
    let tenant = Tenant::open().await?;
    let body = json!({ "events": [
        { "message_id": "m1", "event": "pricing_page_visited", "anonymous_id": "v1" },
        { "message_id": "m2", "event": "subscribed", "anonymous_id": "v1" },
        { "message_id": "m3", "event": "demooRequested", "anonymous_id": "null" },
        { "message_id": "m1", "event": "pricing_page_visited", "anonymous_id": "v1" },
        { "message_id": "m1", "event": "page_viewed", "anonymous_id": "v1" },
        7,
    ] });
    let answer = tenant.post("/v1/events/batch", &body).await?;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS);
    let answer = answer.json()?;
    let of = |index: usize| {
        let item = &answer["items"][index];
        (
            item["status"].as_str().unwrap_or_default().to_owned(),
            item["code"].clone(),
        )
    };
    assert_eq!(of(0), ("accepted".to_owned(), json!(null)));
    assert_eq!(of(1), ("rejected".to_owned(), json!("reserved_name")));
    assert_eq!(of(2), ("rejected".to_owned(), json!("reserved_identifier")));
    assert_eq!(of(3), ("duplicate".to_owned(), json!(null)));
    assert_eq!(of(4), ("rejected".to_owned(), json!("reused_message_id")));
    assert_eq!(of(5), ("rejected".to_owned(), json!("wrong_type")));
    assert_eq!(
        (&answer["accepted"], &answer["rejected"]),
        (&json!(1), &json!(4))
    );
    Ok(())
}

#[tokio::test]
async fn a_write_key_captures_and_reads_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let key = tenant.key("write").await?;
    let body = json!({ "message_id": "m1", "event": "page_viewed", "anonymous_id": "v1" });
    let captured = call(&tenant.api, Method::POST, "/v1/events", &key, Some(&body)).await?;
    assert_eq!(captured.status, StatusCode::OK, "{captured:?}");
    let path = "/v1/organisation";
    let read = call(&tenant.api, Method::GET, path, &key, None).await?;
    read.refusal(path, StatusCode::FORBIDDEN)?;
    Ok(())
}

/// POSTs bytes with headers and the admin key.
pub(crate) async fn send(
    tenant: &Tenant,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<Answer> {
    send_as(tenant, &tenant.admin_key, path, headers, body).await
}

/// POSTs bytes with headers and a token.
pub(crate) async fn send_as(
    tenant: &Tenant,
    token: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<Answer> {
    let mut request = Request::post(path).header("authorization", format!("Bearer {token}"));
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    tenant.api.send(request.body(Body::from(body))?).await
}

pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

async fn events(tenant: &Tenant) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from engine.event")
        .fetch_one(&tenant.api.mirror)
        .await?)
}

#[tokio::test]
async fn a_batch_may_be_packed() -> Result<()> {
    let tenant = Tenant::open().await?;
    let items: Vec<_> = (0..1_000)
        .map(|n| json!({ "message_id": format!("m{n}"), "event": "page_viewed", "anonymous_id": format!("v{}", n % 50) }))
        .collect();
    let packed = gzip(json!({ "events": items }).to_string().as_bytes())?;
    let answer = send(
        &tenant,
        "/v1/events/batch",
        &[("content-encoding", "gzip")],
        packed,
    )
    .await?;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.json()?["accepted"], 1_000);
    assert_eq!(events(&tenant).await?, 1_000);
    Ok(())
}

#[tokio::test]
async fn a_gzip_bomb_is_not_unpacked() -> Result<()> {
    let tenant = Tenant::open().await?;
    let bomb = gzip(&vec![b' '; 50_000_000])?;
    assert!(bomb.len() < 100_000);
    let path = "/v1/events/batch";
    let answer = send(&tenant, path, &[("content-encoding", "gzip")], bomb).await?;
    answer.refusal(path, StatusCode::PAYLOAD_TOO_LARGE)?;
    Ok(())
}

#[tokio::test]
async fn too_much_too_many_and_no_json_are_refused_by_name() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/events/batch";
    let item = json!({ "message_id": "m", "event": "page_viewed", "anonymous_id": "v" });
    let many = json!({ "events": vec![item; 1_001] }).to_string();
    for (body, field) in [
        (many, "events"),
        (json!({ "events": [] }).to_string(), "events"),
        (json!({ "event": [] }).to_string(), "event"),
        ("{".to_owned(), "body"),
    ] {
        let problem = send(&tenant, path, &[], body.into_bytes())
            .await?
            .refusal(path, StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    // A bomb of brackets is an item that is too deep, and takes nothing else along.
    let deep = format!(
        "{{\"events\":[{}{}]}}",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    let answer = send(&tenant, path, &[], deep.into_bytes()).await?;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS, "{answer:?}");
    assert_eq!(answer.json()?["items"][0]["code"], "malformed_json");
    let large = send(&tenant, path, &[], vec![b' '; 600_000]).await?;
    large.refusal(path, StatusCode::PAYLOAD_TOO_LARGE)?;
    let broken = send(
        &tenant,
        path,
        &[("content-encoding", "gzip")],
        b"no gzip".to_vec(),
    )
    .await?;
    broken.refusal(path, StatusCode::BAD_REQUEST)?;
    let text = Request::post(path)
        .header("authorization", format!("Bearer {}", tenant.admin_key))
        .body(Body::from("{}"))?;
    tenant
        .api
        .send(text)
        .await?
        .refusal(path, StatusCode::UNSUPPORTED_MEDIA_TYPE)?;
    Ok(())
}

#[tokio::test]
async fn a_bad_item_leaves_the_others_alone() -> Result<()> {
    let tenant = Tenant::open().await?;
    let good = |id: &str| {
        json!({ "message_id": id, "event": "page_viewed", "anonymous_id": "v" }).to_string()
    };
    let deep = "[".repeat(5_000) + &"]".repeat(5_000);
    let items = [
        good("m1"),
        r#"{"a":"\ud800"}"#.to_owned(),
        r#"{"a":1e999}"#.to_owned(),
        deep,
        good("m2"),
    ];
    let batch = format!("{{\"events\":[{}]}}", items.join(","));
    let answer = send(&tenant, "/v1/events/batch", &[], batch.into_bytes()).await?;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS, "{answer:?}");
    let answer = answer.json()?;
    assert_eq!(
        (&answer["accepted"], &answer["rejected"]),
        (&json!(2), &json!(3))
    );
    let codes: Vec<_> = answer["items"]
        .as_array()
        .context("items")?
        .iter()
        .map(|item| item["code"].clone())
        .collect();
    let bad = json!("malformed_json");
    assert_eq!(
        codes,
        [json!(null), bad.clone(), bad.clone(), bad, json!(null)]
    );
    assert_eq!(events(&tenant).await?, 2);
    Ok(())
}

#[tokio::test]
async fn every_refused_item_is_kept_with_its_reason_and_nothing_is_stored() -> Result<()> {
    let tenant = Tenant::open().await?;
    let now = Timestamp::from(chrono::DateTime::<chrono::Utc>::from(
        std::time::SystemTime::now(),
    ));
    let deep = (0..10).fold(json!(1), |inner, _| json!({ "a": inner }));
    let wide: serde_json::Map<String, serde_json::Value> =
        (0..200).map(|n| (format!("k{n}"), json!(1))).collect();
    let item = |properties: serde_json::Value| {
        json!({ "message_id": "m", "event": "page_viewed", "anonymous_id": "v", "properties": properties }).to_string()
    };
    let at = |secs: i64| {
        json!({ "message_id": "m", "event": "page_viewed", "anonymous_id": "v", "timestamp": now.plus_secs(secs) }).to_string()
    };
    let bad = [
        (at(86_400), "future"),
        (at(-400 * 86_400), "too_late"),
        (item(json!({ "t": "x".repeat(40_000) })), "text_too_long"),
        (item(deep), "too_deep"),
        (item(json!(wide)), "too_many_keys"),
        (item(json!({ "a": "nul \u{0}" })), "nul_character"),
        (item(json!({ "email": "ada@example.com" })), "personal_data"),
        (
            item(json!({ "note": "write to ada@example.com" })),
            "personal_data",
        ),
        (
            item(json!({})).replace("{}", "{\"a\":\"\\ud800\"}"),
            "malformed_json",
        ),
        (
            item(json!({})).replace("{}", "{\"a\":1e999}"),
            "malformed_json",
        ),
        (
            item(json!({})).replace("\"page_viewed\"", "\"charged\""),
            "reserved_name",
        ),
        (
            item(json!({})).replace("\"v\"", "\"undefined\""),
            "reserved_identifier",
        ),
    ];
    let texts: Vec<&str> = bad.iter().map(|(text, _)| text.as_str()).collect();
    let batch = format!("{{\"events\":[{}]}}", texts.join(","));
    let answer = send(&tenant, "/v1/events/batch", &[], batch.into_bytes()).await?;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS, "{answer:?}");
    let letters = tenant.json("/v1/dead-letters").await?;
    let letters = letters["data"].as_array().context("a page")?;
    let mut codes: Vec<_> = letters.iter().map(|it| it["code"].as_str()).collect();
    let mut expected: Vec<_> = bad.iter().map(|(_, code)| Some(*code)).collect();
    codes.sort_unstable();
    expected.sort_unstable();
    assert_eq!(codes, expected);
    for letter in letters {
        // Of what cannot be read nobody can tell what it holds.
        let is_withheld = ["personal_data", "malformed_json"]
            .contains(&letter["code"].as_str().unwrap_or_default());
        assert_eq!(letter["item"] == "", is_withheld, "{letter}");
        assert!(letter["rule"].as_str().is_some_and(|rule| !rule.is_empty()));
    }
    assert_eq!(events(&tenant).await?, 0);
    let late = tenant.json("/v1/dead-letters?code=too_late").await?;
    assert_eq!(late["data"].as_array().map(Vec::len), Some(1));
    Ok(())
}

#[tokio::test]
async fn a_refused_single_event_is_kept_too() -> Result<()> {
    let tenant = Tenant::open().await?;
    let body = json!({ "message_id": "m", "event": "subscribed", "anonymous_id": "v" });
    let problem = tenant
        .post("/v1/events", &body)
        .await?
        .refusal("/v1/events", StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "event");
    let letters = tenant.json("/v1/dead-letters").await?;
    assert_eq!(letters["data"][0]["code"], "reserved_name");
    Ok(())
}

#[tokio::test]
async fn a_message_id_that_was_used_before_takes_no_other_body() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/events";
    let item = |event: &str| json!({ "message_id": "m1", "event": event, "anonymous_id": "v" });
    let (original, other) = (item("page_viewed"), item("demo_requested"));
    assert_eq!(tenant.posted(path, &original).await?["status"], "accepted");
    let problem = tenant
        .post(path, &other)
        .await?
        .refusal(path, StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "message_id");
    let letters = tenant
        .json("/v1/dead-letters?code=reused_message_id")
        .await?;
    assert_eq!(letters["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(letters["data"][0]["message_id"], "m1");

    let body = json!({ "events": [original, other] });
    let answer = tenant.post("/v1/events/batch", &body).await?;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS, "{answer:?}");
    let answer = answer.json()?;
    assert_eq!(answer["items"][0]["status"], "duplicate");
    assert_eq!(answer["items"][1]["code"], "reused_message_id");
    let names: Vec<String> = sqlx::query_scalar("select name from engine.event")
        .fetch_all(&tenant.api.mirror)
        .await?;
    assert_eq!(names, ["page_viewed"]);
    // Another organisation's messages are its own.
    let neighbour = Tenant::join(tenant.api.clone(), 2).await?;
    let theirs = neighbour.posted(path, &other).await?;
    assert_eq!(theirs["status"], "accepted");
    Ok(())
}

#[tokio::test]
async fn whoever_does_not_consent_is_counted_and_not_kept() -> Result<()> {
    let tenant = Tenant::open().await?;
    let item = json!({ "message_id": "m1", "event": "page_viewed", "anonymous_id": "v" });
    let body = json!({ "events": [item] }).to_string().into_bytes();
    let answer = send(&tenant, "/v1/events/batch", &[("sec-gpc", "1")], body).await?;
    assert_eq!(answer.json()?["items"][0]["status"], "withheld");
    let refusing = json!({ "message_id": "m2", "event": "page_viewed", "anonymous_id": "v", "context": { "consent": false } });
    assert_eq!(
        tenant.posted("/v1/events", &refusing).await?["status"],
        "withheld"
    );
    assert_eq!(events(&tenant).await?, 0);
    let counted: i64 = sqlx::query_scalar(
        "select sum(amount)::bigint from engine.projection_sum where label = 'page_viewed'",
    )
    .fetch_one(&tenant.api.mirror)
    .await?;
    assert_eq!(counted, 2);
    Ok(())
}

#[tokio::test]
async fn the_same_batch_from_many_senders_at_once_counts_once() -> Result<()> {
    let tenant = std::sync::Arc::new(Tenant::open().await?);
    let items: Vec<_> = (0..40)
        .map(|n| json!({ "message_id": format!("m{n}"), "event": "page_viewed", "anonymous_id": format!("v{}", n % 7), "user_id": format!("u{}", n % 5) }))
        .collect();
    let tasks: Vec<_> = (0..6)
        .map(|turn| {
            let (tenant, mut items) = (tenant.clone(), items.clone());
            items.rotate_left(turn * 6);
            tokio::spawn(async move {
                tenant
                    .posted("/v1/events/batch", &json!({ "events": items }))
                    .await
            })
        })
        .collect();
    let mut accepted = 0;
    for task in tasks {
        accepted += task.await??["accepted"].as_i64().unwrap_or_default();
    }
    assert_eq!((accepted, events(&tenant).await?), (40, 40));
    Ok(())
}

#[tokio::test]
async fn a_strict_registry_refuses_what_it_does_not_list() -> Result<()> {
    let tenant = Tenant::open().await?;
    let wrong = json!({ "strict": true, "events": { "subscribed": {} } });
    let problem = tenant.post("/v1/event-registries", &wrong).await?;
    let problem = problem.refusal("/v1/event-registries", StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "events.subscribed");
    let strict =
        json!({ "strict": true, "events": { "order_placed": { "aliases": ["orderPlaced"] } } });
    let version = tenant.posted("/v1/event-registries", &strict).await?["version"].clone();
    let published = tenant
        .post(
            &format!("/v1/event-registries/{version}/publish"),
            &json!({}),
        )
        .await?;
    assert_eq!(published.status, StatusCode::NO_CONTENT);
    let item =
        |id: &str, event: &str| json!({ "message_id": id, "event": event, "anonymous_id": "v" });
    assert_eq!(
        tenant
            .posted("/v1/events", &item("m1", "orderPlaced"))
            .await?["status"],
        "accepted"
    );
    let refused = tenant
        .post("/v1/events", &item("m2", "page_viewed"))
        .await?;
    refused.refusal("/v1/events", StatusCode::BAD_REQUEST)?;
    Ok(())
}
