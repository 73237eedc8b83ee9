//! What becomes of those who are under way when another version is published.

use crate::support::{
    journeys::{a_day, draft, flow, of_node, pass, publish, publish_version, runs, sign_up, walk},
    tenant::Tenant,
};
use anyhow::Result;
use serde_json::{Value, json};

#[tokio::test]
async fn those_who_are_under_way_finish_and_others_enter_the_new_version() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &of_node(a_day())).await?;
    sign_up(&tenant, "ann").await?;
    walk(&tenant).await?;
    // Has entered, and not taken a step.
    sign_up(&tenant, "bob").await?;
    let week = json!({ "delay": { "until": { "secs": 604_800 }, "next": "end" } });
    publish(&tenant, "welcome", &of_node(week)).await?;
    sign_up(&tenant, "cid").await?;
    walk(&tenant).await?;
    pass(&tenant, 86_400).await?;
    let mut all = runs(&tenant, "welcome").await?;
    all.sort_by_key(|(version, _, _)| *version);
    let waiting = || (2, json!("node"), Value::Null);
    assert_eq!(
        all,
        [(1, json!("end"), json!("finished")), waiting(), waiting()]
    );
    assert_eq!(flow(&tenant, "welcome", "node").await?, (2, 2));
    Ok(())
}

#[tokio::test]
async fn those_who_are_under_way_move_where_the_new_version_has_their_node() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &of_node(a_day())).await?;
    sign_up(&tenant, "ann").await?;
    walk(&tenant).await?;
    let hour = json!({ "delay": { "until": { "secs": 3_600 }, "next": "end" } });
    let version = draft(&tenant, "welcome", &of_node(hour)).await?;
    publish_version(&tenant, "welcome", version, "move").await?;
    walk(&tenant).await?;
    assert_eq!(
        runs(&tenant, "welcome").await?,
        [(2, json!("node"), Value::Null)]
    );
    assert_eq!(flow(&tenant, "welcome", "node").await?, (1, 1));
    pass(&tenant, 3_600).await?;
    assert_eq!(
        runs(&tenant, "welcome").await?,
        [(2, json!("end"), json!("finished"))]
    );
    // A node that the new version lacks is left as it was begun.
    publish(&tenant, "other", &of_node(a_day())).await?;
    sign_up(&tenant, "bob").await?;
    walk(&tenant).await?;
    let mut renamed = of_node(a_day());
    renamed["start"] = json!("first");
    renamed["nodes"]["first"] = renamed["nodes"]["node"].take();
    renamed["nodes"].as_object_mut().map(|it| it.remove("node"));
    let version = draft(&tenant, "other", &renamed).await?;
    publish_version(&tenant, "other", version, "move").await?;
    pass(&tenant, 86_400).await?;
    assert_eq!(
        runs(&tenant, "other").await?,
        [(1, json!("end"), json!("finished"))]
    );
    Ok(())
}

#[tokio::test]
async fn a_version_that_is_not_published_can_be_read() -> Result<()> {
    let tenant = Tenant::open().await?;
    publish(&tenant, "welcome", &of_node(a_day())).await?;
    draft(&tenant, "welcome", &of_node(a_day())).await?;
    let status = |path: &'static str| {
        let tenant = &tenant;
        async move {
            let journey = tenant.json(path).await?;
            anyhow::Ok((journey["version"].clone(), journey["status"].clone()))
        }
    };
    assert_eq!(
        status("/v1/journeys/welcome").await?,
        (json!(1), json!("published"))
    );
    assert_eq!(
        status("/v1/journeys/welcome?version=2").await?,
        (json!(2), json!("draft"))
    );
    let listed = tenant.json("/v1/journeys").await?;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    Ok(())
}
