//! The page that the documents show an experiment with, in a real browser.

use super::sdks::installed;
use crate::support::{
    browser::{Browser, serve, site},
    experiments::{arm, assign, define_metrics, design, launch},
    tenant::Tenant,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, time::Duration};
use tessera_tests::eventually;

/// How long a browser may take to show an arm and to send that it did.
const PATIENCE: Duration = Duration::from_secs(20);
/// What `docs/examples/experiment.html` says of a demo on this machine.
const API: &str = "http://127.0.0.1:8080";
const KEY: &str = "tsk_write_…";

/// The page with its script and the SDK; its origin.
async fn page(api: &str, key: &str) -> Result<String> {
    let sdk = installed("node_modules/@growthbook/growthbook/dist/bundles/esm.min.js")?;
    let page = include_str!("../../../../docs/examples/experiment.html");
    let script = include_str!("../../../../docs/examples/experiment.js");
    let files = [
        ("/", page.replace(API, api).replace(KEY, key)),
        ("/experiment.js", script.to_owned()),
        ("/growthbook.js", fs::read_to_string(sdk)?),
    ];
    site(BTreeMap::from(files)).await
}

/// The button as it is shown, and what the browser keeps.
async fn shown(browser: &Browser) -> Result<Value> {
    let look = "return [document.getElementById('checkout').className, Object.keys(localStorage)]";
    browser.run(look).await
}

/// The arms that were seen, the first one first, once there are so many.
async fn exposed(tenant: &Tenant, number: usize) -> Result<Vec<String>> {
    let all =
        "select properties->>'arm' from engine.event where name = 'experiment_exposed' order by at";
    eventually(PATIENCE, async || {
        let arms: Vec<String> = sqlx::query_scalar(all)
            .fetch_all(&tenant.api.mirror)
            .await?;
        Ok(if arms.len() >= number {
            Ok(arms)
        } else {
            Err(format!("{arms:?}"))
        })
    })
    .await
}

/// Everybody who is dealt an arm from now on is dealt the base.
async fn deal_the_base(tenant: &Tenant) -> Result<()> {
    for statement in [
        "insert into engine.experiment_allocation
         select organisation, experiment, phase, now(), coverage_bps, array[10000, 0]
         from engine.experiment_allocation where experiment = 'checkout-button'",
        "update engine.organisation set revision = revision + 1",
    ] {
        sqlx::query(statement).execute(&tenant.api.mirror).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_page_shows_the_base_until_consent_and_keeps_the_arm_until_it_ends() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "checkout-button", &design()).await?;
    let names: Vec<String> = (0..50).map(|it| format!("visitor-{it}")).collect();
    let visitors: Value = names
        .iter()
        .map(|it| json!({ "anonymous_id": it }))
        .collect();
    let dealt = assign(&tenant, &visitors, false).await?;
    let mut found = names.iter().zip(&dealt);
    let is_round = |it: &Value| arm(it, "checkout-button") == "round";
    let (name, _) = found.find(|(_, it)| is_round(it)).context("a visitor")?;
    let (api, _running) = serve(&tenant).await?;
    let site = page(&api, &tenant.key("write").await?).await?;
    let browser = Browser::start().await?;
    browser.open(&site).await?;
    assert_eq!(shown(&browser).await?, json!(["plain", []]));
    // The script makes an id only where there is none.
    let choose = format!("localStorage.tesseraVisitor = '{name}'");
    browser.run(&choose).await?;
    browser.click("#yes").await?;
    assert_eq!(exposed(&tenant, 1).await?, ["round"]);
    assert_eq!(shown(&browser).await?[0], "round");
    deal_the_base(&tenant).await?;
    browser.open(&site).await?;
    assert_eq!(exposed(&tenant, 2).await?, ["round", "round"]);
    assert_eq!(shown(&browser).await?[0], "round");
    browser.click("#no").await?;
    eventually(PATIENCE, async || {
        let left = shown(&browser).await?;
        Ok(if left == json!(["plain", []]) {
            Ok(())
        } else {
            Err(left.to_string())
        })
    })
    .await
}
