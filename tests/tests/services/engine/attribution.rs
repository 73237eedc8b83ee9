//! Attribution: hand-computed credit, conserved to the last unit.

use crate::support::{
    past::{Fact, browser, chain, day, event, mint_address, visit, wallet},
    rows,
    tenant::{Tenant, call},
};
use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tessera_store::mirror::plan::PlanRow;

const PATH: &str = "/v1/query/attribution";

/// ann: ads, blog, mail, then a subscription of 100, a renewal of 100 and a refund of 50. bob: blog,
/// ads, then a subscription of 60. cid: ads and nothing.
fn three_people() -> Vec<Result<Fact>> {
    vec![
        visit("ann", 0, "ads"),
        visit("ann", 1, "blog"),
        visit("ann", 2, "mail"),
        chain("ann", 3, "subscribed", "a", 1, 100),
        chain("ann", 33, "charged", "a", 1, 100),
        chain("ann", 34, "refunded", "a", 1, 50),
        visit("bob", 0, "blog"),
        visit("bob", 1, "ads"),
        chain("bob", 2, "subscribed", "b", 1, 60),
        visit("cid", 0, "ads"),
    ]
}

/// A channel's conversions in millionths and its revenue under a model.
fn credit(answer: &Value, model: &str, channel: &str) -> Option<(u64, u64)> {
    let models = answer["models"].as_array()?;
    let model = models.iter().find(|it| it["model"] == model)?;
    let channels = model["channels"].as_array()?;
    let channel = channels.iter().find(|it| it["channel"] == channel)?;
    let number = |name: &str| channel[name].as_str()?.parse().ok();
    Some((number("conversion_micros")?, number("revenue")?))
}

#[tokio::test]
async fn questions_that_mean_nothing_are_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (body, field) in [
        (json!({ "models": ["magic"] }), "models[0]"),
        (json!({ "models": [] }), "models"),
        (json!({ "models": ["last", "last"] }), "models"),
        (json!({ "from": day(3), "until": day(3) }), "until"),
        (
            json!({ "rules": { "half_life_secs": 0 } }),
            "rules.half_life_secs",
        ),
        (
            json!({ "rules": { "lookback_secs": 1_000_000_000_000_i64 } }),
            "rules.lookback_secs",
        ),
        (json!({ "mint": "x" }), "mint"),
        (json!({ "channels": 0 }), "channels"),
        (json!({ "bootstrap": { "rounds": 99 } }), "bootstrap.rounds"),
        (
            json!({ "bootstrap": { "rounds": 1_001 } }),
            "bootstrap.rounds",
        ),
        (json!({ "guess": 1 }), "guess"),
    ] {
        let fields = tenant.refused_fields(PATH, &body).await?;
        assert_eq!(fields, [field], "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn a_write_key_asks_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let key = tenant.key("write").await?;
    let asked = call(&tenant.api, Method::POST, PATH, &key, Some(&json!({}))).await?;
    asked.refusal(PATH, StatusCode::FORBIDDEN)?;
    Ok(())
}

#[tokio::test]
async fn an_empty_stream_earns_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let answer = tenant.posted(PATH, &json!({})).await?;
    assert_eq!(answer["mint"], Value::Null);
    assert_eq!(
        (&answer["conversions"], &answer["revenue"]),
        (&json!(0), &json!("0"))
    );
    assert_eq!(answer["models"].as_array().map(Vec::len), Some(8));
    assert_eq!(answer["removal_effects"], json!({}));
    Ok(())
}

#[tokio::test]
async fn three_people_are_attributed_as_by_hand() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant.happened(three_people()).await?;
    let answer = tenant.posted(PATH, &json!({})).await?;
    assert_eq!(answer["mint"], mint_address(1));
    assert_eq!(answer["journeys"], 3);
    assert_eq!(answer["conversions"], 2);
    assert_eq!(answer["revenue"], "210");
    for (model, ads, blog, mail) in [
        ("first", (1_000_000, 150), (1_000_000, 60), (0, 0)),
        ("last", (1_000_000, 60), (0, 0), (1_000_000, 150)),
        ("position", (900_000, 90), (700_000, 60), (400_000, 60)),
        // Removal effects 3/4, 2/3 and 1/2: shares of 9, 8 and 6 of 23.
        ("markov", (782_609, 82), (695_652, 73), (521_739, 55)),
    ] {
        assert_eq!(credit(&answer, model, "ads"), Some(ads), "{model}");
        assert_eq!(credit(&answer, model, "blog"), Some(blog), "{model}");
        assert_eq!(credit(&answer, model, "mail"), Some(mail), "{model}");
    }
    for (channel, revenue) in [("ads", 80), ("blog", 80), ("mail", 50)] {
        let linear = credit(&answer, "linear", channel).context("linear")?;
        assert_eq!(linear.1, revenue);
    }
    for (channel, effect) in [("ads", 3.0 / 4.0), ("blog", 2.0 / 3.0), ("mail", 0.5)] {
        let found = answer["removal_effects"][channel].as_f64().context("f64")?;
        assert!((found - effect).abs() < 1e-12, "{channel}: {found}");
    }
    // mail: 0 under first and 1/2 under last.
    let widest = &answer["disagreement"][0];
    assert_eq!(widest["channel"], "blog");
    assert_eq!(widest["lowest"]["share"], 0.0);
    assert_eq!(widest["highest"]["share"], 0.5);
    Ok(())
}

#[tokio::test]
async fn credit_adds_up_under_every_model_however_few_channels_are_shown() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant.happened(three_people()).await?;
    for shown in [1, 2, 100] {
        let answer = tenant.posted(PATH, &json!({ "channels": shown })).await?;
        let models = answer["models"].as_array().context("models")?;
        assert_eq!(models.len(), 8);
        for model in models {
            let channels = model["channels"].as_array().context("channels")?;
            assert!(channels.len() <= shown);
            let sum = |name: &str| {
                let of = |it: &Value| it[name].as_str()?.parse::<u64>().ok();
                channels.iter().filter_map(of).sum::<u64>() + of(&model["other"]).unwrap_or(0)
            };
            assert_eq!(sum("conversion_micros"), 2_000_000, "{model}");
            assert_eq!(sum("revenue"), 210, "{model}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn amounts_of_two_mints_are_never_added() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut facts = three_people();
    facts.push(visit("dan", 0, "mail"));
    facts.push(chain("dan", 1, "subscribed", "d", 2, 7));
    tenant.happened(facts).await?;
    let answer = tenant.posted(PATH, &json!({})).await?;
    assert_eq!(answer["conversions"], 3);
    assert_eq!(
        (&answer["mint"], &answer["currency"]),
        (&json!(null), &json!("USD"))
    );
    let both = [1, 2].map(mint_address);
    assert_eq!(left_out(&answer), BTreeSet::from(both));
    let models = answer["models"].as_array().context("models")?;
    for model in models {
        let channels = model["channels"].as_array().context("channels")?;
        for part in channels.iter().chain([model, &model["other"]]) {
            assert_eq!(part["revenue"], Value::Null, "{part}");
        }
    }
    for (mint, conversions, revenue) in [(1, 2, "210"), (2, 1, "7")] {
        let body = json!({ "mint": mint_address(mint) });
        let answer = tenant.posted(PATH, &body).await?;
        assert_eq!(answer["conversions"], conversions);
        assert_eq!(answer["revenue"], revenue);
    }
    // Of one range, one mint is left.
    let body = json!({ "from": day(2) });
    assert_eq!(tenant.posted(PATH, &body).await?["revenue"], "210");
    Ok(())
}

#[tokio::test]
async fn amounts_of_two_mints_add_in_dollars_by_stated_rates() -> Result<()> {
    let tenant = Tenant::open().await?;
    let conn = &mut *tenant.api.mirror.acquire().await?;
    let plan = |number, decimals| PlanRow {
        mint: rows::key(rows::MINT, number),
        decimals,
        ..rows::plan(number, 1)
    };
    rows::upsert(conn, &[plan(1, 6), plan(2, 9)]).await?;
    let facts = vec![
        visit("ann", 0, "ads"),
        chain("ann", 1, "subscribed", "a", 1, 5_000_000),
        visit("dan", 0, "mail"),
        chain("dan", 1, "subscribed", "d", 2, 2_000_000_000),
    ];
    tenant.happened(facts).await?;
    for (mint, from, usd) in [
        (1, "2025-01-01", "1"),
        (2, "2026-01-01", "150"),
        (2, "2026-02-01", "99"),
    ] {
        let rate = json!({ "currency": mint_address(mint), "from": from, "usd": usd });
        let answer = tenant
            .call(Method::PUT, "/v1/exchange-rates", Some(&rate))
            .await?;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
    // Those in force at the end: day 20 is in January.
    let answer = tenant.posted(PATH, &json!({ "until": day(20) })).await?;
    assert_eq!(answer["revenue"], "305000000");
    assert_eq!(
        credit(&answer, "last", "mail"),
        Some((1_000_000, 300_000_000))
    );
    assert_eq!(left_out(&answer), BTreeSet::new());
    let used: BTreeSet<_> = answer["rates"]
        .as_array()
        .context("rates")?
        .iter()
        .filter_map(|rate| Some((rate["from"].as_str()?, rate["usd"].as_str()?)))
        .collect();
    assert_eq!(
        used,
        BTreeSet::from([("2025-01-01", "1"), ("2026-01-01", "150")])
    );
    let answer = tenant.posted(PATH, &json!({})).await?;
    assert_eq!(answer["revenue"], "203000000");
    Ok(())
}

/// The currencies that an answer says have no rate.
fn left_out(answer: &Value) -> BTreeSet<String> {
    let named = answer["without_rate"].as_array().into_iter().flatten();
    named
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn what_is_refunded_whole_still_converted_and_earned_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    let facts = vec![
        visit("ann", 0, "ads"),
        chain("ann", 1, "subscribed", "a", 1, 100),
        chain("ann", 2, "refunded", "a", 1, 900),
    ];
    tenant.happened(facts).await?;
    let answer = tenant.posted(PATH, &json!({})).await?;
    assert_eq!(credit(&answer, "last", "ads"), Some((1_000_000, 0)));
    // Before the refund it had earned.
    let answer = tenant.posted(PATH, &json!({ "until": day(2) })).await?;
    assert_eq!(credit(&answer, "last", "ads"), Some((1_000_000, 100)));
    Ok(())
}

#[tokio::test]
async fn a_visitor_who_signs_in_with_a_wallet_brings_the_click_along() -> Result<()> {
    let tenant = Tenant::open().await?;
    let fact = |who, hour, name| {
        Ok(Fact {
            who,
            hour,
            name,
            properties: json!({}),
        })
    };
    let facts = vec![
        fact(vec![browser("eve")?], 0, "referral_clicked"),
        fact(vec![browser("eve")?, wallet("eve")?], 1, "signed_in"),
        chain("eve", 1, "subscribed", "e", 1, 30),
        // Somebody who never was seen before.
        chain("fay", 1, "subscribed", "f", 1, 12),
    ];
    tenant.happened(facts).await?;
    let answer = tenant.posted(PATH, &json!({ "models": ["first"] })).await?;
    assert_eq!(credit(&answer, "first", "referral"), Some((1_000_000, 30)));
    assert_eq!(credit(&answer, "first", "direct"), Some((1_000_000, 12)));
    assert_eq!(answer["removal_effects"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn another_organisations_events_count_nowhere() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    other.happened(three_people()).await?;
    tenant
        .happened(vec![
            visit("ann", 0, "ads"),
            event("ann", 1, "page_viewed", json!({})),
        ])
        .await?;
    let answer = tenant.posted(PATH, &json!({})).await?;
    assert_eq!(
        (&answer["journeys"], &answer["conversions"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(credit(&answer, "last", "blog"), None);
    Ok(())
}

#[tokio::test]
async fn a_flood_of_made_up_channels_stops_one_model_only() -> Result<()> {
    let tenant = Tenant::open().await?;
    let mut facts = three_people();
    facts.extend((0..260).map(|it| visit(&format!("v{it}"), 5, &format!("made-up-{it}"))));
    tenant.happened(facts).await?;
    let answer = tenant.posted(PATH, &json!({})).await?;
    assert_eq!(answer["models"].as_array().map(Vec::len), Some(7));
    assert_eq!(answer["refused"][0]["model"], "markov");
    assert_eq!(credit(&answer, "last", "mail"), Some((1_000_000, 150)));
    let named = json!({ "models": ["markov"] });
    assert_eq!(tenant.refused_fields(PATH, &named).await?, ["models"]);
    Ok(())
}

#[tokio::test]
async fn intervals_contain_their_share_and_follow_from_the_seed() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant.happened(three_people()).await?;
    let body = json!({ "models": ["last", "markov"], "bootstrap": { "rounds": 200, "seed": 5 } });
    let first = tenant.posted(PATH, &body).await?;
    assert_eq!(
        first["intervals"],
        tenant.posted(PATH, &body).await?["intervals"]
    );
    for model in ["last", "markov"] {
        let channels = first["intervals"][model].as_array().context("channels")?;
        assert_eq!(channels.len(), 3);
        for channel in channels {
            let number = |value: &Value| value.as_f64().context("a number");
            let share = number(&channel["share"])?;
            let (low, high) = (
                number(&channel["interval"][0])?,
                number(&channel["interval"][1])?,
            );
            assert!(low <= share && share <= high, "{channel}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn as_many_questions_at_once_as_there_are_connections_are_answered() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant.happened(three_people()).await?;
    let asked = (0..16).map(|_| async { tenant.posted(PATH, &json!({})).await });
    for answer in futures::future::join_all(asked).await {
        assert_eq!(answer?["revenue"], "210");
    }
    Ok(())
}

#[tokio::test]
async fn the_start_of_the_range_cuts_no_session_that_reaches_back() -> Result<()> {
    let tenant = Tenant::open().await?;
    // One session of nine days, which ads began and ads continue.
    let steps = (0..9).map(|day| event("ann", day, "pricing_page_visited", json!({})));
    let mut facts = vec![visit("ann", 0, "ads")];
    facts.extend(steps);
    facts.push(visit("ann", 9, "ads"));
    facts.push(chain("ann", 9, "subscribed", "a", 1, 100));
    tenant.happened(facts).await?;
    let rules = json!({ "lookback_secs": 3 * 86_400, "session_gap_secs": 86_400 });
    let asked = async |from: Value| {
        let question = json!({ "models": ["last"], "from": from, "rules": rules });
        tenant.posted(PATH, &question).await
    };
    let all = asked(Value::Null).await?;
    assert_eq!(credit(&all, "last", "direct"), Some((1_000_000, 100)));
    assert_eq!(asked(json!(day(9))).await?, all);
    Ok(())
}
