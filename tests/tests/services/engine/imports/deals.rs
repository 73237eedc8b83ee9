//! Deals and spend of the past.

use super::{CSV, DAY, NDJSON, YEAR, counts, imported, lines};
use crate::support::{people::ago, tenant::Tenant};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use uuid::Uuid;

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
    Ok(())
}

#[tokio::test]
async fn spend_that_contradicts_its_own_file_is_refused() -> Result<()> {
    let tenant = Tenant::open().await?;
    let names = "day,channel,currency,amount\n";
    let id = Uuid::now_v7();
    let query = format!("kind=spend&id={id}");
    let begin = format!(
        "{names}2019-03-01,Google Ads,USD,10.50\n2019-03-01,google  ads,USD,20\n\
         2019-03-01,google ads,USD,10.5\n2019-03-01,google ads,EUR,20\n\
         2001-01-01,ads,USD,1\n2019-03-02,ads,USD,-1\n"
    );
    let import = imported(&tenant, &query, CSV, &begin).await?;
    assert_eq!(
        counts(&import),
        [&json!(7), &json!(2), &json!(1), &json!(3)],
        "{import}"
    );
    let error = &import["errors"][0];
    assert_eq!(
        (&error["line"], &error["code"], &error["field"]),
        (&json!(3), &json!("contradiction"), &json!("amount"))
    );
    // In the rest that is sent later, too.
    let rest = "2019-03-01,GOOGLE ADS,USD,30\n2019-03-03,ads,USD,1\n";
    let import = imported(&tenant, &format!("{query}&from_line=8"), CSV, rest).await?;
    assert_eq!(
        (&import["accepted"], &import["rejected"]),
        (&json!(3), &json!(4))
    );
    let amounts = async || {
        let spend = tenant
            .json("/v1/spend?from=2019-03-01&through=2019-03-01")
            .await?;
        let of = |it: &Value| json!([it["currency"], it["amount"]]);
        anyhow::Ok(json!(
            spend["data"]
                .as_array()
                .map(|all| all.iter().map(of).collect::<Vec<_>>())
        ))
    };
    assert_eq!(amounts().await?, json!([["USD", "10.50"], ["EUR", "20"]]));
    // Another file replaces what was recorded, as ever.
    let other = format!("{names}2019-03-01,google ads,USD,40\n");
    assert_eq!(
        imported(&tenant, "kind=spend", CSV, &other).await?["accepted"],
        1
    );
    assert_eq!(amounts().await?, json!([["USD", "40"], ["EUR", "20"]]));
    Ok(())
}
