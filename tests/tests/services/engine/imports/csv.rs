//! Rows of CSV: the lines on which they stand, quotes, the names of the columns, and what a cell is.

use super::{CSV, NDJSON, YEAR, counts, imported, send};
use crate::support::{people::ago, tenant::Tenant};
use anyhow::{Context, Result};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::LazyLock;
use tessera_domain::{capture::message_key, time::Timestamp};
use uuid::Uuid;

const NAMES: &str = "message_id,event,timestamp,anonymous_id,properties.p";

/// One moment, so that the same row twice is the same.
static AT: LazyLock<Timestamp> = LazyLock::new(|| ago(2 * YEAR));

fn row(id: impl std::fmt::Display, cell: &str) -> String {
    format!("{id},thing_done,{},v,{cell}", *AT)
}

fn file(rows: &[String], end: &str) -> String {
    let all = [&[NAMES.to_owned()], rows].concat();
    all.into_iter()
        .flat_map(|it| [it, end.to_owned()])
        .collect()
}

async fn refused(tenant: &Tenant, query: &str, file: &str) -> Result<Value> {
    let answer = send(tenant, query, CSV, file.to_owned()).await?;
    let problem = answer.refusal("/v1/imports", StatusCode::BAD_REQUEST)?;
    Ok(problem["errors"][0].clone())
}

/// The lines of an import's refusals.
fn refused_lines(import: &Value) -> Vec<&Value> {
    let errors = import["errors"].as_array();
    errors.into_iter().flatten().map(|it| &it["line"]).collect()
}

async fn properties(tenant: &Tenant) -> Result<Vec<Value>> {
    let all = "select properties from engine.event where source = 'client' order by properties";
    Ok(sqlx::query_scalar(all)
        .fetch_all(&tenant.api.mirror)
        .await?)
}

#[tokio::test]
async fn a_quote_that_is_not_closed_is_a_fault_where_it_opened() -> Result<()> {
    let tenant = Tenant::open().await?;
    let rows: Vec<String> = (1..=4).map(|it| row(it, "x")).collect();
    let whole = file(&rows, "\n");
    let with = |at: usize, text: &str| {
        let mut rows = rows.clone();
        rows[at] = text.to_owned();
        file(&rows, "\n")
    };
    let closed_later = with(1, &format!("\"{}", rows[1])).replace("4,", "4\",");
    for (file, line, done) in [
        // In the last cell, at the start of a row, before the names.
        (with(2, &row(3, "\"x")), "line 4", 3),
        (with(2, &format!("\"{}", rows[2])), "line 4", 3),
        (format!("\"\n{whole}"), "line 1", 0),
        (format!("\"{whole}"), "line 1", 0),
        // Closed by the quote of a later row.
        (
            with(1, &row(2, "\"x")).replace("4,thing", "4,\"thing"),
            "line 3",
            2,
        ),
        (closed_later, "line 3", 2),
        (with(1, &format!("\"{}", rows[1])) + ",\"\n", "line 3", 2),
        // The next quotes are those of a perfect row.
        (
            with(2, &row(3, "\"x")).replace("4,thing", "4,\"thing\",\"\"\""),
            "line 4",
            3,
        ),
    ] {
        let id = Uuid::now_v7();
        let error = refused(&tenant, &format!("id={id}"), &file).await?;
        assert_eq!(error["field"], line, "{file}");
        let import = tenant.json(&format!("/v1/imports/{id}")).await?;
        assert_eq!(import["finished_at"], Value::Null, "{file}");
        assert_eq!(
            (&import["lines"], &import["rejected"]),
            (&json!(done), &json!(0)),
            "{file}"
        );
        if done > 0 {
            // Mended, it goes on.
            let import = imported(&tenant, &format!("id={id}"), CSV, &whole).await?;
            assert_eq!(
                (&import["lines"], &import["rejected"]),
                (&json!(5), &json!(0))
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn text_behind_a_closed_quote_is_refused_with_its_row_alone() -> Result<()> {
    let tenant = Tenant::open().await?;
    let rows = [
        row(1, "\"a\"b"),
        row(2, "5\" wide"),
        row(3, "\"5\"\" wide\""),
    ];
    let import = imported(&tenant, "", CSV, &file(&rows, "\n")).await?;
    assert_eq!(
        counts(&import),
        [&json!(4), &json!(2), &json!(0), &json!(1)],
        "{import}"
    );
    assert_eq!(import["errors"][0]["field"], "properties.p");
    let wide = json!({ "p": "5\" wide" });
    assert_eq!(properties(&tenant).await?, [wide.clone(), wide]);
    Ok(())
}

#[tokio::test]
async fn lines_are_those_of_the_file_whatever_its_cells_hold() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (end, names_again) in [("\n", false), ("\r\n", false), ("\n", true)] {
        let rows: Vec<String> = (0..40)
            .map(|it| row(format!("{}{names_again}{it}", end.len()), "\"a\nb\""))
            .collect();
        let id = Uuid::now_v7();
        let begin = file(&rows[..10], end);
        let import = imported(&tenant, &format!("id={id}"), CSV, &begin).await?;
        assert_eq!(
            counts(&import),
            [&json!(21), &json!(10), &json!(0), &json!(0)],
            "{import}"
        );
        let whole = file(&rows, end);
        let rest = &whole[begin.len()..];
        let rest = if names_again {
            format!("{NAMES}{end}{rest}")
        } else {
            rest.to_owned()
        };
        let import = imported(&tenant, &format!("id={id}&from_line=22"), CSV, &rest).await?;
        assert_eq!(
            counts(&import),
            [&json!(81), &json!(40), &json!(0), &json!(0)],
            "{import}"
        );
        let import = imported(&tenant, &format!("id={id}"), CSV, &whole).await?;
        assert_eq!(
            counts(&import),
            [&json!(81), &json!(40), &json!(0), &json!(0)],
            "{import}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_refusal_names_the_line_on_which_its_row_begins() -> Result<()> {
    let tenant = Tenant::open().await?;
    let bad = "x,thing_done,never,v,".to_owned();
    for end in ["\n", "\r\n"] {
        let rows = [row(1, "a"), bad.clone(), row(2, "a"), bad.clone()];
        let import = imported(&tenant, "", CSV, &file(&rows, end)).await?;
        assert_eq!(import["lines"], 5, "{import}");
        assert_eq!(refused_lines(&import), [3, 5], "{import}");
        let blank = String::new();
        let rows = [
            blank.clone(),
            blank,
            row(1, "\"a\n\n\""),
            "  ".to_owned(),
            bad.clone(),
        ];
        let import = imported(&tenant, "", CSV, &file(&rows, end)).await?;
        assert_eq!(import["lines"], 8, "{import}");
        assert_eq!(refused_lines(&import).last(), Some(&&json!(8)), "{import}");
    }
    // A line ends in LF: of another mark nobody knows where a row ends.
    let error = refused(&tenant, "", &file(&[row(3, "a"), row(4, "a")], "\r")).await?;
    assert_eq!(error["field"], "line 1");
    let mixed = file(
        &[row(3, "a"), format!("{}\r{}", row(4, "a"), row(5, "a"))],
        "\n",
    );
    assert_eq!(refused(&tenant, "", &mixed).await?["field"], "line 3");
    Ok(())
}

#[tokio::test]
async fn a_header_that_the_kind_does_not_have_is_refused_before_any_row() -> Result<()> {
    let tenant = Tenant::open().await?;
    let row = row(1, "x");
    for (query, names, column, known) in [
        ("", format!("{NAMES},properties.p"), "properties.p", "twice"),
        ("", format!("{NAMES}, event"), "event", "twice"),
        ("", format!("{NAMES},plan"), "plan", "properties."),
        ("", format!("{NAMES},"), "column 6", "anonymous_id"),
        (
            "",
            format!("{NAMES},properties"),
            "properties",
            "properties.p",
        ),
        (
            "",
            format!("{NAMES},context.consented"),
            "context.consented",
            "context.consent",
        ),
        ("", "null".to_owned(), "null", "message_id"),
        (
            "kind=persons",
            "message_id,timestamp,traits.nam".to_owned(),
            "traits.nam",
            "traits.name",
        ),
        (
            "kind=deals",
            "message_id,title".to_owned(),
            "title",
            "created_at",
        ),
        (
            "kind=spend",
            "day,channel,currency,sum".to_owned(),
            "sum",
            "amount",
        ),
    ] {
        let error = refused(&tenant, query, &format!("{names}\n{row},y\n")).await?;
        assert_eq!(error["field"], column, "{names}: {error}");
        let rule = error["rule"].as_str().context("a rule")?;
        assert!(rule.contains(known), "{names}: {rule}");
    }
    for nothing in ["", "\n\n", "\u{feff}"] {
        assert_eq!(refused(&tenant, "", nothing).await?["field"], "line 1");
    }
    assert_eq!(properties(&tenant).await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_quote_behind_blanks_is_refused_with_its_row_alone() -> Result<()> {
    let tenant = Tenant::open().await?;
    let names = format!("{NAMES},properties.q");
    let rows = [
        row(1, "a,b"),
        row(2, " \"hello, world\""),
        row(3, "5\" wide,b"),
    ];
    let file = format!("{names}\n{}\n", rows.join("\n"));
    let import = imported(&tenant, "", CSV, &file).await?;
    assert_eq!(
        counts(&import),
        [&json!(4), &json!(2), &json!(0), &json!(1)],
        "{import}"
    );
    assert_eq!(import["errors"][0]["field"], "properties.p", "{import}");
    Ok(())
}

#[tokio::test]
async fn the_rest_of_a_file_is_read_by_the_names_that_it_began_with() -> Result<()> {
    let tenant = Tenant::open().await?;
    let id = Uuid::now_v7();
    let begin = file(&[row(1, "a")], "\n");
    imported(&tenant, &format!("id={id}"), CSV, &begin).await?;
    let import = imported(&tenant, &format!("id={id}&from_line=3"), CSV, &row(2, "b")).await?;
    assert_eq!(
        counts(&import),
        [&json!(3), &json!(2), &json!(0), &json!(0)],
        "{import}"
    );
    // Of the same columns in another order, nobody would notice.
    let turned = NAMES.split(',').rev().collect::<Vec<_>>().join(",");
    let query = format!("id={id}&from_line=4");
    let error = refused(&tenant, &query, &format!("{turned}\n")).await?;
    assert_eq!(error["field"], "line 4", "{error}");
    // Of other columns, or written otherwise, it is another file.
    let other = begin.replace("properties.p", "properties.q");
    for (query, kind, file) in [
        (format!("id={id}"), CSV, other),
        (format!("id={id}&from_line=4"), NDJSON, "{}\n".to_owned()),
    ] {
        let answer = send(&tenant, &query, kind, file).await?;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{answer:?}");
    }
    let id = Uuid::now_v7();
    imported(&tenant, &format!("id={id}"), NDJSON, "{}\n").await?;
    let query = format!("id={id}&from_line=2");
    let answer = send(&tenant, &query, CSV, row(3, "c")).await?;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn a_cell_is_what_its_field_holds_and_not_what_it_looks_like() -> Result<()> {
    let tenant = Tenant::open().await?;
    let events = [
        ("email_opened", "email_id", "1001", json!("1001")),
        ("email_sent", "campaign", "42", json!("42")),
        ("webinar_attended", "title", "1984", json!("1984")),
        ("page_viewed", "path", "5", json!("5")),
        ("button_clicks", "name", "true", json!("true")),
        ("page_viewed", "title", "[Draft] x", json!("[Draft] x")),
        ("page_viewed", "title", "{name}", json!("{name}")),
        ("page_viewed", "duration_secs", "12.50", json!(12.5)),
        ("api_called", "status", "200", json!(200)),
        ("email_opened", "machine", "FALSE", json!(false)),
        // Of these nobody knows anything.
        (
            "page_viewed",
            "channel_note",
            "[Draft] x",
            json!("[Draft] x"),
        ),
        (
            "page_viewed",
            "p",
            "\"[\"\"a\"\",\"\"b\"\"]\"",
            json!("[\"a\",\"b\"]"),
        ),
        ("thing_done", "p", "1E10", json!("1E10")),
        (
            "thing_done",
            "p",
            "19.999999999999999999",
            json!("19.999999999999999999"),
        ),
        ("thing_done", "p", "007", json!("007")),
        ("thing_done", "p", "1.10", json!("1.10")),
        (
            "thing_done",
            "p",
            "18446744073709551616",
            json!("18446744073709551616"),
        ),
        ("thing_done", "p", "-12", json!(-12)),
        ("thing_done", "p", "12.5", json!(12.5)),
        ("thing_done", "p", "true", json!(true)),
        ("thing_done", "p", "null", json!("null")),
        ("thing_done", "channel", "2024", json!("2024")),
    ];
    let at = ago(2 * YEAR);
    for (number, (event, property, cell, value)) in events.into_iter().enumerate() {
        let file = format!(
            "message_id,event,timestamp,user_id,properties.{property}\n1{number},{event},{at},12{number},{cell}\n"
        );
        let import = imported(&tenant, "", CSV, &file).await?;
        assert_eq!(import["accepted"], 1, "{event} {cell}: {import}");
        let stored = "select properties -> $1 from engine.event where message_key = $2";
        let stored: Value = sqlx::query_scalar(stored)
            .bind(property)
            .bind(message_key(&format!("1{number}")))
            .fetch_one(&tenant.api.mirror)
            .await?;
        assert_eq!(stored, value, "{event} {property} {cell}");
    }
    Ok(())
}

#[tokio::test]
async fn a_list_is_brought_where_the_registry_has_one() -> Result<()> {
    let tenant = Tenant::open().await?;
    let registry = json!({ "events": { "post_read": { "aliases": ["postRead"], "properties": {
        "tags": { "type": "list" }, "about": { "type": "object" }, "size": { "type": "number" },
        "count": { "type": "integer" } } } } });
    let draft = tenant.posted("/v1/event-registries", &registry).await?;
    let path = format!("/v1/event-registries/{}/publish", draft["version"]);
    tenant.post(&path, &json!({})).await?;
    let at = ago(2 * YEAR);
    let file = format!(
        "message_id,event,timestamp,user_id,properties.tags,properties.about,properties.size,properties.count\n\
         1,postRead,{at},1,\"[\"\"a\"\",\"\"b\"\"]\",\"{{\"\"by\"\": 1}}\",1E3,\n\
         2,post_read,{at},1,\"[a\",,,\n\
         3,post_read,{at},1,,,19.999999999999999999,\n\
         4,post_read,{at},1,,,,1.0\n\
         5,other_read,{at},1,[a],,,\n"
    );
    let import = imported(&tenant, "", CSV, &file).await?;
    assert_eq!(refused_lines(&import), [3, 4], "{import}");
    let found = properties(&tenant).await?;
    assert!(
        found.contains(&json!({ "tags": ["a", "b"], "about": { "by": 1 }, "size": 1000.0 })),
        "{found:?}"
    );
    assert!(found.contains(&json!({ "count": 1 })), "{found:?}");
    assert!(found.contains(&json!({ "tags": "[a]" })), "{found:?}");
    Ok(())
}

#[tokio::test]
async fn traits_and_deals_of_digits_and_brackets_are_text() -> Result<()> {
    let tenant = Tenant::open().await?;
    let at = ago(YEAR);
    let people = format!(
        "message_id,timestamp,user_id,traits.phone,traits.company,traits.company_size,traits.twitter\n\
         1,{at},7,41791234567,3,12,[x]\n"
    );
    let import = imported(&tenant, "kind=persons", CSV, &people).await?;
    assert_eq!(import["accepted"], 1, "{import}");
    let deals = format!(
        "message_id,user_id,name,amount,currency,created_at,objections,moves\n\
         1,7,[Q1] deal,12.50,USD,{at},\"[\"\"pricing\"\"]\",\"[{{\"\"to\"\": \"\"won\"\", \"\"at\"\": \"\"{at}\"\"}}]\"\n\
         2,7,12,1,USD,{at},,\n"
    );
    let import = imported(&tenant, "kind=deals", CSV, &deals).await?;
    assert_eq!(import["accepted"], 2, "{import}");
    let found = tenant.json("/v1/deals").await?;
    let mut names: Vec<&str> = found["data"]
        .as_array()
        .context("deals")?
        .iter()
        .filter_map(|it| it["name"].as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["12", "[Q1] deal"]);
    Ok(())
}
