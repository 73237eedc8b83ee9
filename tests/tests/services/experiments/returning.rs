//! Phases that are for new people: who has seen an arm of an earlier phase takes no part.

use crate::support::{
    client::do_work,
    experiments::{arm, assign, checked, define_metrics, design, launch, refused},
    rows,
    tenant::Tenant,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// Ends the phase that runs, and begins one for new people.
async fn begin_again(tenant: &Tenant, key: &str) -> Result<()> {
    let because = json!({ "reason": "Enough." });
    let path = format!("/v1/experiments/{key}");
    tenant.posted(&format!("{path}/stop"), &because).await?;
    let only_new = json!({ "only_new": true });
    tenant.posted(&format!("{path}/start"), &only_new).await?;
    do_work(&tenant.api.mirror).await?;
    Ok(())
}

/// How many people a phase counts, in arms or as such who saw several.
async fn counted(tenant: &Tenant, name: &str) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "select coalesce(sum(amount), 0)::bigint from engine.projection_sum
         join engine.projection on projection.id = projection_sum.projection
         where kind = 'experiment' and name = $1 and measure < 2",
    )
    .bind(name)
    .fetch_one(&tenant.api.mirror)
    .await?)
}

#[tokio::test]
async fn a_phase_for_new_people_has_to_remember_arms() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut forgetful = design();
    forgetful["allocation"]["sticky"] = json!(false);
    launch(&tenant, "button", &forgetful).await?;
    let path = "/v1/experiments/button";
    let because = json!({ "reason": "Enough." });
    tenant.posted(&format!("{path}/stop"), &because).await?;
    let only_new = json!({ "only_new": true });
    let field = refused(&tenant, &format!("{path}/start"), &only_new).await?;
    assert_eq!(field, "design.allocation.sticky");
    Ok(())
}

#[tokio::test]
async fn who_saw_an_earlier_phase_takes_no_part_in_one_for_new_people() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    let old = json!([{ "anonymous_id": "old" }]);
    assert!(arm(&assign(&tenant, &old, true).await?[0], "button").is_string());
    begin_again(&tenant, "button").await?;
    let both = json!([{ "anonymous_id": "old" }, { "anonymous_id": "new" }]);
    let seen = assign(&tenant, &both, true).await?;
    assert_eq!(
        seen[0]["features"],
        json!([{ "feature": "button", "value": "plain", "arm": null }])
    );
    assert_eq!(seen[1]["features"][0]["arm"]["phase"], 2);
    // A page blocks those who have an arm of a version below the least that counts.
    let assignments = &seen[0]["sticky"]["anonymous_id||old"]["assignments"];
    assert!(assignments["button__1"].is_string(), "{assignments}");
    assert_eq!(assignments["button__2"], Value::Null);
    assert_eq!(counted(&tenant, "button/2").await?, 1);
    let found = checked(&tenant, "button/2").await?;
    assert_eq!((found.differing, found.sums), (0, 0));
    Ok(())
}

#[tokio::test]
async fn a_page_that_shows_an_arm_to_who_saw_an_earlier_phase_does_not_count() -> Result<()> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    launch(&tenant, "button", &design()).await?;
    assign(&tenant, &json!([{ "anonymous_id": "old" }]), true).await?;
    begin_again(&tenant, "button").await?;
    let shown = |phase: u32| json!({ "experiment": "button", "arm": "round", "phase": phase });
    tenant
        .capture(&[
            ("m1", "experiment_exposed", "old", shown(2)),
            ("m2", "experiment_exposed", "late", shown(2)),
            ("m3", "bought", "late", json!({ "size": 3 })),
        ])
        .await?;
    assert_eq!(counted(&tenant, "button/2").await?, 1);
    // That this one was shown an arm of the first phase is heard of afterwards.
    tenant
        .capture(&[("m4", "experiment_exposed", "late", shown(1))])
        .await?;
    assert_eq!(counted(&tenant, "button/2").await?, 0);
    let seen = assign(&tenant, &json!([{ "anonymous_id": "late" }]), false).await?;
    assert_eq!(arm(&seen[0], "button"), &Value::Null);
    let found = checked(&tenant, "button/2").await?;
    assert_eq!((found.people, found.differing, found.sums), (2, 0, 0));
    Ok(())
}

#[tokio::test]
async fn a_quote_shows_no_arm_of_a_phase_for_new_people_to_a_wallet_of_an_earlier_one() -> Result<()>
{
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    let mut priced = design();
    priced["preset"] = json!("pricing_display");
    priced["allocation"]["hash_attribute"] = json!("wallet");
    priced["allocation"]["arms"] = json!([
        { "key": "one", "value": { "display": "monthly" }, "weight_bps": 5_000 },
        { "key": "two", "value": { "display": "annual" }, "weight_bps": 5_000 },
    ]);
    launch(&tenant, "display", &priced).await?;
    let arms = async |number: u8| {
        let wallet = rows::key(rows::WALLET, number).to_string();
        let wanted = json!({ "segment": "individual", "quantity": 1, "wallet": wallet });
        let quote = tenant.posted("/v1/quotes", &wanted).await?;
        anyhow::Ok(quote["arms"].as_array().context("arms")?.len())
    };
    assert_eq!(arms(1).await?, 1);
    begin_again(&tenant, "display").await?;
    assert_eq!((arms(1).await?, arms(2).await?), (0, 1));
    assert_eq!(counted(&tenant, "display/2").await?, 1);
    Ok(())
}
