//! Paths through events.

use crate::support::{
    past::{chain, day, event, visit},
    tenant::Tenant,
};
use anyhow::Result;
use serde_json::{Value, json};

const PATH: &str = "/v1/query/paths";

#[tokio::test]
async fn questions_that_mean_nothing_are_refused_by_field() -> Result<()> {
    let tenant = Tenant::open().await?;
    let conditions = vec![json!({ "property": "a", "is": "set" }); 17];
    for (body, field) in [
        (json!({}), "definition"),
        (
            json!({ "definition": { "max_steps": 1 } }),
            "definition.max_steps",
        ),
        (
            json!({ "definition": { "max_steps": 4, "session_gap_secs": 0 } }),
            "definition.session_gap_secs",
        ),
        (
            json!({ "definition": { "max_steps": 4, "start": { "event": "a", "where": conditions } } }),
            "definition.start.where",
        ),
        (
            json!({ "definition": { "max_steps": 4 }, "top": 51 }),
            "top",
        ),
        (
            json!({ "definition": { "max_steps": 4 }, "from": day(1), "until": day(0) }),
            "until",
        ),
    ] {
        let fields = tenant.refused_fields(PATH, &body).await?;
        assert_eq!(fields, [field], "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn loops_are_collapsed_and_shares_are_of_all_paths() -> Result<()> {
    let tenant = Tenant::open().await?;
    let other = Tenant::join(tenant.api.clone(), 2).await?;
    other.happened(vec![visit("ann", 0, "ads")]).await?;
    let viewed = |name: &str, day| event(name, day, "pricing_page_visited", json!({}));
    let facts = vec![
        visit("ann", 0, "ads"),
        viewed("ann", 0),
        visit("ann", 1, "ads"),
        viewed("ann", 1),
        chain("ann", 2, "subscribed", "a", 1, 5),
        visit("bob", 0, "ads"),
        viewed("bob", 0),
        visit("bob", 1, "ads"),
        viewed("bob", 1),
        chain("bob", 2, "subscribed", "b", 1, 5),
        visit("cid", 0, "ads"),
        visit("cid", 1, "ads"),
    ];
    tenant.happened(facts).await?;
    let body = json!({ "definition": { "max_steps": 5 }, "top": 1 });
    let answer = tenant.posted(PATH, &body).await?;
    assert_eq!(
        (&answer["taken"], &answer["different"]),
        (&json!(3), &json!(2))
    );
    let top = &answer["paths"][0];
    assert_eq!(
        top["text"],
        "(page_viewed pricing_page_visited)+ > subscribed"
    );
    assert_eq!(
        top["steps"],
        json!([{ "loop": ["page_viewed", "pricing_page_visited"] }, { "event": "subscribed" }])
    );
    assert_eq!(
        (&top["share"]["numerator"], &top["share"]["denominator"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(answer["other"]["numerator"], 1);
    let body = json!({ "definition": { "max_steps": 5, "end": { "event": "subscribed" } },
        "until": day(2) });
    let early = tenant.posted(PATH, &body).await?;
    assert_eq!(
        (&early["taken"], &early["other"]["rate"]),
        (&json!(0), &Value::Null)
    );
    Ok(())
}
