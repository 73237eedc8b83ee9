//! Deals and spend of the past.

use super::{CSV, DAY, NDJSON, YEAR, counts, imported, lines};
use crate::support::{people::ago, tenant::Tenant};
use anyhow::{Context, Result};
use serde_json::{Value, json};

#[tokio::test]
async fn deals_and_spend_of_the_past_are_there_with_their_moments() -> Result<()> {
    let tenant = Tenant::open().await?;
    tenant
        .posted("/v1/identify", &json!({ "user_id": "user-1" }))
        .await?;
    let created = ago(3 * YEAR);
    let deal = |id: &str, more: Value| {
        let mut row = json!({ "message_id": id, "user_id": "user-1", "name": "Licence", "amount": "12500.00",
                              "currency": "USD", "created_at": created });
        for (name, value) in more.as_object().into_iter().flatten() {
            row[name] = value.clone();
        }
        row
    };
    let moves = json!([
        { "to": "demo_held", "at": ago(2 * YEAR + 9 * DAY) },
        { "to": "won", "at": ago(2 * YEAR) },
    ]);
    let rows = [
        deal("1", json!({ "moves": moves, "objections": ["pricing"] })),
        deal("2", json!({ "stage": "lost", "stage_since": ago(YEAR) })),
        deal("3", json!({ "user_id": "nobody-known" })),
        deal(
            "4",
            json!({ "stage": "lost", "stage_since": ago(4 * YEAR) }),
        ),
        deal("5", json!({ "amount": 12.5 })),
        deal("6", json!({ "created_at": ago(11 * YEAR) })),
    ];
    let file = lines(rows);
    let import = imported(&tenant, "kind=deals", NDJSON, &file).await?;
    assert_eq!(
        counts(&import),
        [&json!(6), &json!(2), &json!(0), &json!(4)],
        "{import}"
    );
    let fields: Vec<&Value> = import["errors"]
        .as_array()
        .context("errors")?
        .iter()
        .map(|it| &it["field"])
        .collect();
    assert_eq!(fields, ["user_id", "moves[0].at", "amount", "created_at"]);
    let again = imported(&tenant, "kind=deals", NDJSON, &file).await?;
    assert_eq!(counts(&again), [&json!(6), &json!(0), &json!(2), &json!(4)]);
    let deals = tenant.json("/v1/deals").await?;
    let stages: Vec<&Value> = deals["data"]
        .as_array()
        .context("deals")?
        .iter()
        .map(|it| &it["stage"])
        .collect();
    assert_eq!(stages.len(), 2, "{deals}");
    let won = deals["data"]
        .as_array()
        .and_then(|all| all.iter().find(|it| it["stage"] == "won"))
        .context("won")?;
    assert_eq!(
        (&won["created_at"], &won["closed_at"]),
        (&json!(created), &moves[1]["at"])
    );
    let path = format!(
        "/v1/deals/{}/transitions",
        won["id"].as_str().context("an id")?
    );
    let reached: Vec<Value> = tenant.json(&path).await?["data"]
        .as_array()
        .context("moves")?
        .iter()
        .map(|it| json!([it["to"], it["at"]]))
        .collect();
    let expected = json!([
        ["new", created],
        ["demo_held", moves[0]["at"]],
        ["won", moves[1]["at"]]
    ]);
    assert_eq!(json!(reached), expected);
    let csv = "day,channel,currency,amount\n2019-03-01,Ads,USD,100\n2019-03-01,ads,USD,90\n2001-01-01,ads,USD,1\n2019-03-02,ads,USD,-1\n";
    let import = imported(&tenant, "kind=spend", CSV, csv).await?;
    assert_eq!(
        counts(&import),
        [&json!(5), &json!(2), &json!(0), &json!(2)],
        "{import}"
    );
    let spend = tenant.json("/v1/spend").await?;
    assert_eq!(spend["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(spend["data"][0]["amount"], "90");
    Ok(())
}
