//! What a version would have done, asked before it is published.

use crate::support::{
    journeys::{announced, draft, nurturing, runs},
    people::ago,
    segments::{define_and_build, keen},
    tenant::Tenant,
};
use anyhow::Result;
use axum::http::StatusCode;
use serde_json::json;

const DAY: i64 = 86_400;

#[tokio::test]
async fn what_cannot_be_rehearsed_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let path = "/v1/journeys/welcome/rehearsals";
    let absent = tenant
        .post(path, &json!({ "version": 1, "days": 30 }))
        .await?;
    assert_eq!(absent.status, StatusCode::NOT_FOUND, "{absent:?}");
    let mut journey = nurturing();
    journey["entry"] = json!({ "subscription": { "renewal_within_days": 3 } });
    journey["holdout"] = json!({ "holdout_bps": 1 });
    draft(&tenant, "welcome", &journey).await?;
    for (days, field) in [(0, "days"), (367, "days"), (30, "journey.entry")] {
        let answer = tenant
            .post(path, &json!({ "version": 1, "days": days }))
            .await?;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
        assert_eq!(answer.json()?["errors"][0]["field"], field);
    }
    Ok(())
}

#[tokio::test]
async fn a_rehearsal_counts_and_does_nothing() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (visitor, event, days) in [
        ("ann", "signed_up", 10),
        ("ann", "plan_viewed", 9),
        ("bob", "signed_up", 10),
        ("cid", "signed_up", 1),
        ("dan", "signed_up", 40),
        ("eve", "signed_up", 10),
        ("eve", "paid", 9),
    ] {
        tenant
            .does(visitor, event, ago(days * DAY), json!({}))
            .await?;
    }
    let version = draft(&tenant, "welcome", &nurturing()).await?;
    let path = "/v1/journeys/welcome/rehearsals";
    let wanted = json!({ "version": version, "days": 30 });
    let result = tenant.result_of(path, &wanted).await?;
    assert_eq!(result["entered"], 4, "{result}");
    let node = |name: &str| {
        let nodes = result["nodes"].as_array().into_iter().flatten();
        let found = nodes.into_iter().find(|it| it["node"] == name);
        found.map(|it| (it["arrived"].clone(), it["waiting"].clone()))
    };
    assert_eq!(node("wait"), Some((json!(4), json!(1))));
    assert_eq!(node("offer"), Some((json!(1), json!(0))));
    assert_eq!(node("remind"), Some((json!(1), json!(0))));
    assert_eq!(result["ended"], json!({ "finished": 2, "goal": 1 }));
    assert_eq!(result["acts_in_all"], 6);
    assert_eq!(result["acts"].as_array().map(Vec::len), Some(6));
    assert_eq!(runs(&tenant, "welcome").await?, []);
    assert_eq!(announced(&tenant, "ann").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn members_of_a_segment_are_found_in_the_past() -> Result<()> {
    let tenant = Tenant::open().await?;
    for (visitor, days) in [("ann", 12), ("ann", 10), ("bob", 5)] {
        tenant
            .does(visitor, "docs", ago(days * DAY), json!({}))
            .await?;
    }
    define_and_build(&tenant, "keen", &keen()).await?;
    let mut journey = nurturing();
    journey["entry"] = json!({ "segment": "keen" });
    draft(&tenant, "welcome", &journey).await?;
    let path = "/v1/journeys/welcome/rehearsals";
    let result = tenant
        .result_of(path, &json!({ "version": 1, "days": 30 }))
        .await?;
    assert_eq!(result["entered"], 1, "{result}");
    assert_eq!(result["ended"], json!({ "finished": 1 }));
    Ok(())
}
