//! History that is brought along: each row counts once, whatever happens on its way, and everything
//! follows from it as if it had come in its time.

mod csv;
mod deals;
mod limits;
mod packed;

use crate::{
    engine::capture::gzip,
    support::{
        client::{Answer, do_work},
        people::ago,
        tenant::Tenant,
    },
};
use anyhow::{Context, Result};
use axum::{
    body::{Body, Bytes},
    http::{Request, StatusCode, header},
};
use futures::stream;
use serde_json::{Value, json};
use std::{fmt::Write, io, sync::Arc};
use tessera_api::ApiConfig;
use uuid::Uuid;

const DAY: i64 = 86_400;
const YEAR: i64 = 365 * DAY;
const NDJSON: &str = "application/x-ndjson";
const CSV: &str = "text/csv";

async fn send(tenant: &Tenant, query: &str, kind: &str, body: impl Into<Body>) -> Result<Answer> {
    import_as(tenant, &tenant.admin_key, query, kind, body).await
}

async fn import_as(
    tenant: &Tenant,
    key: &str,
    query: &str,
    kind: &str,
    body: impl Into<Body>,
) -> Result<Answer> {
    let request = Request::post(format!("/v1/imports?{query}"))
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, kind);
    tenant.api.send(request.body(body.into())?).await
}

/// Imports a file that comes whole.
async fn imported(tenant: &Tenant, query: &str, kind: &str, file: &str) -> Result<Value> {
    let answer = send(tenant, query, kind, file.to_owned()).await?;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

fn counts(import: &Value) -> [&Value; 4] {
    ["lines", "accepted", "duplicate", "rejected"].map(|name| &import[name])
}

fn lines(rows: impl IntoIterator<Item = Value>) -> String {
    rows.into_iter().fold(String::new(), |mut file, row| {
        let _ = writeln!(file, "{row}");
        file
    })
}

/// An event of `visitor-{of}`, years and some days ago.
fn event(number: i64, of: i64, name: &str) -> Value {
    json!({
        "message_id": format!("old-{number}"),
        "event": name,
        "anonymous_id": format!("visitor-{of}"),
        "timestamp": ago((number % 9) * YEAR + (number % 300) * DAY + number),
        "properties": { "channel": "search" },
    })
}

async fn stored(tenant: &Tenant) -> Result<i64> {
    let all = "select count(*) from engine.event where source = 'client'";
    Ok(sqlx::query_scalar(all)
        .fetch_one(&tenant.api.mirror)
        .await?)
}

#[tokio::test]
async fn who_may_not_and_what_is_no_file_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    for key in [tenant.key("write").await?, tenant.key("read").await?] {
        let answer = import_as(&tenant, &key, "", NDJSON, "").await?;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
    }
    for (query, kind, status) in [
        ("", "application/json", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("kind=orders", NDJSON, StatusCode::BAD_REQUEST),
        ("kind=spend&id=1", NDJSON, StatusCode::BAD_REQUEST),
        ("from_line=2", NDJSON, StatusCode::BAD_REQUEST),
        ("form=ndjson", NDJSON, StatusCode::BAD_REQUEST),
    ] {
        let answer = send(&tenant, query, kind, "{}").await?;
        assert_eq!(answer.status, status, "{query}: {answer:?}");
    }
    let id = Uuid::now_v7();
    let query = format!("id={id}&kind=spend");
    imported(&tenant, &query, NDJSON, "").await?;
    let other = send(&tenant, &format!("id={id}&kind=deals"), NDJSON, "").await?;
    assert_eq!(other.status, StatusCode::CONFLICT, "{other:?}");
    // Of another organisation it is another import.
    let other = Tenant::join(Arc::clone(&tenant.api), 2).await?;
    let path = format!("/v1/imports/{id}");
    assert_eq!(other.get(&path).await?.status, StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn bad_rows_are_refused_by_line_and_leave_the_others_alone() -> Result<()> {
    let tenant = Tenant::open().await?;
    let without = |field: &str| {
        let mut row = event(1, 1, "page_viewed");
        row.as_object_mut().map(|row| row.remove(field));
        row.to_string()
    };
    let at = |at| {
        let mut row = event(1, 1, "page_viewed");
        row["timestamp"] = json!(at);
        row.to_string()
    };
    let long = format!("{{\"message_id\": \"{}\"}}", "x".repeat(200_000));
    let bad: [(String, &str, &str); 8] = [
        ("nothing".to_owned(), "malformed_json", "item"),
        ("[]".to_owned(), "wrong_type", "item"),
        (long, "too_large", "row"),
        (without("message_id"), "missing_field", "message_id"),
        (without("timestamp"), "missing_field", "timestamp"),
        (at(ago(10 * YEAR + 40 * DAY)), "too_late", "timestamp"),
        (at(ago(-3_600)), "future", "timestamp"),
        (
            event(1, 1, "subscribed").to_string(),
            "reserved_name",
            "event",
        ),
    ];
    let mut file = "\n".to_owned();
    for (row, _, _) in &bad {
        let _ = writeln!(file, "{row}");
    }
    file += &lines([event(2, 1, "page_viewed"), event(3, 1, "page_viewed")]);
    file += &"{}\r\n".repeat(300);
    let import = imported(&tenant, "kind=events", NDJSON, &file).await?;
    assert_eq!(
        counts(&import),
        [&json!(311), &json!(2), &json!(0), &json!(308)]
    );
    let errors = import["errors"].as_array().context("errors")?;
    assert_eq!(errors.len(), 100);
    for (index, (error, (_, code, field))) in errors.iter().zip(&bad).enumerate() {
        assert_eq!(error["line"], index + 2, "{error}");
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!(code), &json!(field))
        );
        let rule = error["rule"].as_str().context("a rule")?;
        assert!(rule.starts_with("must "), "{rule}");
    }
    assert!(import["finished_at"].is_string());
    let id = import["id"].as_str().context("an id")?;
    assert_eq!(tenant.json(&format!("/v1/imports/{id}")).await?, import);
    let listed = tenant.json("/v1/imports").await?;
    assert_eq!(listed["data"], json!([import]));
    Ok(())
}

#[tokio::test]
async fn a_file_counts_once_however_long_ago_it_was_sent_and_whoever_merged_since() -> Result<()> {
    let tenant = Tenant::open().await?;
    let rows: Vec<Value> = (1..=60)
        .map(|it| event(it, it % 5, "page_viewed"))
        .collect();
    let file = lines(rows.clone());
    let first = imported(&tenant, "", NDJSON, &file).await?;
    assert_eq!(
        counts(&first),
        [&json!(60), &json!(60), &json!(0), &json!(0)]
    );
    // Within a file, too.
    let twice = imported(
        &tenant,
        "",
        NDJSON,
        &lines([rows[0].clone(), rows[0].clone()]),
    )
    .await?;
    assert_eq!(counts(&twice), [&json!(2), &json!(0), &json!(2), &json!(0)]);
    let merged = [
        tenant.person("visitor-1").await?,
        tenant.person("visitor-2").await?,
    ];
    let into = json!({ "with": merged[1], "reason": "one" });
    tenant
        .posted(&format!("/v1/persons/{}/merge", merged[0]), &into)
        .await?;
    let kept = tenant.kept().await?;
    // As the worker forgets keys when no message can repeat them.
    sqlx::query("delete from engine.message")
        .execute(&tenant.api.mirror)
        .await?;
    // What is younger than keys are kept is known by its key alone.
    let old: Vec<Value> = rows
        .into_iter()
        .filter(|row| row["timestamp"].as_str() < Some(&ago(91 * DAY).to_string()))
        .collect();
    let again = imported(&tenant, "", NDJSON, &lines(old.clone())).await?;
    let all = json!(old.len());
    assert_eq!(counts(&again), [&all, &json!(0), &all, &json!(0)]);
    assert_eq!((stored(&tenant).await?, tenant.kept().await?), (60, kept));
    Ok(())
}

#[tokio::test]
async fn a_file_that_was_cut_off_goes_on_from_where_it_is() -> Result<()> {
    let tenant = Tenant::open().await?;
    let rows: Vec<Value> = (1..=1_300)
        .map(|it| event(it, it % 40, "page_viewed"))
        .collect();
    let file = lines(rows.clone());
    assert!(file.len() < ApiConfig::default().max_body_bytes);
    let padded = lines(rows.into_iter().map(|mut row| {
        row["properties"]["title"] = json!("x".repeat(1_000));
        row
    }));
    // Longer than any other request may be.
    assert!(padded.len() > 2 * ApiConfig::default().max_body_bytes);
    let id = Uuid::now_v7();
    let query = format!("id={id}");
    let cut = padded.split_at(padded.len() * 9 / 10).0.to_owned();
    let pieces = [Ok(Bytes::from(cut)), Err(io::Error::other("gone"))];
    let answer = send(
        &tenant,
        &query,
        NDJSON,
        Body::from_stream(stream::iter(pieces)),
    )
    .await?;
    answer.refusal("/v1/imports", StatusCode::BAD_REQUEST)?;
    let path = format!("/v1/imports/{id}");
    let half = tenant.json(&path).await?;
    assert_eq!(half["finished_at"], Value::Null);
    let done = half["lines"].as_i64().context("lines")?;
    assert!((500..1_300).contains(&done), "{half}");
    assert_eq!(stored(&tenant).await?, done);
    for (query, file, status) in [
        (query.clone(), &file, StatusCode::CONFLICT),
        (
            format!("{query}&from_line={done}"),
            &padded,
            StatusCode::BAD_REQUEST,
        ),
    ] {
        let answer = send(&tenant, &query, NDJSON, file.clone()).await?;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    let rest: String = padded
        .lines()
        .skip(usize::try_from(done)?)
        .take(100)
        .flat_map(|it| [it, "\n"])
        .collect();
    let next = format!("{query}&from_line={}", done + 1);
    let more = imported(&tenant, &next, NDJSON, &rest).await?;
    assert_eq!(more["lines"], done + 100);
    // Whole, and packed: what is done is passed over.
    let request = Request::post(format!("/v1/imports?{query}"))
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", tenant.admin_key),
        )
        .header(header::CONTENT_TYPE, NDJSON)
        .header(header::CONTENT_ENCODING, "gzip")
        .body(Body::from(gzip(padded.as_bytes())?))?;
    let whole = tenant.api.send(request).await?.json()?;
    assert_eq!(
        counts(&whole),
        [&json!(1_300), &json!(1_300), &json!(0), &json!(0)]
    );
    assert_eq!(
        imported(&tenant, &query, NDJSON, &padded).await?["accepted"],
        1_300
    );
    assert_eq!(stored(&tenant).await?, 1_300);
    Ok(())
}

#[tokio::test]
async fn a_moment_in_another_spelling_is_the_same_moment() -> Result<()> {
    let tenant = Tenant::open().await?;
    let row = |at: &str| json!({ "message_id": "1", "event": "page_viewed", "anonymous_id": "v", "timestamp": at });
    let spellings = [
        "2024-05-06T07:08:00Z",
        "2024-05-06T07:08:00.000Z",
        "2024-05-06T09:08:00+02:00",
        "2024-05-06t07:08:00z",
    ];
    let import = imported(&tenant, "", NDJSON, &lines(spellings.map(row))).await?;
    assert_eq!(
        counts(&import),
        [&json!(4), &json!(1), &json!(3), &json!(0)],
        "{import}"
    );
    let other = lines([row("2024-05-06T07:08:01Z")]);
    let import = imported(&tenant, "", NDJSON, &other).await?;
    assert_eq!(import["errors"][0]["code"], "reused_message_id", "{import}");
    Ok(())
}

#[tokio::test]
async fn what_follows_from_history_is_what_is_computed_anew() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .does("visitor-1", "pricing_page_visited", ago(DAY), json!({}))
        .await?;
    let names = [
        "page_viewed",
        "pricing_page_visited",
        "demo_requested",
        "webinar_attended",
    ];
    let rows = (1..=200).map(|it| event(it, it % 7, names[usize::try_from(it % 4).unwrap_or(0)]));
    imported(&tenant, "", NDJSON, &lines(rows)).await?;
    let people = lines((0..7).map(|it| {
        json!({ "message_id": format!("p-{it}"), "timestamp": ago(it * YEAR), "user_id": format!("user-{it}"),
                "anonymous_id": format!("visitor-{it}"), "traits": { "segment": "trader" } })
    }));
    let import = imported(&tenant, "kind=persons", NDJSON, &people).await?;
    assert_eq!(import["accepted"], 7, "{import}");
    assert_eq!(
        imported(&tenant, "kind=persons", NDJSON, &people).await?["duplicate"],
        7
    );
    do_work(&tenant.api.mirror).await?;
    let live = tenant.kept().await?;
    tenant.rebuild().await?;
    assert_eq!(live, tenant.kept().await?);
    let parts: Vec<String> =
        sqlx::query_scalar("select distinct tableoid::regclass::text from engine.event order by 1")
            .fetch_all(&tenant.api.mirror)
            .await?;
    assert!(parts.contains(&"engine.event_past".to_owned()), "{parts:?}");
    assert!(
        !parts.contains(&"engine.event_default".to_owned()),
        "{parts:?}"
    );
    Ok(())
}

#[tokio::test]
async fn the_newest_statement_about_a_trait_counts_whichever_comes_first() -> Result<()> {
    let tenant = Tenant::open().await?;
    let stated = |at: i64, segment: &str, name: &str| {
        json!({ "user_id": "user-1", "timestamp": ago(at),
                "traits": { "segment": segment, "name": name, "country": "CH" } })
    };
    let person = tenant
        .posted("/v1/identify", &stated(10 * DAY, "institution", "Ada"))
        .await?;
    let person = person["person"].as_str().context("a person")?.to_owned();
    let known = async || {
        let person = tenant.json(&format!("/v1/persons/{person}")).await?;
        let personal = tenant
            .json(&format!(
                "/v1/persons/{}/personal-traits",
                person["id"].as_str().unwrap_or_default()
            ))
            .await?;
        anyhow::Ok((
            person["traits"]["segment"].clone(),
            personal["name"].clone(),
        ))
    };
    let institution = (json!("institution"), json!("Ada"));
    assert_eq!(known().await?, institution);
    // A call that was late.
    tenant
        .posted("/v1/identify", &stated(20 * DAY, "trader", "Eve"))
        .await?;
    assert_eq!(known().await?, institution);
    let row = |id: &str, mut row: Value| {
        row["message_id"] = json!(id);
        row
    };
    let rows = [
        row("1", stated(3 * YEAR, "individual", "Bob")),
        row("2", stated(5 * YEAR, "trader", "Eve")),
    ];
    let import = imported(&tenant, "kind=persons", NDJSON, &lines(rows)).await?;
    assert_eq!(import["accepted"], 2, "{import}");
    assert_eq!(known().await?, institution);
    let newer = [row("3", stated(5 * DAY, "mining_farm", "Ada L."))];
    imported(&tenant, "kind=persons", NDJSON, &lines(newer)).await?;
    assert_eq!(known().await?, (json!("mining_farm"), json!("Ada L.")));
    // Whoever it was about before they became one.
    tenant.posted("/v1/identify", &json!({ "anonymous_id": "v", "timestamp": ago(DAY), "traits": { "segment": "trader" } })).await?;
    tenant
        .posted(
            "/v1/identify",
            &json!({ "anonymous_id": "v", "user_id": "user-1" }),
        )
        .await?;
    assert_eq!(known().await?.0, "trader");
    for (at, code) in [(91 * DAY, "too_late"), (-3_600, "future")] {
        let answer = tenant
            .post("/v1/identify", &stated(at, "trader", "Eve"))
            .await?;
        let problem = answer.refusal("/v1/identify", StatusCode::BAD_REQUEST)?;
        assert_eq!(problem["errors"][0]["code"], code);
    }
    Ok(())
}

#[tokio::test]
async fn rows_of_csv_are_the_same_rows() -> Result<()> {
    let tenant = Tenant::open().await?;
    let at = ago(2 * YEAR);
    let file = format!(
        "\u{feff}message_id,event,timestamp,anonymous_id,properties.title,properties.duration_secs,context\r\n\
         1,page_viewed,{at},v,\"Two\nlines, and \"\"quotes\"\"\",12.5,\r\n\
         2,page_viewed,{at},v,,twelve,\r\n\
         3,page_viewed,{at},v,,,\"{{\"\"consent\"\": false}}\"\r\n\
         4,page_viewed\r\n\
         5,page_viewed,{at},v,,,,,,\r\n\
         6,page_viewed,{at},v,Last,,\r\n"
    );
    let import = imported(&tenant, "", CSV, &file).await?;
    assert_eq!(
        counts(&import),
        [&json!(8), &json!(2), &json!(0), &json!(3)],
        "{import}"
    );
    assert_eq!(import["withheld"], 1);
    let places: Vec<Value> = import["errors"]
        .as_array()
        .context("errors")?
        .iter()
        .map(|it| json!([it["line"], it["field"]]))
        .collect();
    let expected = json!([
        [4, "properties.duration_secs"],
        [6, "anonymous_id"],
        [7, "row"]
    ]);
    assert_eq!(json!(places), expected);
    let properties: Vec<Value> =
        sqlx::query_scalar("select properties from engine.event order by properties")
            .fetch_all(&tenant.api.mirror)
            .await?;
    let whole = json!({ "title": "Two\nlines, and \"quotes\"", "duration_secs": 12.5 });
    assert!(properties.contains(&whole), "{properties:?}");
    // A quote that is never closed does not fill the memory.
    let open = format!("message_id,event\n1,\"{}", "x\n".repeat(2_000_000));
    let answer = import_csv(&tenant, open).await?;
    let problem = answer.refusal("/v1/imports", StatusCode::BAD_REQUEST)?;
    assert_eq!(problem["errors"][0]["field"], "line 2");
    Ok(())
}

async fn import_csv(tenant: &Tenant, file: String) -> Result<Answer> {
    send(tenant, "", CSV, file).await
}
