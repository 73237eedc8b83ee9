//! What a real browser sends from a page of another origin, by itself and by the script for pages.

use crate::support::{
    browser::{Browser, serve, site},
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tessera_tests::eventually;
use tokio_util::sync::DropGuard;

/// How long a browser may take to send.
const PATIENCE: Duration = Duration::from_secs(20);
/// What `docs/examples/page.html` says of a demo on this machine.
const API: &str = "http://127.0.0.1:8080";
const KEY: &str = "tsk_write_…";

/// An API on a socket, a site of another origin, and a browser.
struct Stage {
    tenant: Tenant,
    api: String,
    key: String,
    site: String,
    browser: Browser,
    _running: DropGuard,
}

impl Stage {
    /// With the page of the documents, changed by `change`.
    async fn set(change: impl Fn(String) -> String) -> Result<Self> {
        let tenant = Tenant::open().await?;
        let (api, running) = serve(&tenant).await?;
        let key = tenant.key("write").await?;
        let page = include_str!("../../../../docs/examples/page.html");
        let page = change(page.replace(API, &api).replace(KEY, &key));
        let script = include_str!("../../../../docs/examples/page.js").to_owned();
        let empty = "<!doctype html><title>Empty</title>".to_owned();
        let files = [("/", page), ("/page.js", script), ("/empty", empty)];
        Ok(Self {
            site: site(BTreeMap::from(files)).await?,
            browser: Browser::start().await?,
            tenant,
            api,
            key,
            _running: running,
        })
    }

    /// Names and properties of all events of clients, oldest first.
    async fn events(&self) -> Result<Vec<(String, Value)>> {
        let all = "select name, properties from engine.event where source = 'client' order by at";
        Ok(sqlx::query_as(all)
            .fetch_all(&self.tenant.api.mirror)
            .await?)
    }

    /// The events, once there are so many.
    async fn until(&self, number: usize) -> Result<Vec<(String, Value)>> {
        eventually(PATIENCE, async || {
            let events = self.events().await?;
            Ok(if events.len() >= number {
                Ok(events)
            } else {
                Err(format!("{events:?}"))
            })
        })
        .await
    }

    /// What the page has asked of the API, and what it has kept.
    async fn traces(&self) -> Result<Value> {
        let look = "return [performance.getEntriesByType('resource').map(it => it.name)
                            .filter(it => it.includes('/v1/')), Object.keys(localStorage)]";
        self.browser.run(look).await
    }

    /// What the API answers a page that POSTs an event with a token in the header: the status and the
    /// problem's type.
    async fn fetch(&self, token: &str, message: &str) -> Result<Value> {
        let body = json!({ "message_id": message, "event": "by_fetch", "anonymous_id": "v" });
        let (api, body) = (&self.api, body.to_string());
        let script = format!(
            "const answer = await fetch('{api}/v1/events', {{ method: 'POST', body: {body:?},
                 headers: {{ authorization: 'Bearer {token}', 'content-type': 'application/json' }} }});
             return [answer.status, (await answer.json()).type ?? null];"
        );
        self.browser
            .run(&format!("return (async () => {{ {script} }})()"))
            .await
    }

    async fn list_origins(&self, origins: &Value) -> Result<()> {
        let body = json!({ "capture_origins": origins });
        let changed = self
            .tenant
            .call(Method::PATCH, "/v1/organisation", Some(&body))
            .await?;
        ensure!(changed.status == StatusCode::NO_CONTENT, "{changed:?}");
        Ok(())
    }
}

#[tokio::test]
async fn a_page_of_another_origin_sends_by_fetch_and_by_beacon() -> Result<()> {
    let stage = Stage::set(|page| page).await?;
    let page = format!("{}/empty", stage.site);
    stage.browser.open(&page).await?;
    let refused = "urn:tessera:problem:not-a-page-key";
    let admin_key = stage.tenant.admin_key.clone();
    assert_eq!(stage.fetch(&admin_key, "1").await?, json!([403, refused]));
    stage.list_origins(&json!(["https://shop.example"])).await?;
    let refused = "urn:tessera:problem:unlisted-origin";
    assert_eq!(stage.fetch(&stage.key, "2").await?, json!([403, refused]));
    stage.list_origins(&json!([stage.site])).await?;
    assert_eq!(stage.fetch(&stage.key, "3").await?, json!([200, null]));
    stage.list_origins(&json!(null)).await?;
    let (api, key) = (&stage.api, &stage.key);
    let event = json!({ "message_id": "4", "event": "by_beacon", "anonymous_id": "v" });
    let keyed = json!({ "key": key, "events": [{ "message_id": "5", "event": "by_beacon", "anonymous_id": "v" }] });
    let (event, keyed) = (event.to_string(), keyed.to_string());
    let sent = stage
        .browser
        .run(&format!(
            "return [navigator.sendBeacon('{api}/v1/events?key={key}', {event:?}),
                     navigator.sendBeacon('{api}/v1/events/batch', {keyed:?})]"
        ))
        .await?;
    assert_eq!(sent, json!([true, true]));
    let mut names: Vec<String> = stage.until(3).await?.into_iter().map(|it| it.0).collect();
    names.sort();
    assert_eq!(names, ["by_beacon", "by_beacon", "by_fetch"]);
    Ok(())
}

#[tokio::test]
async fn the_script_sends_views_clicks_and_forms_but_nothing_that_is_typed() -> Result<()> {
    let stage = Stage::set(|page| page.replace(" data-consent=\"ask\"", "")).await?;
    let (browser, site) = (&stage.browser, &stage.site);
    browser
        .open(&format!("{site}/?utm_source=letter&token=secret"))
        .await?;
    browser.click("[data-name=whitepaper]").await?;
    browser.click("#pricing").await?;
    browser.type_into("input", "ada@example.com").await?;
    browser.click("form button").await?;
    let visitor = browser.run("return localStorage.tesseraVisitor").await?;
    // What has not been sent is sent when the page goes.
    browser.open(&format!("{site}/empty")).await?;
    let events = stage.until(8).await?;
    let found: Vec<Value> = events
        .iter()
        .map(|(name, it)| json!([name, it["path"], it["name"]]))
        .collect();
    let expected = json!([
        ["page_viewed", "/", null],
        ["button_clicked", "/", "whitepaper"],
        ["button_clicked", "/", "pricing"],
        ["page_viewed", "/pricing", null],
        ["pricing_page_visited", null, null],
        ["button_clicked", "/pricing", "Ask for a demo"],
        ["form_submitted", "/pricing", "demo"],
        ["demo_requested", null, null],
    ]);
    assert_eq!(json!(found), expected);
    let (_, view) = events.first().context("a view")?;
    assert_eq!(view["url"], format!("{site}/?utm_source=letter"));
    assert_eq!(
        view["machine"], true,
        "the browser says that it is headless"
    );
    let text = json!(events).to_string();
    assert!(!text.contains("ada@") && !text.contains("secret"), "{text}");
    let people = "select count(distinct person) from engine.event where source = 'client'";
    let people: i64 = sqlx::query_scalar(people)
        .fetch_one(&stage.tenant.api.mirror)
        .await?;
    assert_eq!(people, 1);
    // One visitor for as long as the browser remembers.
    browser.open(site).await?;
    assert_eq!(stage.until(9).await?.len(), 9);
    let again = browser.run("return localStorage.tesseraVisitor").await?;
    assert!(visitor.is_string() && visitor == again, "{visitor} {again}");
    Ok(())
}

#[tokio::test]
async fn the_script_sends_in_parts_what_is_more_than_a_browser_takes_at_once() -> Result<()> {
    let stage = Stage::set(|page| page.replace(" data-consent=\"ask\"", "")).await?;
    stage.browser.open(&stage.site).await?;
    let track = "for (let i = 0; i < 24; i++)
        tessera.track('bought', { i, one: 'a'.repeat(2000), other: 'b'.repeat(2000) })";
    stage.browser.run(track).await?;
    let events = stage.until(25).await?;
    let bought = events.iter().filter(|(name, _)| name == "bought");
    // Each part is dated by how long it was under way, so their order is not that of the page.
    let found: BTreeSet<u64> = bought.filter_map(|(_, it)| it["i"].as_u64()).collect();
    assert_eq!(found, (0..24).collect());
    assert_eq!(events.len(), 25);
    Ok(())
}

#[tokio::test]
async fn the_script_neither_stores_nor_sends_before_consent_and_forgets_when_it_ends() -> Result<()>
{
    let stage = Stage::set(|page| page).await?;
    let browser = &stage.browser;
    browser.open(&stage.site).await?;
    browser.click("#pricing").await?;
    browser.click("form button").await?;
    browser.click("#no").await?;
    assert_eq!(stage.traces().await?, json!([[], []]));
    // What came before is not sent later either.
    browser.run("tessera.consent(true)").await?;
    let events = stage.until(1).await?;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["page_viewed"]);
    browser.run("tessera.consent(false)").await?;
    browser.click("[data-name=whitepaper]").await?;
    let kept = browser.run("return Object.keys(localStorage)").await?;
    assert_eq!(kept, json!([]));
    // Leaving would send what waits.
    browser.open(&format!("{}/empty", stage.site)).await?;
    stage.fetch(&stage.key, "last").await?;
    assert_eq!(stage.until(2).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn the_script_leaves_a_browser_alone_that_objects() -> Result<()> {
    let stage = Stage::set(|page| {
        let objects = "<script>Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })</script>";
        let page = page.replace("script-src", "script-src 'unsafe-inline'");
        page.replace("<script async", &format!("{objects}\n<script async"))
    })
    .await?;
    let browser = &stage.browser;
    browser.open(&stage.site).await?;
    let objects = browser
        .run("tessera.consent(true); tessera.identify('user-1'); return navigator.globalPrivacyControl")
        .await?;
    assert_eq!(objects, true);
    browser.click("#pricing").await?;
    assert_eq!(stage.traces().await?, json!([[], []]));
    Ok(())
}
