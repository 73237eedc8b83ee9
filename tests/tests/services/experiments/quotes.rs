//! The arms that quotes are shown with.

use crate::support::{
    client::do_work,
    experiments::{checked, define_metrics, design, launch, refused},
    rows,
    shop::{Shop, in_secs, stock},
    tenant::Tenant,
};
use anyhow::{Context, Result, ensure};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

/// An experiment with quotes, of two arms of the same weight.
fn with_quotes(preset: &str, values: [Value; 2]) -> Value {
    let mut made = design();
    made["preset"] = json!(preset);
    made["allocation"]["hash_attribute"] = json!("wallet");
    let arms = values.into_iter().zip(["one", "two"]);
    made["allocation"]["arms"] = arms
        .map(|(value, key)| json!({ "key": key, "value": value, "weight_bps": 5_000 }))
        .collect();
    made
}

fn display() -> Value {
    let shown = |display: &str| json!({ "display": display });
    with_quotes("pricing_display", [shown("monthly"), shown("annual")])
}

/// An experiment both arms of which speak of an offer.
fn urgent(tactic: &str, offer: &str) -> Value {
    let value = json!({ "tactic": tactic, "offer": offer });
    with_quotes("urgency", [value.clone(), value])
}

async fn tenant() -> Result<Tenant> {
    let tenant = Tenant::open().await?;
    define_metrics(&tenant).await?;
    Ok(tenant)
}

async fn shop() -> Result<Shop> {
    Shop::of(tenant().await?).await
}

fn wallet(number: u8) -> String {
    rows::key(rows::WALLET, number).to_string()
}

async fn quote(tenant: &Tenant, wallet: &str) -> Result<Value> {
    let body = json!({ "segment": "individual", "quantity": 1, "wallet": wallet });
    tenant.posted("/v1/quotes", &body).await
}

/// Properties of all exposures to an experiment, oldest first.
async fn exposures(tenant: &Tenant, experiment: &str) -> Result<Vec<Value>> {
    Ok(sqlx::query_scalar(
        "select properties from engine.event
         where name = 'experiment_exposed' and properties ->> 'experiment' = $1 order by at",
    )
    .bind(experiment)
    .fetch_all(&tenant.api.mirror)
    .await?)
}

/// The only arm of a quote.
fn only_arm(quote: &Value) -> Result<Value> {
    let arms = quote["arms"].as_array().context("arms")?;
    ensure!(arms.len() == 1, "{quote}");
    Ok(arms[0].clone())
}

#[tokio::test]
async fn a_quote_shows_no_arm_without_an_experiment_or_a_wallet() -> Result<()> {
    let tenant = tenant().await?;
    let mut by_wallet = design();
    by_wallet["allocation"]["hash_attribute"] = json!("wallet");
    launch(&tenant, "button", &by_wallet).await?;
    assert_eq!(quote(&tenant, &wallet(1)).await?["arms"], json!([]));
    assert_eq!(exposures(&tenant, "button").await?, Vec::<Value>::new());
    launch(&tenant, "display", &display()).await?;
    let body = json!({ "segment": "individual", "quantity": 1 });
    let of_nobody = tenant.posted("/v1/quotes", &body).await?;
    assert_eq!(of_nobody["arms"], json!([]));
    assert_eq!(exposures(&tenant, "display").await?, Vec::<Value>::new());
    only_arm(&quote(&tenant, &wallet(1)).await?)?;
    assert_eq!(exposures(&tenant, "button").await?, Vec::<Value>::new());
    Ok(())
}

#[tokio::test]
async fn a_quote_that_is_refused_exposes_nobody() -> Result<()> {
    let tenant = tenant().await?;
    launch(&tenant, "display", &display()).await?;
    let wanted =
        json!({ "segment": "individual", "quantity": 1, "wallet": wallet(1), "offer": "NO" });
    assert_eq!(refused(&tenant, "/v1/quotes", &wanted).await?, "offer");
    assert_eq!(exposures(&tenant, "display").await?, Vec::<Value>::new());
    Ok(())
}

#[tokio::test]
async fn urgency_is_shown_as_the_offer_stands() -> Result<()> {
    let shop = shop().await?;
    let end = in_secs(3_600);
    shop.offer("FEW", stock(3)).await?;
    shop.offer("SOON", json!({ "kind": "limited_time", "expires_at": end }))
        .await?;
    let early = json!({ "kind": "early_bird", "until": end, "first_n": 5 });
    shop.offer("EARLY", early).await?;
    for (key, tactic, offer) in [
        ("few", "capacity_limited", "FEW"),
        ("soon", "limited_time", "SOON"),
        ("xearly", "early_bird", "EARLY"),
    ] {
        launch(&shop.tenant, key, &urgent(tactic, offer)).await?;
    }
    shop.quote(&shop.customer().await?, Some("FEW")).await?;
    let buyer = shop.customer().await?;
    // The second time, one of the places is the buyer's.
    for _ in 0..2 {
        let quote = shop.quote(&buyer, Some("FEW")).await?;
        let arms = quote["arms"].as_array().context("arms")?;
        let shown: Vec<&Value> = arms.iter().map(|it| &it["value"]).collect();
        assert_eq!(
            json!(shown),
            json!([
                { "tactic": "capacity_limited", "offer": "FEW", "places_left": 2 },
                { "tactic": "limited_time", "offer": "SOON", "ends_at": end },
                { "tactic": "early_bird", "offer": "EARLY", "ends_at": end, "places_left": 5 },
            ])
        );
    }
    Ok(())
}

#[tokio::test]
async fn urgency_is_not_shown_of_an_offer_that_cannot_be_had() -> Result<()> {
    let shop = shop().await?;
    let end = json!({ "kind": "limited_time", "expires_at": in_secs(3_600) });
    for code in ["OVER", "GONE", "THEIRS"] {
        shop.offer(code, end.clone()).await?;
    }
    shop.offer("LAST", stock(1)).await?;
    for (key, tactic, code) in [
        ("gone", "limited_time", "GONE"),
        ("last", "capacity_limited", "LAST"),
        ("over", "limited_time", "OVER"),
        ("theirs", "limited_time", "THEIRS"),
    ] {
        launch(&shop.tenant, key, &urgent(tactic, code)).await?;
    }
    let withdrawn = shop.tenant.call(Method::DELETE, "/v1/offers/GONE", None);
    assert_eq!(withdrawn.await?.status, StatusCode::NO_CONTENT);
    let first = shop.customer().await?;
    shop.quote(&first, Some("LAST")).await?;
    let past = serde_json::to_string(&in_secs(-1))?;
    let change = |code: &str, path: &str, value: &str| {
        format!(
            "update engine.offer set body = jsonb_set(body, '{path}', '{value}') where code = '{code}'"
        )
    };
    shop.sql(&change("OVER", "{urgency,expires_at}", &past))
        .await?;
    shop.sql(&change("THEIRS", "{segments}", r#"["institutional"]"#))
        .await?;
    let quote = shop.quote(&shop.customer().await?, None).await?;
    let arms = quote["arms"].as_array().context("arms")?;
    assert_eq!(arms.len(), 4, "{quote}");
    for arm in arms {
        assert_eq!(arm["value"], json!({ "tactic": "none" }), "{arm}");
        assert!(arm["arm"] == "one" || arm["arm"] == "two");
    }
    // The last place is still real to who has it.
    let again = shop.quote(&first, Some("LAST")).await?;
    let shown = json!({ "tactic": "capacity_limited", "offer": "LAST", "places_left": 1 });
    assert_eq!(again["arms"][1]["value"], shown);
    Ok(())
}

#[tokio::test]
async fn no_arm_changes_a_price() -> Result<()> {
    let tenant = tenant().await?;
    let mut before = Vec::new();
    for number in 1..=12 {
        before.push(quote(&tenant, &wallet(number)).await?);
    }
    launch(&tenant, "display", &display()).await?;
    let mut seen = std::collections::BTreeSet::new();
    for (number, before) in (1..=12).zip(before) {
        let after = quote(&tenant, &wallet(number)).await?;
        assert_eq!(before["arms"], json!([]));
        for field in ["price", "price_units", "personalised", "breakdown", "offer"] {
            assert_eq!(before[field], after[field], "{field}");
        }
        for arm in after["arms"].as_array().into_iter().flatten() {
            seen.insert(format!("{} {}", arm["experiment"], arm["arm"]));
        }
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
    Ok(())
}

#[tokio::test]
async fn an_account_keeps_its_arm_and_is_counted_once() -> Result<()> {
    let tenant = tenant().await?;
    let mut told_apart = display();
    told_apart["dimensions"] = json!([
        { "property": "segment", "values": ["individual", "trader"] },
        { "property": "country", "values": ["CH"] },
    ]);
    launch(&tenant, "display", &told_apart).await?;
    let first = only_arm(&quote(&tenant, &wallet(1)).await?)?;
    let expected = if first["arm"] == "one" {
        "monthly"
    } else {
        "annual"
    };
    assert_eq!(first["value"], json!({ "display": expected }));
    assert_eq!(
        (&first["experiment"], &first["phase"], &first["preset"]),
        (&json!("display"), &json!(1), &json!("pricing_display"))
    );
    // The weights turn against its arm.
    let weights = if first["arm"] == "one" {
        "{0,10000}"
    } else {
        "{10000,0}"
    };
    for statement in [
        format!(
            "insert into engine.experiment_allocation
             select organisation, experiment, phase, now(), coverage_bps, '{weights}'
             from engine.experiment_allocation"
        ),
        "update engine.organisation set revision = revision + 1".to_owned(),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&tenant.api.mirror)
            .await?;
    }
    assert_eq!(only_arm(&quote(&tenant, &wallet(1)).await?)?, first);
    for number in 2..8 {
        let other = only_arm(&quote(&tenant, &wallet(number)).await?)?;
        assert_ne!(other["arm"], first["arm"]);
    }
    let exposures = exposures(&tenant, "display").await?;
    assert_eq!(exposures.len(), 7);
    assert_eq!(
        exposures[0],
        json!({ "experiment": "display", "arm": first["arm"], "phase": 1,
            "propensity_bps": 5_000, "segment": "individual" })
    );
    let found = checked(&tenant, "display/1").await?;
    assert_eq!((found.people, found.differing, found.sums), (7, 0, 0));
    Ok(())
}

#[tokio::test]
async fn a_quote_shows_what_it_was_given_with_whatever_becomes_of_the_experiment() -> Result<()> {
    let tenant = tenant().await?;
    launch(&tenant, "display", &display()).await?;
    let given = quote(&tenant, &wallet(1)).await?;
    let arm = only_arm(&given)?;
    let other = if arm["arm"] == "one" { "two" } else { "one" };
    let path = format!("/v1/quotes/{}", given["id"].as_str().context("an id")?);
    let because = json!({ "reason": "Enough." });
    let ship = json!({ "arm": other, "reason": "It won." });
    for (act, body) in [
        ("stop", &because),
        ("ship", &ship),
        ("start", &json!({})),
        ("stop", &because),
    ] {
        tenant
            .posted(&format!("/v1/experiments/display/{act}"), body)
            .await?;
        do_work(&tenant.api.mirror).await?;
        assert_eq!(tenant.json(&path).await?["arms"], given["arms"], "{act}");
        let listed = tenant.json("/v1/quotes").await?;
        assert_eq!(listed["data"][0]["arms"], given["arms"], "{act}");
    }
    let accepted = tenant.posted(&format!("{path}/accept"), &json!({})).await?;
    assert_eq!(accepted["arms"], given["arms"]);
    assert_eq!(quote(&tenant, &wallet(1)).await?["arms"], json!([]));
    Ok(())
}

#[tokio::test]
async fn what_is_decided_is_shown_to_everybody_and_exposes_nobody() -> Result<()> {
    let tenant = tenant().await?;
    launch(&tenant, "display", &display()).await?;
    let ship = json!({ "arm": "two", "reason": "It won." });
    tenant.posted("/v1/experiments/display/ship", &ship).await?;
    for number in 1..6 {
        assert_eq!(
            only_arm(&quote(&tenant, &wallet(number)).await?)?,
            json!({ "experiment": "display", "phase": 1, "arm": "two",
                "preset": "pricing_display", "value": { "display": "annual" } })
        );
    }
    assert_eq!(exposures(&tenant, "display").await?, Vec::<Value>::new());
    Ok(())
}

#[tokio::test]
async fn who_is_held_out_sees_no_arm_also_of_what_is_decided() -> Result<()> {
    let tenant = tenant().await?;
    let holdout = json!({
        "holdout": { "key": "2026", "hash_attribute": "wallet", "held_out_bps": 5_000 },
        "metrics": [{ "metric": "bought", "role": "primary" }],
    });
    let put = tenant
        .call(Method::PUT, "/v1/holdout", Some(&holdout))
        .await?;
    assert_eq!(put.status, StatusCode::OK, "{put:?}");
    do_work(&tenant.api.mirror).await?;
    for key in ["decided", "display"] {
        launch(&tenant, key, &display()).await?;
    }
    let ship = json!({ "arm": "two", "reason": "It won." });
    tenant.posted("/v1/experiments/decided/ship", &ship).await?;
    let mut held_out = 0;
    for number in 1..=20 {
        let quote = quote(&tenant, &wallet(number)).await?;
        match quote["arms"].as_array().context("arms")?.len() {
            0 => held_out += 1,
            2 => {}
            _ => anyhow::bail!("{quote}"),
        }
    }
    assert!((4..=16).contains(&held_out), "{held_out}");
    assert_eq!(exposures(&tenant, "display").await?.len(), 20 - held_out);
    let of_holdout = exposures(&tenant, "$holdout:2026").await?;
    let out = of_holdout.iter().filter(|it| it["arm"] == "held_out");
    assert_eq!((out.count(), of_holdout.len()), (held_out, 20));
    Ok(())
}

#[tokio::test]
async fn a_discount_is_shown_with_the_price_that_it_leads_to_and_no_other() -> Result<()> {
    let tenant = tenant().await?;
    let of = async |quantity: u32, number: u8| {
        let body =
            json!({ "segment": "individual", "quantity": quantity, "wallet": wallet(number) });
        tenant.posted("/v1/quotes", &body).await
    };
    let many = of(20, 1).await?;
    let (list, price) = (&many["breakdown"]["list"], &many["breakdown"]["price"]);
    ensure!(list != price, "{many}");
    let presentations = [
        json!({ "presentation": "value_prop", "list_price": list, "price": price, "text": "Less" }),
        json!({ "presentation": "value_prop", "list_price": list, "price": price, "text": "Save" }),
    ];
    let discount = with_quotes("discount_presentation", presentations);
    launch(&tenant, "discount", &discount).await?;
    assert_eq!(of(1, 2).await?["arms"], json!([]));
    assert_eq!(exposures(&tenant, "discount").await?.len(), 0);
    let shown = only_arm(&of(20, 2).await?)?;
    assert_eq!(&shown["value"]["price"], price);
    assert_eq!(exposures(&tenant, "discount").await?.len(), 1);
    Ok(())
}
