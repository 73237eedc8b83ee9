//! GrowthBook's SDKs download the features by themselves, in a page and on a server, and deal the arms that
//! `POST /v1/assign` deals.

use crate::support::{
    browser::{Browser, serve, site},
    client::do_work,
    experiments::{assign, define_metrics, design, launch},
    segments::define_and_build,
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use tempfile::TempDir;
use tessera_store::Key;
use tokio::process::Command;

const VISITORS: u64 = 2_000;
/// Visitors who have seen their arms before weights changed.
const SEEN: u64 = 500;
/// Visitors who are asked for together, and who are shown what they are dealt.
const AT_A_TIME: usize = 500;
const SHOWN_AT_A_TIME: usize = 50;

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A file of the SDKs, which `scripts/setup test` installs.
pub(super) fn installed(path: &str) -> Result<std::path::PathBuf> {
    let path = repository().join("target/sdks").join(path);
    ensure!(
        path.exists(),
        "{path:?} is not there: run scripts/setup-sdks"
    );
    Ok(path)
}

/// Visitors with one identifier or several.
fn visitor(number: u64) -> Value {
    let mut known = json!({ "anonymous_id": format!("visitor-{number}") });
    let more = number % 4;
    if more > 0 {
        known["user_id"] = json!((number * 7_919).to_string());
    }
    if more > 1 {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        known["wallet"] = json!(Key(bytes).to_string());
    }
    if more > 2 {
        known["email"] = json!(format!("person{number}@example.com"));
    }
    known
}

fn is_keen(number: u64) -> bool {
    number.is_multiple_of(8)
}

/// An experiment with these weights, and more that is said of its allocation.
fn dealt(weights: &[u16], more: Value) -> Value {
    let mut made = design();
    let values = [json!("a"), json!(2), json!({ "shape": "round" })];
    let arms = weights.iter().zip(values).enumerate();
    made["allocation"]["arms"] = arms
        .map(|(at, (weight, value))| {
            json!({ "key": format!("arm-{at}"), "value": value, "weight_bps": weight })
        })
        .collect();
    for (field, value) in more.as_object().into_iter().flatten() {
        made["allocation"][field] = value.clone();
    }
    made
}

fn experiments() -> [(&'static str, Value); 10] {
    let part = |from: u16, to: u16| {
        let namespace = json!({ "key": "page", "from_bps": from, "to_bps": to });
        dealt(&[2_500, 7_500], json!({ "namespace": namespace }))
    };
    let of = |segments: Value| dealt(&[5_000, 5_000], json!({ "segments": segments }));
    [
        (
            "old-hash",
            dealt(
                &[1_000, 2_000, 7_000],
                json!({ "hash_version": 1, "hash_attribute": "user_id", "coverage_bps": 6_000 }),
            ),
        ),
        ("uneven", dealt(&[500, 9_500], json!({}))),
        (
            "covered",
            dealt(&[3_333, 6_667], json!({ "coverage_bps": 1_234 })),
        ),
        ("part-one", part(0, 3_000)),
        ("part-two", part(3_000, 10_000)),
        ("keen", of(json!({ "any_of": ["keen"] }))),
        ("others", of(json!({ "none_of": ["keen"] }))),
        (
            "signed-in",
            dealt(
                &[5_000, 2_000, 3_000],
                json!({ "hash_attribute": "user_id", "fallback_attribute": "anonymous_id" }),
            ),
        ),
        (
            "by-wallet",
            dealt(
                &[4_000, 6_000],
                json!({ "hash_attribute": "wallet", "sticky": false, "seed": "again" }),
            ),
        ),
        (
            "decided",
            dealt(&[5_000, 5_000], json!({ "hash_attribute": "email" })),
        ),
    ]
}

/// An organisation whose visitors meet all that the rules of a feature can say.
async fn busy() -> Result<Tenant> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let keen = json!({ "event": { "when": { "event": "docs" }, "at_least": 1 } });
    define_and_build(&tenant, "keen", &keen).await?;
    let (messages, names): (Vec<String>, Vec<String>) = (0..VISITORS)
        .filter(|number| is_keen(*number))
        .map(|number| (format!("m-{number}"), format!("visitor-{number}")))
        .unzip();
    let events = messages.iter().zip(&names);
    let events: Vec<_> = events
        .map(|(message, name)| (message.as_str(), "docs", name.as_str(), json!({})))
        .collect();
    tenant.capture(&events).await?;
    let holdout = json!({
        "holdout": { "key": "2026", "hash_attribute": "anonymous_id", "held_out_bps": 1_000 },
        "metrics": [{ "metric": "bought", "role": "primary" }],
    });
    let put = tenant
        .call(Method::PUT, "/v1/holdout", Some(&holdout))
        .await?;
    ensure!(put.status == StatusCode::OK, "{put:?}");
    for (key, design) in experiments() {
        launch(&tenant, key, &design).await?;
    }
    let ship = json!({ "arm": "arm-1", "reason": "It won." });
    tenant.posted("/v1/experiments/decided/ship", &ship).await?;
    do_work(&tenant.api.mirror).await?;
    Ok(tenant)
}

/// Who has seen an arm keeps it from now on, and others are dealt by other weights.
async fn turn_weights(tenant: &Tenant) -> Result<()> {
    for statement in [
        "insert into engine.experiment_allocation
         select organisation, experiment, phase, now(), coverage_bps,
                (select array_agg(weight order by place desc)
                 from unnest(weights_bps) with ordinality turned (weight, place))
         from engine.experiment_allocation
         where experiment in ('uneven', 'signed-in', 'by-wallet')",
        "update engine.organisation set revision = revision + 1",
    ] {
        sqlx::query(statement).execute(&tenant.api.mirror).await?;
    }
    Ok(())
}

/// What an SDK says in a page of another origin.
async fn by_page(api: &str, key: &str, visitors: &Value) -> Result<Vec<Value>> {
    let bundle = installed("node_modules/@growthbook/growthbook/dist/bundles/index.min.js")?;
    let page = "<!doctype html><title>Arms</title><script src=/sdk.js></script><script src=/evaluate.js></script>";
    let files = [
        ("/", page.to_owned()),
        ("/sdk.js", std::fs::read_to_string(bundle)?),
        (
            "/evaluate.js",
            include_str!("../../../sdk/evaluate.js").to_owned(),
        ),
        ("/visitors", visitors.to_string()),
    ];
    let site = site(BTreeMap::from(files)).await?;
    let browser = Browser::start().await?;
    browser.open(&site).await?;
    let script = format!(
        "return (async () => {{
             const visitors = await (await fetch('/visitors')).json();
             return [...evaluate(await download('{api}', '{key}'), visitors)];
         }})()"
    );
    let answers = browser.run(&script).await?;
    Ok(answers.as_array().context("answers")?.clone())
}

/// What an SDK says on a server.
async fn by_server(api: &str, key: &str, visitors: &Value) -> Result<Vec<Value>> {
    let folder = TempDir::new()?;
    let file = folder.path().join("visitors.json");
    std::fs::write(&file, visitors.to_string())?;
    let asked = Command::new(installed("bin/python")?)
        .arg(repository().join("tests/sdk/evaluate.py"))
        .arg(&file)
        .args([api, key])
        .output();
    let said = asked.await?;
    ensure!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    Ok(serde_json::from_slice(&said.stdout)?)
}

#[tokio::test]
async fn what_an_sdk_deals_by_itself_is_what_the_server_deals() -> Result<()> {
    let tenant = busy().await?;
    let visitors: Vec<Value> = (0..VISITORS).map(visitor).collect();
    let (seen, _) = visitors.split_at(usize::try_from(SEEN)?);
    for some in seen.chunks(SHOWN_AT_A_TIME) {
        assign(&tenant, &json!(some), true).await?;
    }
    turn_weights(&tenant).await?;
    let mut ours = Vec::new();
    for some in visitors.chunks(AT_A_TIME) {
        ours.extend(assign(&tenant, &json!(some), false).await?);
    }
    let asked: Value = (0..VISITORS)
        .zip(visitors.iter().zip(&ours))
        .map(|(number, (visitor, answer))| {
            let mut attributes = visitor.clone();
            let segments: &[&str] = if is_keen(number) { &["keen"] } else { &[] };
            attributes["segments"] = json!(segments);
            json!({ "attributes": attributes, "sticky": answer["sticky"] })
        })
        .collect();
    let (api, _running) = serve(&tenant).await?;
    let key = tenant.key("write").await?;
    let page = by_page(&api, &key, &asked).await?;
    let server = by_server(&api, &key, &asked).await?;
    ensure!(page.len() == ours.len() && server.len() == ours.len());
    let mut dealt = BTreeSet::new();
    for (number, our) in ours.iter().enumerate() {
        let features = our["features"].as_array().context("features")?;
        ensure!(features.len() == experiments().len(), "{our}");
        for feature in features {
            let key = feature["feature"].as_str().context("a feature")?;
            let expected = (&feature["value"], &feature["arm"]["arm"]);
            for (sdk, said) in [("JavaScript", &page[number]), ("Python", &server[number])] {
                let said = (&said[key]["value"], &said[key]["key"]);
                ensure!(
                    said == expected,
                    "{sdk}, {key}, {number}: {said:?}, not {expected:?}"
                );
            }
            dealt.insert(format!(
                "{key} {} {}",
                expected.1, feature["arm"]["seen_before"]
            ));
        }
    }
    for (key, design) in experiments().iter().filter(|(key, _)| *key != "decided") {
        let arms = design["allocation"]["arms"].as_array().context("arms")?;
        for arm in arms.iter().map(|it| &it["key"]) {
            for seen_before in [true, false] {
                let combination = format!("{key} {arm} {seen_before}");
                ensure!(dealt.contains(&combination), "nobody: {combination}");
            }
        }
        ensure!(
            dealt.contains(&format!("{key} null null")),
            "everybody: {key}"
        );
    }
    Ok(())
}
